package io.meshd.nat;

/**
 * Smoothed round-trip time and its variation, RFC 6298 section 2.
 *
 * <p>Probes carry their own token, so that an answer is never ambiguous and a late one is as good a sample as any
 * (Karn's rule has nothing to forbid).
 */
final class RoundTrip {
    private long smoothedNanos;
    private long variationNanos;
    private int samples;

    /** Takes one measurement in; a negative one (a clock that went back) counts as zero. */
    void sample(long measuredNanos) {
        long measured = Math.max(0, measuredNanos);
        if (samples == 0) {
            smoothedNanos = measured;
            variationNanos = measured / 2;
        } else {
            variationNanos += (Math.abs(smoothedNanos - measured) - variationNanos) / 4;
            smoothedNanos += (measured - smoothedNanos) / 8;
        }
        samples = Math.min(samples + 1, Integer.MAX_VALUE - 1);
    }

    void reset() {
        samples = 0;
        smoothedNanos = 0;
        variationNanos = 0;
    }

    /** How many measurements there are. */
    int samples() {
        return samples;
    }

    /** Smoothed round-trip time; 0 before the first measurement. */
    long smoothedNanos() {
        return smoothedNanos;
    }

    /** Mean deviation; 0 before the first measurement. */
    long variationNanos() {
        return variationNanos;
    }

    /** Time by which an answer has practically always come: also the score by which paths are compared. */
    long worstNanos() {
        return smoothedNanos + 4 * variationNanos;
    }

    /** How long an answer is waited for. */
    long timeoutNanos() {
        return samples == 0
                ? PathTimings.TIMEOUT_INITIAL_NANOS
                : Math.clamp(worstNanos(), PathTimings.TIMEOUT_MIN_NANOS, PathTimings.TIMEOUT_MAX_NANOS);
    }
}
