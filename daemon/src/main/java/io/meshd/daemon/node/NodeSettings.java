package io.meshd.daemon.node;

import io.meshd.identity.IpAddress;
import io.meshd.identity.Prefix;
import java.util.List;

/**
 * What a node is told about itself.
 *
 * @param name         what it calls itself
 * @param networkId    the mesh it belongs to
 * @param addresses    its own addresses inside the mesh
 * @param prefixes     what it owns and claims
 * @param mtu          largest inner packet in bytes
 * @param capabilities bit set of {@code Capability}
 * @param relay        what it does with relays
 */
public record NodeSettings(String name, String networkId, List<IpAddress> addresses, List<Prefix> prefixes, int mtu,
        long capabilities, RelaySettings relay) {
    public NodeSettings {
        addresses = List.copyOf(addresses);
        prefixes = List.copyOf(prefixes);
    }
}
