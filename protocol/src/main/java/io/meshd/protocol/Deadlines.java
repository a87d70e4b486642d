package io.meshd.protocol;

import java.util.Arrays;

/**
 * One moment for each constant of an enum of timers, and the earliest of them.
 *
 * <p>Times are nanoseconds of one monotonic clock and are compared by subtraction, since that clock may start anywhere.
 * {@link #NEVER} is no moment at all.
 *
 * @param <T> the timers of one state machine; a closed list of at most some 16, so the earliest is found by a scan
 */
public final class Deadlines<T extends Enum<T>> {
    /** What {@code nextDeadlineNanos()} returns when there is nothing to wait for. */
    public static final long NEVER = Long.MAX_VALUE;

    private final long[] at;

    /** All timers of the enum, none of them set. */
    public Deadlines(Class<T> timers) {
        this.at = new long[timers.getEnumConstants().length];
        Arrays.fill(at, NEVER);
    }

    /** Sets a timer, replacing its earlier moment. */
    public void set(T timer, long atNanos) {
        at[timer.ordinal()] = atNanos == NEVER ? NEVER - 1 : atNanos;
    }

    /** Sets a timer unless it is set already. */
    public void setIfUnset(T timer, long atNanos) {
        if (!isSet(timer)) {
            set(timer, atNanos);
        }
    }

    /** Unsets a timer. */
    public void cancel(T timer) {
        at[timer.ordinal()] = NEVER;
    }

    /** Unsets all timers. */
    public void cancelAll() {
        Arrays.fill(at, NEVER);
    }

    /** Whether the timer is set. */
    public boolean isSet(T timer) {
        return at[timer.ordinal()] != NEVER;
    }

    /** The moment of a timer, or {@link #NEVER}. */
    public long get(T timer) {
        return at[timer.ordinal()];
    }

    /** Unsets the timer and says true when its moment has come. */
    public boolean expire(T timer, long nowNanos) {
        boolean due = isSet(timer) && at[timer.ordinal()] - nowNanos <= 0;
        if (due) {
            cancel(timer);
        }
        return due;
    }

    /** The earliest moment of all timers, or {@link #NEVER}. */
    public long next() {
        return earliest(at);
    }

    /** The earlier of two moments, either of which may be {@link #NEVER}. */
    public static long earlier(long a, long b) {
        if (a == NEVER || b == NEVER) {
            return a == NEVER ? b : a;
        }
        return a - b <= 0 ? a : b;
    }

    /** The earliest of some moments, each of which may be {@link #NEVER}. */
    public static long earliest(long... moments) {
        long earliest = NEVER;
        for (long moment : moments) {
            earliest = earlier(earliest, moment);
        }
        return earliest;
    }

    /** Whether the moment {@code atNanos} has come. */
    public static boolean isDue(long atNanos, long nowNanos) {
        return atNanos != NEVER && atNanos - nowNanos <= 0;
    }
}
