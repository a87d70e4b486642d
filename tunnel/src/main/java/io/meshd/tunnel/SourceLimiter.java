package io.meshd.tunnel;

import io.meshd.protocol.Endpoint;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * How many handshakes under load one source may cause: 20 a second, 5 at once (a token bucket). Any thread.
 *
 * <p>Only sources that proved by a cookie that they receive what is sent to them get an entry, so nobody fills the
 * table with forged addresses.
 */
final class SourceLimiter {
    /** Most sources remembered; beyond, new ones are refused until old ones are forgotten. */
    static final int SOURCES_MAX = 65_536;

    private static final long COST_NANOS = TimeUnit.SECONDS.toNanos(1) / 20;
    private static final long BURST_NANOS = 5 * COST_NANOS;
    private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Map<Object, Bucket> buckets = new LinkedHashMap<>();
    private long sweptNanos;

    private static final class Bucket {
        private long tokensNanos = BURST_NANOS;
        private long updatedNanos;

        Bucket(long nowNanos) {
            updatedNanos = nowNanos;
        }

        boolean take(long nowNanos) {
            long earned = Math.clamp(nowNanos - updatedNanos, 0, BURST_NANOS);
            tokensNanos = Math.min(BURST_NANOS, tokensNanos + earned);
            updatedNanos = nowNanos;
            if (tokensNanos < COST_NANOS) {
                return false;
            }
            tokensNanos -= COST_NANOS;
            return true;
        }
    }

    /** Whether this source may cause one more handshake now. */
    synchronized boolean allows(long nowNanos, Endpoint from) {
        sweep(nowNanos);
        Object source = CookieSource.bucket(from);
        Bucket bucket = buckets.get(source);
        if (bucket == null) {
            if (buckets.size() >= SOURCES_MAX) {
                return false;
            }
            bucket = new Bucket(nowNanos);
            buckets.put(source, bucket);
        }
        return bucket.take(nowNanos);
    }

    private void sweep(long nowNanos) {
        if (buckets.isEmpty() || nowNanos - sweptNanos >= IDLE_NANOS) {
            buckets.values().removeIf(bucket -> nowNanos - bucket.updatedNanos > IDLE_NANOS);
            sweptNanos = nowNanos;
        }
    }

    synchronized int size() {
        return buckets.size();
    }
}
