package io.meshd.daemon.node;

import io.meshd.nat.relay.ByteLimit;
import io.meshd.protocol.DropReason;
import io.meshd.protocol.Ecn;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.RelayHeader;
import io.meshd.tunnel.DataPath;
import io.meshd.tunnel.Peer;
import io.meshd.tunnel.Tunnel;
import org.jspecify.annotations.Nullable;

/**
 * The way of packets through relays: sealed twice on the way out, opened twice on the way in, opened and sealed again
 * where this node is the relay. Part of one thread's {@link PacketWalk}.
 */
final class RelayWalk {
    /** What a relay's frame takes from the size of inner packets: its header and the second sealing. */
    static final int OVERHEAD_BYTES = RelayHeader.BYTES + DataPath.OVERHEAD_BYTES;
    /** Largest inner packet that is sent through a relay, so that the outer one is no larger than on a direct path. */
    static final int MTU_BYTES = Peer.MTU_BYTES_DEFAULT - OVERHEAD_BYTES;

    private static final int DATAGRAM_BYTES_MAX = 65_507;

    private final DataPlane plane;
    private final DataPath path;
    private final Counters counters;
    /** A message with room for a frame header before it: neither where it came from nor where it goes. */
    private final byte[] message = new byte[RelayHeader.BYTES + DATAGRAM_BYTES_MAX + DataPath.OVERHEAD_BYTES
            + DataPath.PADDING_BYTES];

    RelayWalk(DataPlane plane, DataPath path, Counters counters) {
        this.plane = plane;
        this.path = path;
        this.counters = counters;
    }

    /** Sends an inner packet of which at least one copy goes through a relay; false without a session. */
    boolean outbound(long nowNanos, Neighbour owner, Endpoint to, @Nullable Endpoint standby, byte[] buffer, int offset,
            int length, int trafficClass, OutboundSink sink) {
        int sealed = path.seal(nowNanos, owner.tunnel, buffer, offset, length, message, RelayHeader.BYTES,
                owner.tunnel.mtuBytes());
        if (sealed < 0) {
            return false;
        }
        boolean isRelayed = dispatch(nowNanos, owner, to, sealed, trafficClass, sink);
        if (standby != null) {
            isRelayed |= dispatch(nowNanos, owner, standby, sealed, trafficClass, sink);
        }
        // One packet, however many relays carry a copy.
        if (isRelayed) {
            counters.relayUsage.increment();
        }
        return true;
    }

    /** Says whether a relay carries it. */
    private boolean dispatch(long nowNanos, Neighbour owner, Endpoint to, int sealed, int trafficClass,
            OutboundSink sink) {
        return switch (to) {
            case Endpoint.Direct direct -> {
                System.arraycopy(message, RelayHeader.BYTES, sink.room(), sink.at(), sealed);
                sink.sealed(direct, null, sealed, trafficClass);
                yield false;
            }
            case Endpoint.Relayed relayed -> wrap(nowNanos, owner.hop(relayed), sealed, trafficClass, sink);
        };
    }

    private boolean wrap(long nowNanos, @Nullable RelayHop hop, int sealed, int trafficClass, OutboundSink sink) {
        Endpoint at = hop == null ? null : hop.relay().tunnel.endpoint();
        int length = RelayHeader.BYTES + sealed;
        if (hop == null || !(at instanceof Endpoint.Direct) || length + DataPath.OVERHEAD_BYTES > DATAGRAM_BYTES_MAX) {
            counters.dropped(DropReason.NO_SESSION);
            return false;
        }
        Neighbour relay = hop.relay();
        RelayHeader.write(message, 0, false, hop.channel(), sealed);
        int wrapped = path.seal(nowNanos, relay.tunnel, message, 0, length, sink.room(), sink.at(),
                relay.tunnel.mtuBytes());
        if (wrapped < 0) {
            counters.dropped(DropReason.NO_SESSION);
            return false;
        }
        relay.packetsOut.increment();
        sink.sealed(at, null, wrapped, trafficClass);
        return true;
    }

    /**
     * Takes an opened packet when it is a relay data frame of a channel that is known, by the direct path of a relay or
     * an end; false leaves it to the node thread.
     *
     * @param walk goes on with what has arrived
     */
    boolean inbound(long nowNanos, byte[] inner, int at, int padded, Peer sender, Endpoint from, int trafficClass,
            InboundSink sink, PacketWalk walk) {
        int length = RelayHeader.messageLength(inner, at, padded);
        if (length < 0 || !(from instanceof Endpoint.Direct)) {
            return false;
        }
        int word = RelayHeader.wordAt(inner, at);
        RelayTable.Way way = plane.relays().find(sender, word);
        if (way == null) {
            return false;
        }
        if (length > DATAGRAM_BYTES_MAX || !RelayHeader.isMessage(inner, at + RelayHeader.BYTES, length)) {
            counters.dropped(DropReason.MALFORMED);
            return true;
        }
        switch (way) {
            case RelayTable.Onward onward ->
                carryOn(nowNanos, onward, inner, at, length, from, trafficClass, sink.onward());
            case RelayTable.Arrival arrival ->
                arrive(nowNanos, arrival, inner, at, length, from, trafficClass, sink, walk);
        }
        plane.note();
        return true;
    }

    private void carryOn(long nowNanos, RelayTable.Onward onward, byte[] inner, int at, int length, Endpoint from,
            int trafficClass, OutboundSink sink) {
        heard(onward.from(), from);
        Peer to = onward.to().tunnel;
        Endpoint where = to.endpoint();
        if (!(where instanceof Endpoint.Direct)) {
            counters.dropped(DropReason.NO_SESSION);
            return;
        }
        ByteLimit limit = plane.relayLimit();
        int frame = RelayHeader.BYTES + length;
        if (!limit.allows(nowNanos, frame)) {
            counters.dropped(DropReason.RATE_LIMITED);
            return;
        }
        RelayHeader.write(inner, at, true, onward.circuit().channel(), length);
        int sealed = path.seal(nowNanos, to, inner, at, frame, sink.room(), sink.at(), to.mtuBytes());
        if (sealed < 0) {
            counters.dropped(DropReason.NO_SESSION);
            return;
        }
        onward.circuit().used(nowNanos);
        onward.from().relayedBytes.add(length);
        onward.to().packetsOut.increment();
        counters.relayedForOthers.increment();
        // Congestion that the first half of the way met is told to the end.
        sink.sealed(where, null, sealed, Ecn.outer(trafficClass));
    }

    private void arrive(long nowNanos, RelayTable.Arrival arrival, byte[] inner, int at, int length, Endpoint from,
            int trafficClass, InboundSink sink, PacketWalk walk) {
        heard(arrival.relay(), from);
        // What is opened goes where it lies.
        System.arraycopy(inner, at + RelayHeader.BYTES, message, 0, length);
        walk.arrived(nowNanos, message, 0, length, arrival, trafficClass, sink);
    }

    /** Sends a cookie reply back through the relay that brought the handshake. */
    void answer(long nowNanos, RelayTable.Arrival arrival, byte[] reply, OutboundSink sink) {
        System.arraycopy(reply, 0, message, RelayHeader.BYTES, reply.length);
        boolean _ = wrap(nowNanos, arrival.far().hop(arrival.via()), reply.length, Tunnel.HANDSHAKE_TRAFFIC_CLASS,
                sink);
    }

    /** What goes through a relay shows that the way to the relay works. */
    private static void heard(Neighbour neighbour, Endpoint from) {
        neighbour.packetsIn.increment();
        neighbour.lastFrom = from;
    }
}
