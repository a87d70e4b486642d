package io.meshd.discovery;

/** Lets through so much at once and so much a second. */
final class TokenBucket {
    private static final double NANOS_PER_SECOND = 1e9;

    private final double burst;
    private final double perSecond;
    private double tokens;
    private long lastNanos;

    TokenBucket(double burst, double perSecond, long nowNanos) {
        this.burst = burst;
        this.perSecond = perSecond;
        this.tokens = burst;
        this.lastNanos = nowNanos;
    }

    /** Whether there are tokens left; if so takes {@code cost}, perhaps more than are there: then the next wait longer. */
    boolean take(double cost, long nowNanos) {
        refill(nowNanos);
        if (tokens <= 0) {
            return false;
        }
        tokens -= cost;
        return true;
    }

    /** Takes {@code cost}, whether it is there or not. */
    void charge(double cost, long nowNanos) {
        refill(nowNanos);
        tokens -= cost;
    }

    private void refill(long nowNanos) {
        long passed = nowNanos - lastNanos;
        if (passed > 0) {
            tokens = Math.min(burst, tokens + passed / NANOS_PER_SECOND * perSecond);
            lastNanos = nowNanos;
        }
    }
}
