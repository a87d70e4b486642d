package io.meshd.daemon.node;

import io.meshd.protocol.DatagramKind;
import io.meshd.protocol.DropReason;
import io.meshd.protocol.Ecn;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.FrameCodec;
import io.meshd.protocol.IpPacket;
import io.meshd.tunnel.DataPath;
import io.meshd.tunnel.HandshakeGate;
import io.meshd.tunnel.Peer;
import java.util.Arrays;

/**
 * The way of each packet, out and in: who owns the address, seal or open, count.
 *
 * <p>Belongs to one thread. Nothing here waits, and nothing is allocated for a packet that flows.
 */
public final class PacketWalk {
    /** RFC 8489 section 6.1: what fits every path. */
    private static final int STUN_BYTES_MAX = 548;

    private final DataPlane plane;
    private final DataPath path;
    private final HandshakeGate gate;
    private final Counters counters;

    PacketWalk(DataPlane plane, DataPath path, HandshakeGate gate, Counters counters) {
        this.plane = plane;
        this.path = path;
        this.gate = gate;
        this.counters = counters;
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
        counters.packetsSent.increment();
        counters.bytesSent.add(exact);
        owner.packetsOut.increment();
        plane.note();
        Peer peer = owner.tunnel;
        Endpoint to = peer.endpoint();
        int sealed = to == null
                ? DataPath.NO_SESSION
                : path.seal(nowNanos, peer, buffer, offset, exact, sink.room(), sink.at(), peer.mtuBytes());
        if (to == null || sealed < 0) {
            sink.stage(peer, Arrays.copyOfRange(buffer, offset, offset + exact));
        } else {
            sink.sealed(to, owner.standby, sealed, Ecn.outer(IpPacket.trafficClass(buffer, offset)));
        }
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
                admit(nowNanos, buffer, offset, length, from, sink);
                yield false;
            }
            case STUN -> {
                if (length <= STUN_BYTES_MAX) {
                    countLost(sink.stun(Arrays.copyOfRange(buffer, offset, offset + length), from));
                } else {
                    counters.dropped(DropReason.MALFORMED);
                }
                yield false;
            }
            case OTHER -> {
                counters.dropped(DropReason.MALFORMED);
                yield false;
            }
        };
    }

    /**
     * A datagram that came out of the mesh itself to the port that the mesh runs on. A peer that is authentic from there
     * would be sought there, and each packet to it would go into the tunnel again and again.
     */
    public void refuseFromInside() {
        counters.dropped(DropReason.UNAUTHORIZED_SOURCE);
    }

    private void admit(long nowNanos, byte[] buffer, int offset, int length, Endpoint from, InboundSink sink) {
        DropReason refused = gate.refuse(nowNanos, buffer, offset, length, from, sink.isUnderLoad(), sink::cookieReply);
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
        byte[] inner = sink.room();
        int at = sink.at();
        int padded = path.open(nowNanos, buffer, offset, length, from, inner, at);
        if (padded < 0) {
            counters.dropped(path.dropReason());
            return false;
        }
        if (padded > 0) {
            if (FrameCodec.isFrames(inner[at]) && !path.peer().isStock()) {
                countLost(sink.frames(path.peer(), from, Arrays.copyOfRange(inner, at, at + padded)));
            } else {
                accept(inner, at, padded, path.peer(), from, trafficClass, sink);
            }
        }
        return true;
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
        counters.packetsReceived.increment();
        counters.bytesReceived.add(exact);
        owner.packetsIn.increment();
        owner.lastFrom = from;
        plane.note();
        sink.opened(exact);
    }
}
