package io.meshd.daemon.node;

import io.meshd.identity.PublicKey;
import io.meshd.nat.lan.LanLink;
import io.meshd.nat.mapping.MappedPort;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Event;
import io.meshd.protocol.Frame;
import io.meshd.protocol.Introduction;
import io.meshd.protocol.NodeRecord;
import java.net.InetSocketAddress;
import java.util.List;

/**
 * What a node asks of the world around it: the operating system, or the simulator.
 *
 * <p>All calls come from the node thread and none may call back into the node. Arrays handed over belong to the
 * receiver.
 */
public interface Surroundings {
    /** Sends one datagram by the endpoint's local socket; see {@link io.meshd.protocol.Outbox#transmit} for the rest. */
    void transmit(Endpoint.Direct to, byte[] datagram, int trafficClass);

    /** Opens an extra local socket for IPv4, at any port. Without room for it nothing goes by it. */
    void openSocket(int number);

    /** Closes it. */
    void closeSocket(int number);

    /** Sends one datagram from a UDP port that was not used before and is not used again. */
    void transmitAside(InetSocketAddress to, byte[] datagram);

    /** Sends a beacon to all in the network of a link; lost where that cannot be done. */
    void multicast(LanLink link, byte[] beacon);

    /** Peers have found that a mapped port leads here, or that it does not. */
    void portChecked(MappedPort port, boolean reached);

    /** Gives an inner IP packet to the host. */
    void deliver(byte[] packet);

    /** The routes are now these, all of them; called only when something changed. */
    void routesChanged(List<RouteView> routes);

    /** A peer answered an echo. */
    void echoReplied(PublicKey peer, Frame.EchoReply reply, Endpoint via);

    /**
     * Must have this moment on disk when it returns: handshake timestamps up to it may be used afterwards, and a later
     * run must begin above it.
     */
    void reserveTimestamps(long seconds, int nanos);

    /**
     * A stranger has proved that this record is its own; only while the node is open. To let it in, trust it within a
     * few seconds.
     */
    void newcomer(NodeRecord record);

    /**
     * A guest brought somebody whose signature is right; whether to admit it is to be decided elsewhere, and told by
     * {@link MeshNode#answer}. May come several times.
     */
    void joining(PublicKey guest, Frame.Join join);

    /** These are all whom an introducer has admitted, signatures unchecked; who is no longer among them is withdrawn. */
    void introduced(PublicKey introducer, List<Introduction> introductions);

    /** Something happened that an operator may want to read about. */
    void happened(Event event);
}
