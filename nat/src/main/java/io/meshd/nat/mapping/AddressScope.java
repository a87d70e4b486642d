package io.meshd.nat.mapping;

import java.net.InetAddress;

/** Which addresses the public Internet can reach. */
public final class AddressScope {
    private AddressScope() {}

    /**
     * Whether an address is neither private (RFC 1918, RFC 4193) nor shared by a carrier's customers (RFC 6598), nor of
     * this link or host, nor no unicast address at all.
     */
    public static boolean isPublic(InetAddress address) {
        if (address.isAnyLocalAddress() || address.isLoopbackAddress() || address.isLinkLocalAddress()
                || address.isSiteLocalAddress() || address.isMulticastAddress()) {
            return false;
        }
        byte[] bytes = address.getAddress();
        int first = bytes[0] & 0xff;
        int second = bytes[1] & 0xff;
        if (bytes.length == 4) {
            boolean thisNetwork = first == 0;
            boolean shared = first == 100 && (second & 0xc0) == 64;
            boolean protocolAssignments = first == 192 && second == 0 && bytes[2] == 0;
            boolean reserved = first >= 240;
            return !thisNetwork && !shared && !protocolAssignments && !reserved;
        }
        boolean uniqueLocal = (first & 0xfe) == 0xfc;
        return !uniqueLocal;
    }
}
