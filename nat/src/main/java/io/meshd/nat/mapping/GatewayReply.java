package io.meshd.nat.mapping;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** What a datagram from a router's port 5351 says, in either dialect. */
sealed interface GatewayReply {
    /** The port is mapped, for so many seconds. */
    record Granted(InetSocketAddress external, long seconds, long epochSeconds) implements GatewayReply {}

    /** The mapping is removed. */
    record Removed() implements GatewayReply {}

    /** The router is there, and its external address is this when it said so. */
    record Alive(long epochSeconds, @Nullable InetAddress external) implements GatewayReply {}

    /**
     * No.
     *
     * @param code        the protocol's result code
     * @param waitSeconds when to ask again; 0 when it did not say
     */
    record Refused(int code, long waitSeconds) implements GatewayReply {}

    /** It does not speak this version, or this protocol at all. */
    record OtherVersion() implements GatewayReply {}

    /** Not for this mapping, or no message: counts as nothing. */
    record Stray() implements GatewayReply {}
}
