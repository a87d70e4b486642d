package io.meshd.daemon.node;

import io.meshd.protocol.Endpoint;
import io.meshd.tunnel.DataPath;
import io.meshd.tunnel.Peer;
import io.meshd.tunnel.Tunnel;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Moves single packets on the node thread: for the simulator, and for what comes in pieces. */
final class OneByOne implements OutboundSink, InboundSink {
    private static final int LARGEST = 65_535;

    private final MeshNode node;
    private final Surroundings surroundings;
    private final byte[] room = new byte[LARGEST + DataPath.OVERHEAD_BYTES + DataPath.PADDING_BYTES];

    private final @Nullable OneByOne onward;

    OneByOne(MeshNode node, Surroundings surroundings) {
        this(node, surroundings, new OneByOne(node, surroundings, null));
    }

    private OneByOne(MeshNode node, Surroundings surroundings, @Nullable OneByOne onward) {
        this.node = node;
        this.surroundings = surroundings;
        this.onward = onward;
    }

    @Override
    public byte[] room() {
        return room;
    }

    @Override
    public int at() {
        return 0;
    }

    @Override
    public void sealed(Endpoint to, @Nullable Endpoint standby, int length, int trafficClass) {
        transmit(to, length, trafficClass);
        if (standby != null) {
            transmit(standby, length, trafficClass);
        }
    }

    private void transmit(Endpoint to, int length, int trafficClass) {
        if (to instanceof Endpoint.Direct direct) {
            surroundings.transmit(direct, Arrays.copyOf(room, length), trafficClass);
        }
    }

    @Override
    public void stage(Peer to, byte[] packet) {
        node.stage(to, packet);
    }

    @Override
    public void divide(Peer to, byte[] packet) {
        node.divide(to, packet);
    }

    @Override
    public OutboundSink onward() {
        return onward == null ? this : onward;
    }

    @Override
    public void answer(byte[] packet) {
        surroundings.deliver(packet);
    }

    @Override
    public void opened(int length) {
        surroundings.deliver(Arrays.copyOf(room, length));
    }

    @Override
    public boolean frames(Peer from, Endpoint via, byte[] packet) {
        node.frames(from, via, packet);
        return true;
    }

    // Nothing ever waits here.
    @Override
    public boolean isUnderLoad() {
        return false;
    }

    @Override
    public void cookieReply(Endpoint to, byte[] reply) {
        if (to instanceof Endpoint.Direct direct) {
            surroundings.transmit(direct, reply, Tunnel.HANDSHAKE_TRAFFIC_CLASS);
        }
    }

    @Override
    public boolean handshake(byte[] datagram, Endpoint from) {
        node.handshake(datagram, from);
        return true;
    }

    @Override
    public boolean stun(byte[] datagram, Endpoint from) {
        node.stun(datagram, from);
        return true;
    }

    /** An IP packet that was put together from pieces. */
    void takeWhole(PacketWalk walk, byte[] packet, Peer from, Endpoint via) {
        System.arraycopy(packet, 0, room, 0, packet.length);
        walk.accept(room, 0, packet.length, from, via, 0, this);
    }
}
