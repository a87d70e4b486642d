package io.meshd.nat.mapping;

import java.net.InetSocketAddress;
import java.util.random.RandomGenerator;

/**
 * For how long a router promised a port, and when to ask it to go on.
 *
 * <p>The first renewal is due between 1/2 and 5/8 of the time, the next ones in the same way of what is left, so that
 * hosts that got theirs together do not all ask at once (RFC 6887 section 11.2.1).
 */
final class Lease {
    private final InetSocketAddress external;
    private final long endNanos;
    private long renewalNanos;

    private Lease(InetSocketAddress external, long endNanos) {
        this.external = external;
        this.endNanos = endNanos;
    }

    static Lease granted(long nowNanos, InetSocketAddress external, long seconds, RandomGenerator random) {
        long believed = Math.clamp(seconds, MappingTimings.LEASE_SECONDS_MIN, MappingTimings.LEASE_SECONDS_MAX);
        Lease lease = new Lease(external, nowNanos + MappingTimings.seconds(believed));
        lease.planRenewal(nowNanos, random);
        return lease;
    }

    /** Plans the next renewal; the one before was in vain, or this is the first. */
    void planRenewal(long nowNanos, RandomGenerator random) {
        long rest = Math.max(0, endNanos - nowNanos);
        long wait = rest / 2 + random.nextLong(rest / 8 + 1);
        renewalNanos = nowNanos + Math.max(wait, MappingTimings.RENEWAL_MIN_NANOS);
    }

    InetSocketAddress external() {
        return external;
    }

    long renewalNanos() {
        return renewalNanos;
    }

    boolean isOver(long nowNanos) {
        return endNanos - nowNanos <= 0;
    }

    long endNanos() {
        return endNanos;
    }
}
