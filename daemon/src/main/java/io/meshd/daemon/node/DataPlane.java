package io.meshd.daemon.node;

import io.meshd.nat.relay.ByteLimit;
import io.meshd.protocol.IcmpPackets;
import io.meshd.protocol.IpPacket;
import io.meshd.identity.IpAddress;
import io.meshd.tunnel.Routes;
import io.meshd.tunnel.Tunnel;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the node thread and the reader threads share: who owns what, and notes for each other.
 *
 * <p>Each thread that moves packets makes one {@link PacketWalk} of its own. The node thread publishes immutable values;
 * the others leave notes that it collects.
 */
public final class DataPlane {
    private final Tunnel tunnel;
    private final Counters counters;
    /** ICMP errors (RFC 1812 section 4.3.2.8): enough for a few programs; an answer to each of a flood helps nobody. */
    private final RateLimit icmpLimit = new RateLimit(50, 10_000_000L);
    private volatile Forwarding forwarding = new Forwarding(Routes.of(List.of()), Routes.of(List.of()), null, null);
    private volatile RelayTable relays = RelayTable.EMPTY;
    private volatile ByteLimit relayLimit = new ByteLimit(0, 0);
    /** The node thread sleeps, and the next packet is to wake it. */
    private volatile boolean watching = true;
    private volatile boolean traffic;

    DataPlane(Tunnel tunnel, Counters counters) {
        this.tunnel = tunnel;
        this.counters = counters;
    }

    /** What one more thread needs to move packets. */
    public PacketWalk newWalk() {
        return new PacketWalk(this, tunnel.newDataPath(), tunnel.gate(), counters);
    }

    /**
     * Whether the node thread is to be called to {@link MeshNode#collect}: asked by a reader thread after each batch. Says
     * true for traffic after silence once, and for what sessions need.
     */
    public boolean wantsCollect() {
        if (traffic) {
            traffic = false;
            watching = false;
            return true;
        }
        return tunnel.wantsCollect();
    }

    void publish(Forwarding next) {
        forwarding = next;
    }

    Forwarding forwarding() {
        return forwarding;
    }

    void publish(RelayTable next) {
        relays = next;
    }

    void publish(ByteLimit next) {
        relayLimit = next;
    }

    RelayTable relays() {
        return relays;
    }

    ByteLimit relayLimit() {
        return relayLimit;
    }

    /** The node thread has seen everything and will not look again by itself. */
    void watchForTraffic() {
        watching = true;
    }

    /** A packet passed. */
    void note() {
        if (watching && !traffic) {
            traffic = true;
        }
    }

    /**
     * The ICMP error for a packet that is larger than its path carries, as if from its destination: the host takes none
     * from an address of its own. Null when none is due, or its sender allows that it is divided.
     */
    byte @Nullable [] tooBig(long nowNanos, byte[] buffer, int offset, int length, int mtu) {
        return IpPacket.mayBeFragmented(buffer, offset) || !icmpLimit.allows(nowNanos)
                ? null
                : IcmpPackets.tooBig(buffer, offset, length, IpPacket.destination(buffer, offset), mtu);
    }

    /** The ICMP error for a packet to where nobody is, or null when none is due. */
    byte @Nullable [] unreachable(long nowNanos, byte[] buffer, int offset, int length) {
        Forwarding current = forwarding;
        IpAddress own = IpPacket.isV6(buffer, offset) ? current.address6() : current.address4();
        if (own == null || !icmpLimit.allows(nowNanos)) {
            return null;
        }
        return IcmpPackets.unreachable(IcmpPackets.Unreachable.HOST, buffer, offset, length, own);
    }
}
