package io.meshd.daemon.runtime;

import io.meshd.netio.DatagramBatch;
import io.meshd.netio.UdpTarget;
import java.net.InetSocketAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * From which of its own addresses this host answers whom: the one that the peer used last (WireGuard's stickiness).
 *
 * <p>Any thread. Remembered only for addresses from where something authenticated came, and forgotten after 15 s of
 * silence, so that a route that changed is followed.
 */
final class Targets {
    private static final long FORGET_NANOS = 15_000_000_000L;
    /** More live addresses than peers can have; beyond it the kernel chooses the source. */
    private static final int REMEMBERED_MAX = 65_536;

    private final ConcurrentMap<InetSocketAddress, Remembered> remembered = new ConcurrentHashMap<>();

    /** Mutable time only, so that refreshing allocates nothing. */
    private static final class Remembered {
        private final UdpTarget target;
        private volatile long heardNanos;

        private Remembered(UdpTarget target, long heardNanos) {
            this.target = target;
            this.heardNanos = heardNanos;
        }
    }

    /** Notes that datagram {@code index} was authenticated. */
    void heard(long nowNanos, DatagramBatch batch, int index) {
        InetSocketAddress source = batch.source(index);
        Remembered known = remembered.get(source);
        if (known != null && known.target.isReplyTo(batch, index)) {
            known.heardNanos = nowNanos;
        } else if (known != null || remembered.size() < REMEMBERED_MAX) {
            remembered.put(source, new Remembered(UdpTarget.replyTo(batch, index), nowNanos));
        }
    }

    /** How to reach an address now. */
    UdpTarget to(long nowNanos, InetSocketAddress address) {
        Remembered known = remembered.get(address);
        if (known == null) {
            return UdpTarget.of(address);
        }
        if (nowNanos - known.heardNanos > FORGET_NANOS) {
            remembered.remove(address, known);
            return UdpTarget.of(address);
        }
        return known.target;
    }

    /** The local address that was used is gone. */
    void forget(InetSocketAddress address) {
        remembered.remove(address);
    }

    /** Forgets all: this host's addresses changed. */
    void forgetAll() {
        remembered.clear();
    }
}
