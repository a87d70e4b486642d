package io.meshd.tunnel;

import io.meshd.identity.IpAddress;
import io.meshd.protocol.Endpoint;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/** How a source of handshakes is named for cookies and rate limits. */
final class CookieSource {
    // What one customer gets from a provider: the whole of it is one source.
    private static final int V6_SOURCE_BITS = 64;

    private CookieSource() {}

    /** What a cookie binds: address and port, or the relay and the peer behind it. */
    static byte[] bytes(Endpoint from) {
        return switch (from) {
            case Endpoint.Direct(InetSocketAddress address, int _) -> {
                byte[] ip = address.getAddress().getAddress();
                yield ByteBuffer.allocate(ip.length + Short.BYTES).put(ip).putShort((short) address.getPort()).array();
            }
            case Endpoint.Relayed(var relay, var peer) -> Blake2s.concat(relay.bytes(), peer.bytes());
        };
    }

    /** What shares one allowance: an IPv4 address, an IPv6 /64, or a relay. */
    static Object bucket(Endpoint from) {
        return switch (from) {
            case Endpoint.Direct(InetSocketAddress address, int _) -> {
                IpAddress ip = IpAddress.of(address.getAddress());
                yield ip.isV6() ? ip.masked(V6_SOURCE_BITS) : ip;
            }
            case Endpoint.Relayed(var relay, var _) -> relay;
        };
    }
}
