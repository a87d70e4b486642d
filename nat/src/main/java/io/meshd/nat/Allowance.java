package io.meshd.nat;

/** A token bucket: so many at once, so many a second after that. */
public final class Allowance {
    private static final long SECOND_NANOS = 1_000_000_000L;

    private final long burstNanos;
    private final long costNanos;
    /** The credit that is left, in nanoseconds of refilling. */
    private long creditNanos;
    private long countedNanos;
    private boolean used;

    /** A full bucket. */
    public Allowance(int burst, int perSecond) {
        this(burst, SECOND_NANOS / perSecond);
    }

    private Allowance(int burst, long costNanos) {
        this.costNanos = costNanos;
        this.burstNanos = burst * costNanos;
        this.creditNanos = burstNanos;
    }

    /** A full bucket that gets one back each {@code nanos}. */
    public static Allowance oneEach(long nanos, int burst) {
        return new Allowance(burst, nanos);
    }

    /** Takes one and says true, or says false when there is none. */
    public boolean take(long nowNanos) {
        if (used) {
            creditNanos = Math.min(burstNanos, creditNanos + Math.clamp(nowNanos - countedNanos, 0, burstNanos));
        }
        used = true;
        countedNanos = nowNanos;
        if (creditNanos < costNanos) {
            return false;
        }
        creditNanos -= costNanos;
        return true;
    }
}
