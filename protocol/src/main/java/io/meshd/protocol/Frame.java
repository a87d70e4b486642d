package io.meshd.protocol;

import io.meshd.identity.Bytes;
import io.meshd.identity.PublicKey;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * What meshd nodes say to each other inside a session, besides IP packets.
 *
 * <p>An inner packet whose first nibble is neither 4 nor 6 is a sequence of frames; see {@code docs/protocol.md}.
 * Never sent to stock WireGuard peers. {@code FrameCodec} reads and writes them.
 */
public sealed interface Frame {
    /** The sender's signed record: the first frame of every session, and again whenever it changes. */
    record Hello(NodeRecord record) implements Frame {}

    /** One message of the membership protocol, in discovery's own encoding. */
    record Membership(Bytes body) implements Frame {}

    /**
     * Asks for an {@link EchoReply} with the same content ({@code meshd ping}).
     *
     * @param id       which run of {@code ping} this belongs to
     * @param sequence counts within the run
     */
    record EchoRequest(int id, int sequence, Bytes payload) implements Frame {}

    /** Answers an {@link EchoRequest}. */
    record EchoReply(int id, int sequence, Bytes payload) implements Frame {}

    /**
     * The owner says goodbye.
     *
     * @param node      who leaves
     * @param epoch     the run of the daemon that ends
     * @param signature by {@code node}, over "meshd leave v1", key and epoch
     */
    record Leave(PublicKey node, long epoch, Bytes signature) implements Frame {}

    /** Asks, on one path, whether that path carries packets. The token is random. */
    record PathProbe(long token) implements Frame {}

    /**
     * Answers a {@link PathProbe} on the path that it came by.
     *
     * @param observed the sender of the probe as the answering side saw it; null when it came through a relay
     */
    record PathProbeReply(long token, @Nullable InetSocketAddress observed) implements Frame {}

    /**
     * A piece of an inner packet or frame sequence that is larger than the path carries.
     *
     * @param messageId which packet this is a piece of
     * @param index     0 to count − 1
     */
    record Fragment(int messageId, int index, int count, Bytes piece) implements Frame {}

    /**
     * Asks the peer to send one STUN indication with this id, from a port that it has not used before, to an address that
     * the asker's record names: to find out whether a router's port mapping works.
     *
     * @param id 12 random bytes
     */
    record Knock(Bytes id, InetSocketAddress at) implements Frame {}

    /** A type that this version does not know, or that is reserved: ignored and counted. */
    record Unknown(int type) implements Frame {}
}
