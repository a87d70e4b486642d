package io.meshd.nat;

import io.meshd.identity.PublicKey;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Outbox;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Gives the extra sockets their numbers, and keeps those by which a path leads as long as it does. */
final class NumberedSockets {
    /** Paths found by searches that are kept at a time: more peers behind such NATs are relayed. */
    static final int KEPT_MAX = 8;
    /** Who uses a path says something in less. */
    static final long IN_USE_NANOS = 5_000_000_000L;
    /** A path that was used and is not any more is gone after this: its NAT has forgotten it. */
    static final long SILENT_NANOS = 120_000_000_000L;
    /** Until then both sides have agreed on one of several that were hit at once. */
    private static final long LOOK_NANOS = 10_000_000_000L;

    private final LocalSockets sockets;
    private final Paths paths;
    private final Map<Integer, Kept> kept = new LinkedHashMap<>();
    private int last;
    private long nextLookNanos = Deadlines.NEVER;

    private static final class Kept {
        final PublicKey peer;
        long usedNanos = Deadlines.NEVER;

        Kept(PublicKey peer) {
            this.peer = peer;
        }

        boolean isGone(long nowNanos) {
            return PathTimings.since(usedNanos, nowNanos) > SILENT_NANOS;
        }
    }

    NumberedSockets(LocalSockets sockets, Paths paths) {
        this.sockets = sockets;
        this.paths = paths;
    }

    /** Opens one that belongs to no peer: what comes by it makes no path. */
    int open() {
        last++;
        sockets.open(last);
        return last;
    }

    /** Opens one by which a peer may come to be reached. */
    int open(PublicKey peer) {
        int socket = open();
        PeerPaths ways = paths.find(peer);
        if (ways != null) {
            ways.meeting().opened(socket);
        }
        return socket;
    }

    void close(int socket) {
        sockets.close(socket);
    }

    /** A search is over: closes its sockets, but keeps those on which the peer was heard. */
    void settle(long nowNanos, PublicKey peer, List<Integer> opened, Outbox out) {
        for (int socket : opened) {
            PeerPaths ways = paths.find(peer);
            if (ways != null && ways.isHeardBy(socket)) {
                kept.put(socket, new Kept(peer));
            } else {
                close(nowNanos, peer, socket, out);
            }
        }
        // Stable: of equal ones the eldest goes.
        kept.keySet().stream().sorted(Comparator.comparingInt(socket -> worth(nowNanos, socket)))
                .limit(Math.max(0, kept.size() - KEPT_MAX)).toList().forEach(socket -> drop(nowNanos, socket, out));
        nextLookNanos = kept.isEmpty() ? Deadlines.NEVER : nowNanos + LOOK_NANOS;
    }

    /** The least first: hit by chance with others, used once, in use. */
    private int worth(long nowNanos, int socket) {
        Kept one = kept.get(socket);
        PeerPaths ways = one == null ? null : paths.find(one.peer);
        if (one == null || ways == null) {
            return 0;
        }
        return ways.isInUse(nowNanos, socket) ? 2 : one.usedNanos == Deadlines.NEVER ? 0 : 1;
    }

    private void drop(long nowNanos, int socket, Outbox out) {
        Kept dropped = kept.remove(socket);
        if (dropped != null) {
            close(nowNanos, dropped.peer, socket, out);
        }
    }

    private void close(long nowNanos, PublicKey peer, int socket, Outbox out) {
        PeerPaths ways = paths.find(peer);
        if (ways != null) {
            ways.socketClosed(nowNanos, socket, out);
        }
        close(socket);
    }

    /** A peer is trusted no more. */
    void remove(long nowNanos, PublicKey peer, Outbox out) {
        for (Map.Entry<Integer, Kept> entry : new ArrayList<>(kept.entrySet())) {
            if (entry.getValue().peer.equals(peer)) {
                drop(nowNanos, entry.getKey(), out);
            }
        }
    }

    /** Closes what nobody has used for long. */
    void handleTimeout(long nowNanos, Outbox out) {
        if (!Deadlines.isDue(nextLookNanos, nowNanos)) {
            return;
        }
        for (Map.Entry<Integer, Kept> entry : new ArrayList<>(kept.entrySet())) {
            PeerPaths ways = paths.find(entry.getValue().peer);
            if (ways != null && ways.isInUse(nowNanos, entry.getKey())) {
                entry.getValue().usedNanos = nowNanos;
            } else if (ways == null || entry.getValue().isGone(nowNanos)) {
                drop(nowNanos, entry.getKey(), out);
            }
        }
        nextLookNanos = kept.isEmpty() ? Deadlines.NEVER : nowNanos + LOOK_NANOS;
    }

    /** When {@link #handleTimeout} is to be called, or {@link Deadlines#NEVER}. */
    long nextDeadlineNanos() {
        return nextLookNanos;
    }
}
