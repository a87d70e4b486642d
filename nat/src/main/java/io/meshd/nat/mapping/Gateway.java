package io.meshd.nat.mapping;

import java.net.Inet4Address;
import java.net.InetAddress;

/**
 * A router of this host.
 *
 * @param router its address in the network that both are in
 * @param local  this host's address in that network, of the same family
 */
public record Gateway(InetAddress router, InetAddress local) {
    public Gateway {
        if (isV4(router) != isV4(local)) {
            throw new IllegalArgumentException(router + " is no router for " + local);
        }
    }

    boolean isV4() {
        return isV4(router);
    }

    private static boolean isV4(InetAddress address) {
        return address instanceof Inet4Address;
    }
}
