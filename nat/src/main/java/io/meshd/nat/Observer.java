package io.meshd.nat;

import io.meshd.identity.PublicKey;
import java.net.InetSocketAddress;

/** Somebody at the other end of the network who says where this node's packets come from. */
public sealed interface Observer {
    /** Where the observer is: NATs may map differently for each destination. */
    InetSocketAddress at();

    /** A peer, in answer to a probe inside a session. */
    record Peer(PublicKey key, InetSocketAddress at) implements Observer {}

    /**
     * A STUN server.
     *
     * @param question counts the questions of this run: in the order of these the NAT made its mappings
     */
    record StunServer(InetSocketAddress at, long question) implements Observer {}
}
