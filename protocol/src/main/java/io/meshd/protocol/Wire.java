package io.meshd.protocol;

import io.meshd.identity.IpAddress;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** Numbers and rules that readers and writers of frames share. */
final class Wire {
    static final int FAMILY_NONE = 0;
    static final int FAMILY_V4 = 4;
    static final int FAMILY_V6 = 6;
    static final int V4_BYTES = 4;
    static final int V6_BYTES = 16;
    static final int U16_MAX = 0xffff;

    private static final long MAPPED_V4_HIGH_HALF = 0xffff;

    private Wire() {}

    /** Whether this is {@code ::ffff:a.b.c.d}, which the JDK turns into an IPv4 address on its own. */
    static boolean isMappedV4(IpAddress address) {
        return address.isV6() && address.high() == 0 && address.low() >>> Integer.SIZE == MAPPED_V4_HIGH_HALF;
    }

    /** Whether a datagram can be sent there, so that a record may name it. */
    static boolean isSendable(InetSocketAddress endpoint) {
        InetAddress address = endpoint.getAddress();
        return address != null && endpoint.getPort() != 0 && !address.isAnyLocalAddress()
                && !address.isMulticastAddress()
                && !(address instanceof Inet6Address v6 && isMappedV4(IpAddress.of(v6)));
    }
}
