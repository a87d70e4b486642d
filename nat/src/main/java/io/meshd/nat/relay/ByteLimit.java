package io.meshd.nat.relay;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many bytes a second a relay carries for all together (the generic cell rate algorithm, ITU-T I.371). Any thread;
 * allocates nothing.
 */
public final class ByteLimit {
    private static final long SECOND_NANOS = 1_000_000_000L;
    /** As much at once as a quarter of a second brings: a window of TCP passes whole. */
    private static final long BURST_NANOS = SECOND_NANOS / 4;

    private final long bytesPerSecond;
    /** When the bucket will be full again; never far in the past, so that subtraction compares. */
    private final AtomicLong fullAtNanos;

    /**
     * A full bucket.
     *
     * @param bytesPerSecond the limit; 0 for none
     */
    public ByteLimit(long nowNanos, long bytesPerSecond) {
        this.bytesPerSecond = bytesPerSecond;
        this.fullAtNanos = new AtomicLong(nowNanos);
    }

    /** Takes so many bytes and says true, or says false when they are too many now. */
    public boolean allows(long nowNanos, int bytes) {
        if (bytesPerSecond == 0) {
            return true;
        }
        long costNanos = Math.ceilDiv(bytes * SECOND_NANOS, bytesPerSecond);
        while (true) {
            long seen = fullAtNanos.get();
            long from = seen - nowNanos > 0 ? seen : nowNanos;
            // What is larger than the whole bucket passes when the bucket is full, or a small limit would pass nothing.
            if (from - nowNanos > Math.max(0, BURST_NANOS - costNanos)) {
                return false;
            }
            if (fullAtNanos.compareAndSet(seen, from + costNanos)) {
                return true;
            }
        }
    }
}
