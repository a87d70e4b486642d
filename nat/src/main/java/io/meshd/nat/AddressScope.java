package io.meshd.nat;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** How far an address means the same thing, the nearest first. */
public enum AddressScope {
    /** No address of a host as others see it: loopback, link-local, multicast, none. */
    USELESS,
    /** Inside one site, or between a provider and its customers: RFC 1918, RFC 6598, RFC 6333, RFC 4193. */
    PRIVATE,
    /** Everywhere. */
    GLOBAL;

    private static final int SHARED_FIRST = 100;
    private static final int SHARED_SECOND_MASK = 0xc0;
    private static final int SHARED_SECOND = 64;
    private static final int UNIQUE_LOCAL_MASK = 0xfe;
    private static final int UNIQUE_LOCAL = 0xfc;
    private static final int RESERVED_FIRST = 240;
    private static final int ASSIGNMENTS_FIRST = 192;

    /** The scope of an address and a port to which datagrams may be sent. */
    public static AddressScope of(InetSocketAddress endpoint) {
        return endpoint.isUnresolved() || endpoint.getPort() == 0 ? USELESS : of(endpoint.getAddress());
    }

    /** The scope of an address. */
    public static AddressScope of(InetAddress address) {
        if (address.isLoopbackAddress() || address.isLinkLocalAddress() || address.isMulticastAddress()
                || address.isAnyLocalAddress()) {
            return USELESS;
        }
        byte[] bytes = address.getAddress();
        int first = bytes[0] & 0xff;
        if (address instanceof Inet6Address) {
            boolean uniqueLocal = (first & UNIQUE_LOCAL_MASK) == UNIQUE_LOCAL;
            return uniqueLocal || address.isSiteLocalAddress() ? PRIVATE : GLOBAL;
        }
        // "This network" (RFC 1122), what is reserved, and the limited broadcast address.
        if (first == 0 || first >= RESERVED_FIRST) {
            return USELESS;
        }
        boolean shared = first == SHARED_FIRST && (bytes[1] & SHARED_SECOND_MASK) == SHARED_SECOND;
        // 192.0.0.0/24: between a customer's router and the provider's (RFC 6333 section 5.7).
        boolean assigned = first == ASSIGNMENTS_FIRST && bytes[1] == 0 && bytes[2] == 0;
        return shared || assigned || address.isSiteLocalAddress() ? PRIVATE : GLOBAL;
    }
}
