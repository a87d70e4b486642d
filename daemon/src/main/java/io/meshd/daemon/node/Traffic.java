package io.meshd.daemon.node;

import io.meshd.nat.PeerPaths;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Outbox;

/** Brings what the reader threads counted to the paths, while packets flow. Node thread. */
final class Traffic {
    private static final long WHILE_BUSY_NANOS = 20_000_000L;

    private final Neighbours neighbours;
    private final DataPlane dataPlane;
    private long nextNanos = Deadlines.NEVER;

    Traffic(Neighbours neighbours, DataPlane dataPlane) {
        this.neighbours = neighbours;
        this.dataPlane = dataPlane;
    }

    /** When to look again, though nobody asked for it; never while nothing flows. */
    long nextDeadlineNanos() {
        return nextNanos;
    }

    void collect(long nowNanos, Outbox outbox) {
        boolean busy = false;
        for (Neighbour neighbour : neighbours.all()) {
            busy |= collect(nowNanos, neighbour, outbox);
        }
        nextNanos = busy ? nowNanos + WHILE_BUSY_NANOS : Deadlines.NEVER;
        if (!busy) {
            dataPlane.watchForTraffic();
        }
    }

    private static boolean collect(long nowNanos, Neighbour neighbour, Outbox outbox) {
        long out = neighbour.packetsOut.sum();
        long in = neighbour.packetsIn.sum();
        int sent = (int) (out - neighbour.collectedOut);
        int received = (int) (in - neighbour.collectedIn);
        neighbour.collectedOut = out;
        neighbour.collectedIn = in;
        PeerPaths ways = neighbour.paths;
        if (ways == null) {
            return false;
        }
        if (sent > 0) {
            neighbour.passed(nowNanos);
            ways.sent(nowNanos, sent);
        }
        Endpoint from = neighbour.lastFrom;
        if (received > 0 && from != null) {
            ways.received(nowNanos, from, received, outbox);
        }
        return sent > 0 || received > 0;
    }
}
