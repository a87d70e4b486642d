package io.meshd.nat.mapping;

import io.meshd.protocol.Deadlines;
import java.util.random.RandomGenerator;

/** When a request is sent again: after a time that doubles, with a tenth more or less (RFC 6887 section 8.1.1). */
final class Repetition {
    private static final int SPREAD_DIVISOR = 10;

    private final RandomGenerator random;
    private long intervalNanos;
    private long nextNanos = Deadlines.NEVER;
    private int left;

    Repetition(RandomGenerator random) {
        this.random = random;
    }

    /** The request has just been sent for the first time of so many. */
    void begin(long nowNanos, int times) {
        intervalNanos = MappingTimings.REPEAT_FIRST_NANOS;
        left = times - 1;
        arm(nowNanos);
    }

    private void arm(long nowNanos) {
        long spread = intervalNanos / SPREAD_DIVISOR;
        nextNanos = nowNanos + intervalNanos + random.nextLong(-spread, spread + 1);
    }

    /** Whether it is to be sent again; call when due. When not, it has been sent in vain and this is over. */
    boolean again(long nowNanos) {
        if (left == 0) {
            end();
            return false;
        }
        left--;
        intervalNanos *= 2;
        arm(nowNanos);
        return true;
    }

    void end() {
        nextNanos = Deadlines.NEVER;
    }

    boolean isDue(long nowNanos) {
        return Deadlines.isDue(nextNanos, nowNanos);
    }

    long nextNanos() {
        return nextNanos;
    }
}
