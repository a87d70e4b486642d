package io.meshd.nat.lan;

import io.meshd.protocol.Deadlines;
import java.util.random.RandomGenerator;

/**
 * When to call: a few times at once where something is new, then ever more rarely while somebody is missing.
 *
 * <p>Whoever comes into a network calls by itself, so the later calls are for what no host notices: two networks that
 * were joined, a switch that came back, beacons that were lost.
 */
final class LanSchedule {
    private static final long MILLI = 1_000_000L;
    private static final long SECOND = 1_000 * MILLI;
    /** From one call to the next where something is new: at 0, 0.3, 1 and 3 s, so that three may be lost. */
    private static final long[] FIRST_NANOS = {300 * MILLI, 700 * MILLI, 2 * SECOND};
    /** Then; doubles. Also how often is looked whether anybody is missing. */
    static final long REST_NANOS = 10 * SECOND;
    /** While there is no session at all: nothing else may lead to the others. */
    static final long REST_ALONE_NANOS_MAX = 30 * SECOND;
    /** While there is one: everybody tells where everybody is, and each call may be answered by all. */
    static final long REST_NANOS_MAX = 300 * SECOND;
    private static final int DOUBLINGS_MAX = 5;
    /** So that hosts that were switched on together do not call together for long: a fifth more or less. */
    private static final int JITTER_PART = 5;

    private final RandomGenerator random;
    private long nextNanos = Deadlines.NEVER;
    private int calls;

    LanSchedule(RandomGenerator random) {
        this.random = random;
    }

    /** Something is new. */
    void begin(long nowNanos) {
        nextNanos = nowNanos;
        calls = 0;
    }

    /** There is nothing to call into. */
    void end() {
        nextNanos = Deadlines.NEVER;
    }

    boolean isDue(long nowNanos) {
        return Deadlines.isDue(nextNanos, nowNanos);
    }

    /** Nobody is missing now. */
    void rest(long nowNanos) {
        calls = Math.max(calls, FIRST_NANOS.length);
        nextNanos = nowNanos + jittered(REST_NANOS);
    }

    /** A call was made. */
    void called(long nowNanos, boolean isAlone) {
        nextNanos = nowNanos + jittered(calls < FIRST_NANOS.length ? FIRST_NANOS[calls] : restNanos(isAlone));
        calls++;
    }

    private long restNanos(boolean isAlone) {
        int doublings = Math.min(calls - FIRST_NANOS.length, DOUBLINGS_MAX);
        return Math.min(REST_NANOS << doublings, isAlone ? REST_ALONE_NANOS_MAX : REST_NANOS_MAX);
    }

    private long jittered(long nanos) {
        long part = nanos / JITTER_PART;
        return nanos - part + random.nextLong(2 * part + 1);
    }

    long nextDeadlineNanos() {
        return nextNanos;
    }
}
