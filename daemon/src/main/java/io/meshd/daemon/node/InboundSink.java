package io.meshd.daemon.node;

import io.meshd.protocol.Endpoint;
import io.meshd.tunnel.Peer;

/** Takes what becomes of datagrams from the network. One thread's own. */
public interface InboundSink {
    /** The array that the next datagram is opened into. */
    byte[] room();

    /** Where in it; behind that there is room for the largest packet. */
    int at();

    /** An IP packet of this length lies in the room. */
    void opened(int length);

    /** Frames came; the array belongs to the sink. */
    void frames(Peer from, Endpoint via, byte[] packet);

    /** A handshake message, for the node thread; the array belongs to the sink. */
    void handshake(byte[] datagram, Endpoint from);
}
