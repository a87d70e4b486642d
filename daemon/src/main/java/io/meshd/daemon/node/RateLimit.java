package io.meshd.daemon.node;

/** Lets through so many in a row, and then one in each interval. Any thread. */
final class RateLimit {
    private final int burst;
    private final long intervalNanos;
    private long emptyAtNanos;
    private boolean used;

    RateLimit(int burst, long intervalNanos) {
        this.burst = burst;
        this.intervalNanos = intervalNanos;
    }

    synchronized boolean allows(long nowNanos) {
        if (!used || emptyAtNanos - nowNanos < 0) {
            emptyAtNanos = nowNanos;
            used = true;
        }
        if (emptyAtNanos - nowNanos > (burst - 1) * intervalNanos) {
            return false;
        }
        emptyAtNanos += intervalNanos;
        return true;
    }
}
