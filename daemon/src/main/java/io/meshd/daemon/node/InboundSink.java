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

    /** Frames came; the array belongs to the sink. False when there is no room for them. */
    boolean frames(Peer from, Endpoint via, byte[] packet);

    /** Whether so many handshakes wait for the node thread that each sender must prove its address. */
    boolean isUnderLoad();

    /** A cookie reply to the datagram that is being walked; it goes back the way that came. */
    void cookieReply(Endpoint to, byte[] reply);

    /**
     * A handshake message that passed the gate, for the node thread; the array belongs to the sink. False when there is
     * no room for it.
     */
    boolean handshake(byte[] datagram, Endpoint from);

    /** A STUN message, for the node thread; the array belongs to the sink. False when there is no room for it. */
    boolean stun(byte[] datagram, Endpoint from);
}
