package io.meshd.daemon.runtime;

import io.meshd.netio.DatagramBatch;
import io.meshd.netio.UdpSocket;
import io.meshd.netio.UdpTarget;
import io.meshd.protocol.Endpoint;
import java.net.Inet6Address;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

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

    private final ConcurrentMap<Endpoint.Direct, Remembered> remembered = new ConcurrentHashMap<>();
    private final ExtraSockets extras;

    Targets(ExtraSockets extras) {
        this.extras = extras;
    }

    /** Mutable time only, so that refreshing allocates nothing. */
    private static final class Remembered {
        private final UdpTarget target;
        private volatile long heardNanos;

        private Remembered(UdpTarget target, long heardNanos) {
            this.target = target;
            this.heardNanos = heardNanos;
        }
    }

    /** Notes that datagram {@code index}, which came from there, was authenticated. */
    void heard(long nowNanos, DatagramBatch batch, int index, Endpoint.Direct source) {
        Remembered known = remembered.get(source);
        if (known != null && known.target.isReplyTo(batch, index)) {
            known.heardNanos = nowNanos;
        } else if (known != null || remembered.size() < REMEMBERED_MAX) {
            UdpTarget target = by(source, UdpTarget.replyTo(batch, index));
            if (target != null) {
                remembered.put(source, new Remembered(target, nowNanos));
            }
        }
    }

    /** The target by the endpoint's local socket; null when that is closed. */
    @Nullable
    UdpTarget by(Endpoint.Direct endpoint, UdpTarget target) {
        if (endpoint.isByOnePort()) {
            return target;
        }
        UdpSocket socket = extras.socket(endpoint.socket());
        return socket == null || socket.isV6() != target.address().getAddress() instanceof Inet6Address
                ? null
                : target.through(socket);
    }

    /** How to reach an endpoint now; null when its local socket is closed. */
    @Nullable
    UdpTarget to(long nowNanos, Endpoint.Direct endpoint) {
        Remembered known = remembered.get(endpoint);
        if (known != null && nowNanos - known.heardNanos <= FORGET_NANOS) {
            return known.target;
        }
        if (known != null) {
            remembered.remove(endpoint, known);
        }
        return by(endpoint, UdpTarget.of(endpoint.address()));
    }

    /** The local address that was used is gone. */
    void forget(Endpoint.Direct endpoint) {
        remembered.remove(endpoint);
    }

    /** Forgets all: this host's addresses changed. */
    void forgetAll() {
        remembered.clear();
    }
}
