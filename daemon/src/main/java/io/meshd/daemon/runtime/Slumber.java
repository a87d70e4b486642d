package io.meshd.daemon.runtime;

/** Notices that the host has slept: one clock counts suspend, the other does not. Owned by one thread. */
final class Slumber {
    /** Two readings lie microseconds apart; a nap of less than this breaks nothing. */
    private static final long NANOS_MIN = 500_000_000L;

    private long asleepNanos;

    Slumber(long bootNanos, long monotonicNanos) {
        this.asleepNanos = bootNanos - monotonicNanos;
    }

    /** Says true once after each sleep. */
    boolean hasSlept(long bootNanos, long monotonicNanos) {
        long sinceNanos = bootNanos - monotonicNanos - asleepNanos;
        if (sinceNanos < NANOS_MIN) {
            return false;
        }
        asleepNanos += sinceNanos;
        return true;
    }
}
