package io.meshd.daemon.node;

import io.meshd.nat.stun.StunCodec;
import io.meshd.protocol.DatagramKind;
import io.meshd.protocol.DropReason;
import io.meshd.protocol.Ecn;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.FrameCodec;
import io.meshd.protocol.IpPacket;
import io.meshd.protocol.TcpMss;
import io.meshd.tunnel.DataPath;
import io.meshd.tunnel.HandshakeGate;
import io.meshd.tunnel.Peer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The way of each packet, out and in: who owns the address, seal or open, count.
 *
 * <p>Belongs to one thread. Nothing here waits, and nothing is allocated for a packet that flows.
 */
public final class PacketWalk {
    /** The least MTU of IPv6: no host takes a smaller one for an answer. */
    private static final int MTU_TOLD_MIN = 1_280;
    /** A SYN carries no data: both headers at their longest, 60 bytes each. */
    private static final int SYN_BYTES_MAX = 120;

    private final DataPlane plane;
    private final DataPath path;
    private final HandshakeGate gate;
    private final Counters counters;
    private final RelayWalk relayWalk;

    PacketWalk(DataPlane plane, DataPath path, HandshakeGate gate, Counters counters) {
        this.plane = plane;
        this.path = path;
        this.gate = gate;
        this.counters = counters;
        this.relayWalk = new RelayWalk(plane, path, counters);
    }

    /** An inner packet from the host. */
    public void outbound(long nowNanos, byte[] buffer, int offset, int length, OutboundSink sink) {
        int exact = IpPacket.check(buffer, offset, length);
        if (exact < 0) {
            counters.dropped(DropReason.MALFORMED);
            return;
        }
        Neighbour owner = plane.forwarding().reachable().destinationOwner(buffer, offset);
        // A stock device without an endpoint has to call first; a node is looked for.
        if (owner == null || (owner.tunnel.isStock() && owner.tunnel.endpoint() == null)) {
            counters.routeMisses.increment();
            counters.dropped(DropReason.UNKNOWN_ROUTE);
            byte[] answer = plane.unreachable(nowNanos, buffer, offset, exact);
            if (answer != null) {
                sink.answer(answer);
            }
            return;
        }
        Peer peer = owner.tunnel;
        int mtu = peer.mtuBytes();
        if (exact > mtu && !mayBeDivided(buffer, offset, exact)) {
            counters.dropped(DropReason.TOO_BIG);
            byte[] answer = plane.tooBig(nowNanos, buffer, offset, exact, Math.max(mtu, MTU_TOLD_MIN));
            if (answer != null) {
                sink.answer(answer);
            }
            return;
        }
        counters.packetsSent.increment();
        counters.bytesSent.add(exact);
        owner.packetsOut.increment();
        plane.note();
        if (exact > mtu && !peer.isStock()) {
            sink.divide(peer, Arrays.copyOfRange(buffer, offset, offset + exact));
            return;
        }
        if (exact <= SYN_BYTES_MAX) {
            TcpMss.clamp(buffer, offset, exact, mtu);
        }
        Endpoint to = peer.endpoint();
        Endpoint standby = owner.standby;
        if (to instanceof Endpoint.Relayed || standby instanceof Endpoint.Relayed) {
            outboundRelayed(nowNanos, owner, to, standby, buffer, offset, exact, sink);
            return;
        }
        int sealed = to == null
                ? DataPath.NO_SESSION
                : path.seal(nowNanos, peer, buffer, offset, exact, sink.room(), sink.at(), mtu);
        if (to == null || sealed < 0) {
            sink.stage(peer, Arrays.copyOfRange(buffer, offset, offset + exact));
        } else {
            sink.sealed(to, standby, sealed, Ecn.outer(IpPacket.trafficClass(buffer, offset)));
        }
    }

    private void outboundRelayed(long nowNanos, Neighbour owner, @Nullable Endpoint to, @Nullable Endpoint standby,
            byte[] buffer, int offset, int exact, OutboundSink sink) {
        int trafficClass = Ecn.outer(IpPacket.trafficClass(buffer, offset));
        if (to == null
                || !relayWalk.outbound(nowNanos, owner, to, standby, buffer, offset, exact, trafficClass, sink)) {
            sink.stage(owner.tunnel, Arrays.copyOfRange(buffer, offset, offset + exact));
        }
    }

    /** Nobody is told less than 1280 (RFC 8200 section 5), and who allows fragmentation is not told at all. */
    private static boolean mayBeDivided(byte[] buffer, int offset, int length) {
        return length <= MTU_TOLD_MIN || IpPacket.mayBeFragmented(buffer, offset);
    }

    /**
     * A datagram from the network.
     *
     * @param from         the same object for the same address, so that comparing is cheap
     * @param trafficClass the outer TOS byte
     * @return whether it was data of a peer, authentic and new
     */
    public boolean inbound(long nowNanos, byte[] buffer, int offset, int length, Endpoint from, int trafficClass,
            InboundSink sink) {
        return switch (DatagramKind.of(buffer, offset, length)) {
            case DATA -> open(nowNanos, buffer, offset, length, from, trafficClass, sink);
            case INITIATION, RESPONSE, COOKIE_REPLY -> {
                admit(nowNanos, buffer, offset, length, from, sink, sink::cookieReply);
                yield false;
            }
            case STUN -> {
                stun(buffer, offset, length, from, sink);
                yield false;
            }
            case OTHER -> {
                counters.dropped(DropReason.MALFORMED);
                yield false;
            }
        };
    }

    private void stun(byte[] buffer, int offset, int length, Endpoint from, InboundSink sink) {
        if (length > StunCodec.MESSAGE_BYTES_MAX) {
            counters.dropped(DropReason.MALFORMED);
        } else {
            countLost(sink.stun(Arrays.copyOfRange(buffer, offset, offset + length), from));
        }
    }

    /**
     * A datagram that came out of the mesh itself to the port that the mesh runs on. A peer that is authentic from there
     * would be sought there, and each packet to it would go into the tunnel again and again.
     */
    public void refuseFromInside() {
        counters.dropped(DropReason.UNAUTHORIZED_SOURCE);
    }

    private void admit(long nowNanos, byte[] buffer, int offset, int length, Endpoint from, InboundSink sink,
            HandshakeGate.Challenge challenge) {
        DropReason refused = gate.refuse(nowNanos, buffer, offset, length, from, sink.isUnderLoad(), challenge);
        if (refused != null) {
            counters.dropped(refused);
        } else {
            countLost(sink.handshake(Arrays.copyOfRange(buffer, offset, offset + length), from));
        }
    }

    private void countLost(boolean taken) {
        if (!taken) {
            counters.dropped(DropReason.OVERFLOW);
        }
    }

    private boolean open(long nowNanos, byte[] buffer, int offset, int length, Endpoint from, int trafficClass,
            InboundSink sink) {
        int padded = path.open(nowNanos, buffer, offset, length, from, sink.room(), sink.at());
        return opened(nowNanos, padded, from, trafficClass, sink);
    }

    private boolean opened(long nowNanos, int padded, Endpoint from, int trafficClass, InboundSink sink) {
        if (padded < 0) {
            counters.dropped(path.dropReason());
            return false;
        }
        byte[] inner = sink.room();
        int at = sink.at();
        if (padded > 0) {
            if (!FrameCodec.isFrames(inner[at]) || path.peer().isStock()) {
                accept(inner, at, padded, path.peer(), from, trafficClass, sink);
            } else if (!relayed(nowNanos, inner, at, padded, path.peer(), from, trafficClass, sink)) {
                countLost(sink.frames(path.peer(), from, Arrays.copyOfRange(inner, at, at + padded)));
            }
        }
        return true;
    }

    /** A message that a relay brought, of the peer for which the relay says that it is. */
    void arrived(long nowNanos, byte[] buffer, int offset, int length, RelayTable.Arrival arrival, int trafficClass,
            InboundSink sink) {
        if (DatagramKind.of(buffer, offset, length) == DatagramKind.DATA) {
            int padded = path.openRelayed(nowNanos, buffer, offset, length, arrival.via(), arrival.far().tunnel,
                    sink.room(), sink.at());
            // Whether it is authentic says nothing of the address that the relay's datagram came from.
            boolean _ = opened(nowNanos, padded, arrival.via(), trafficClass, sink);
        } else {
            admit(nowNanos, buffer, offset, length, arrival.via(), sink,
                    (_, reply) -> relayWalk.answer(nowNanos, arrival, reply, sink.onward()));
        }
    }

    /** Moves a relay data frame on; false when it is none, or the node thread has to look at it. */
    boolean relayed(long nowNanos, byte[] inner, int at, int padded, Peer sender, Endpoint from, int trafficClass,
            InboundSink sink) {
        return relayWalk.inbound(nowNanos, inner, at, padded, sender, from, trafficClass, sink, this);
    }

    /** Lets an opened IP packet pass when its source belongs to the peer that sent it, by the longest prefix of all. */
    void accept(byte[] inner, int at, int padded, Peer sender, Endpoint from, int trafficClass, InboundSink sink) {
        int exact = IpPacket.check(inner, at, padded);
        if (exact < 0) {
            counters.dropped(DropReason.MALFORMED);
            return;
        }
        Neighbour owner = plane.forwarding().owners().sourceOwner(inner, at);
        if (owner == null || owner.tunnel != sender) {
            counters.dropped(DropReason.UNAUTHORIZED_SOURCE);
            return;
        }
        if (owner.framesOnly) {
            counters.claimsWrongNetwork.increment();
            return;
        }
        if (!Ecn.decapsulate(trafficClass, inner, at)) {
            counters.dropped(DropReason.MALFORMED);
            return;
        }
        if (exact <= SYN_BYTES_MAX) {
            TcpMss.clamp(inner, at, exact, sender.mtuBytes());
        }
        counters.packetsReceived.increment();
        counters.bytesReceived.add(exact);
        owner.packetsIn.increment();
        owner.lastFrom = from;
        plane.note();
        sink.opened(exact);
    }
}
