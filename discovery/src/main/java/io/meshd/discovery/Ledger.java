package io.meshd.discovery;

import io.meshd.identity.PublicKey;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * How often each statement was passed on, and who is known to have it already.
 *
 * <p>The library begins a new rumour at every node that learns a record, so the same content travels under many names
 * and its own counting bounds nothing. Here the content counts, as in memberlist: at most 4·⌈log10(n+1)⌉ times.
 */
final class Ledger {
    private static final int RETRANSMIT_MULTIPLIER = 4;
    /** Statements beyond these are forgotten, oldest first; a forgotten one may be passed on again. */
    private static final int ENTRIES_MAX = 16_384;

    private final Map<Rumour, Spread> entries = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Rumour, Spread> eldest) {
            return size() > ENTRIES_MAX;
        }
    };

    private static final class Spread {
        private final Set<PublicKey> holders = new HashSet<>();
        private int sent;
        private boolean silenced;
    }

    /** Most times that one node passes on one statement in a mesh of {@code members}. */
    static int limit(int members) {
        int digits = 1;
        for (int bound = 10; bound < members + 1; bound *= 10) {
            digits++;
        }
        return RETRANSMIT_MULTIPLIER * digits;
    }

    /** Whether the statement should go to this peer now; if so, counts it. */
    boolean pass(Rumour rumour, PublicKey to, int members) {
        Spread entry = entries.computeIfAbsent(rumour, _ -> new Spread());
        if (entry.silenced || entry.sent >= limit(members) || entry.holders.contains(to)) {
            return false;
        }
        entry.sent++;
        return true;
    }

    /** The peer has this statement: it said it. */
    void heard(Rumour rumour, PublicKey from) {
        entries.computeIfAbsent(rumour, _ -> new Spread()).holders.add(from);
    }

    /** Everybody has this statement already. */
    void silence(Rumour rumour) {
        entries.computeIfAbsent(rumour, _ -> new Spread()).silenced = true;
    }

    void forget(Rumour rumour) {
        entries.remove(rumour);
    }
}
