package io.meshd.discovery;

import io.meshd.identity.PublicKey;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** The case against one peer in one incarnation. */
final class Suspicion {
    /** More accusers than the quorum add nothing, and one to spare. */
    static final int ACCUSERS_MAX = 4;

    final int incarnation;
    final long sinceNanos;
    /** Whether this node's own accusation was passed on: it is not while the fault may be here. */
    boolean isAloud;
    /** Whether this node has decided if it probes the accused because of others. */
    boolean isWeighed;
    /** When this node last told the accused, or the beginning. */
    long remindedNanos;
    private final SortedMap<PublicKey, Rumour.Accusation> accusations = new TreeMap<>();

    Suspicion(int incarnation, long sinceNanos) {
        this.incarnation = incarnation;
        this.sinceNanos = sinceNanos;
        this.remindedNanos = sinceNanos;
    }

    /** Adds an accusation; false when it is no news. */
    boolean add(Rumour.Accusation accusation) {
        return accusations.size() < ACCUSERS_MAX && accusations.putIfAbsent(accusation.accuser(), accusation) == null;
    }

    boolean isAccuser(PublicKey key) {
        return accusations.containsKey(key);
    }

    int accusers() {
        return accusations.size();
    }

    List<Rumour.Accusation> accusations() {
        return List.copyOf(accusations.values());
    }
}
