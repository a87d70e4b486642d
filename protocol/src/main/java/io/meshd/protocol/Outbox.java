package io.meshd.protocol;

import io.meshd.identity.PublicKey;
import org.jspecify.annotations.Nullable;

/**
 * Where the state machines put what they want done.
 *
 * <p>An outbox is passed to every verb and belongs to the caller. It never calls back into the machine that is talking
 * to it, and a machine never keeps it. Arrays handed over belong to the outbox from then on. All calls come from the
 * thread that owns the machine.
 */
public interface Outbox {
    /** Added to a traffic class: the datagram is lost rather than cut to pieces where it does not fit. */
    int DONT_FRAGMENT = 0x100;

    /**
     * Sends one datagram over UDP or through a relay.
     *
     * @param trafficClass the byte for the IP header's TOS or traffic class (handshakes: 0x88), perhaps with
     *                     {@link #DONT_FRAGMENT}
     */
    void transmit(Endpoint to, byte[] datagram, int trafficClass);

    /** Sends a frame inside the session with a peer, on its chosen path; dropped when there is no session. */
    void send(PublicKey peer, Frame frame);

    /** Sends a frame inside the session with a peer, but on this path: for probes and their replies. */
    void sendVia(PublicKey peer, Endpoint via, Frame frame);

    /**
     * Asks for a session with a peer; a handshake begins unless one is alive.
     *
     * @param at where the peer is perhaps to be found; null when nothing more is known than before
     */
    void connect(PublicKey peer, @Nullable Endpoint at);

    /** Asks for a new session with a peer although there is one. */
    void renew(PublicKey peer);

    /** Hands an inner IP packet to the host. */
    void deliver(byte[] packet);

    /** Tells a fact. Logs, counters and the control socket live on these. */
    void emit(Event event);
}
