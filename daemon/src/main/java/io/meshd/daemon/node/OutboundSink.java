package io.meshd.daemon.node;

import io.meshd.protocol.Endpoint;
import io.meshd.tunnel.Peer;
import org.jspecify.annotations.Nullable;

/** Takes what becomes of inner packets from the host. One thread's own. */
public interface OutboundSink {
    /** The array that the next datagram is sealed into. */
    byte[] room();

    /** Where in it; behind that there is room for the largest datagram. */
    int at();

    /**
     * A datagram lies in the room.
     *
     * @param standby      where a copy of the same bytes goes as well, or null
     * @param trafficClass the outer TOS byte
     */
    void sealed(Endpoint to, @Nullable Endpoint standby, int length, int trafficClass);

    /** A packet has to wait for a session; the array belongs to the sink. */
    void stage(Peer to, byte[] packet);

    /** A packet is larger than its path carries and has to go in pieces; the array belongs to the sink. */
    void divide(Peer to, byte[] packet);

    /** An ICMP error for the host; the array belongs to the sink. */
    void answer(byte[] packet);
}
