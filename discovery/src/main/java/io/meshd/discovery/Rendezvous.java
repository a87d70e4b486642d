package io.meshd.discovery;

import io.meshd.protocol.MemberState;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Looks for absent members, for ever, so that a partition heals without any seed and a lost member is found again.
 *
 * <p>Every 5 s two absent peers in turn are tried where they may be: one of those that were lost lately, since most of
 * these come back, and one of all others.
 */
final class Rendezvous {
    private static final long INTERVAL_NANOS = 5_000_000_000L;
    /** How long a lost member counts as lost lately. */
    private static final long LATELY_NANOS = 900_000_000_000L;

    private final Timers timers;
    private final Roster roster;
    private final Links links;
    private final TableSync sync;
    private @Nullable Peer lastRecent;
    private @Nullable Peer lastOther;

    Rendezvous(Timers timers, Roster roster, Links links, TableSync sync) {
        this.timers = timers;
        this.roster = roster;
        this.links = links;
        this.sync = sync;
    }

    /** Begins; {@code firstNanos} from now is the first try, so that nodes that start together do not knock together. */
    void start(long firstNanos) {
        timers.every(firstNanos, INTERVAL_NANOS, this::tryNext);
    }

    private void tryNext() {
        List<Peer> recent = new ArrayList<>();
        List<Peer> others = new ArrayList<>();
        for (Peer peer : roster.all()) {
            if (!peer.isPresent() && (peer.session || !peer.addresses().isEmpty())) {
                (wasLostLately(peer) ? recent : others).add(peer);
            }
        }
        lastRecent = knock(recent, lastRecent);
        lastOther = knock(others, lastOther);
    }

    private boolean wasLostLately(Peer peer) {
        Long seen = peer.lastSeenNanos;
        return peer.state == MemberState.DEAD && seen != null && timers.callersNanos() - seen < LATELY_NANOS;
    }

    /** Tries the one after {@code last}, in the order of keys. */
    private @Nullable Peer knock(List<Peer> absent, @Nullable Peer last) {
        if (absent.isEmpty()) {
            return last;
        }
        Peer next = absent.getFirst();
        for (Peer peer : absent) {
            if (last != null && peer.key.compareTo(last.key) > 0) {
                next = peer;
                break;
            }
        }
        // A session that outlived the membership says nothing; who is at its other end may be back.
        if (next.session) {
            sync.introduce(next);
        } else {
            links.connect(next);
        }
        return next;
    }
}
