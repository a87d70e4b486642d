package io.meshd.daemon.node;

/** Bounds the ICMP errors of a node (RFC 1812 section 4.3.2.8): an answer to each packet of a flood helps nobody. */
final class IcmpLimit {
    /** In a row, enough for a few programs that each try several addresses. */
    private static final int BURST = 50;
    private static final long INTERVAL_NANOS = 10_000_000L;

    private long emptyAtNanos;
    private boolean used;

    /** Whether one more may be sent. Any thread. */
    synchronized boolean allows(long nowNanos) {
        if (!used || emptyAtNanos - nowNanos < 0) {
            emptyAtNanos = nowNanos;
            used = true;
        }
        if (emptyAtNanos - nowNanos > (BURST - 1) * INTERVAL_NANOS) {
            return false;
        }
        emptyAtNanos += INTERVAL_NANOS;
        return true;
    }
}
