package io.meshd.nat.lan;

import java.net.Inet6Address;
import java.net.InetAddress;

/**
 * An address of this host in a local network: beacons leave from it, and what arrives at its interface belongs to it.
 *
 * @param interfaceIndex the interface
 * @param local          the address
 */
public record LanLink(int interfaceIndex, InetAddress local) {
    /** The family of its beacons. */
    public boolean isV6() {
        return local instanceof Inet6Address;
    }
}
