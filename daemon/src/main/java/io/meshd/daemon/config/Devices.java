package io.meshd.daemon.config;

import io.meshd.identity.IpAddress;
import io.meshd.identity.OverlayAddresses;
import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import io.meshd.identity.Trust;
import io.meshd.identity.TrustedPeer;
import io.meshd.identity.TunnelKey;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What stock WireGuard devices have of the mesh: addresses that are free, and what they send to this node. */
public final class Devices {
    /** Far more than a node has devices; beyond it the operator gives the address. */
    private static final int SEARCHED_MAX = 65_536;

    private Devices() {}

    /** What a device owns outside of this node's own prefixes, so that others have to be told. Nothing for a node. */
    public static List<Prefix> outside(Trust trust, TrustedPeer device) {
        return device.isStock()
                ? device.prefixes().stream().filter(prefix -> !prefix.isDefaultRoute())
                        .filter(prefix -> trust.ownPrefixes().stream().noneMatch(own -> contains(own, prefix))).toList()
                : List.of();
    }

    /**
     * Addresses for a new device: in each family the first free one of this node's own configured prefix, so that nobody
     * else need know of it; where there is none, one that is derived from the key.
     */
    public static List<Prefix> addresses(Side node, TunnelKey device) {
        List<Prefix> addresses = new ArrayList<>();
        for (boolean v6 : new boolean[]{false, true}) {
            IpAddress found = free(node, v6);
            IpAddress address = found == null ? derived(node, device, v6) : found;
            if (address != null) {
                addresses.add(Prefix.host(address));
            }
        }
        return addresses;
    }

    private static @Nullable IpAddress free(Side node, boolean v6) {
        for (Prefix own : node.config().configuredPrefixes()) {
            // A prefix of one or two addresses has none to give away.
            if (own.address().isV6() == v6 && !own.isDefaultRoute() && own.address().bits() - own.length() > 1) {
                IpAddress candidate = next(own.address());
                for (int i = 0; i < SEARCHED_MAX && own.contains(next(candidate)); i++) {
                    if (isFree(node, candidate)) {
                        return candidate;
                    }
                    candidate = next(candidate);
                }
            }
        }
        return null;
    }

    private static boolean isFree(Side node, IpAddress address) {
        return !node.hasAddress(address) && node.ownerOf(address) == null;
    }

    private static IpAddress next(IpAddress address) {
        long low = address.low() + 1;
        return new IpAddress(address.isV6(), low == 0 ? address.high() + 1 : address.high(), low);
    }

    /** As a node's address is derived from its identity. Where somebody has it already there is none. */
    private static @Nullable IpAddress derived(Side node, TunnelKey device, boolean v6) {
        OverlayAddresses ranges = node.config().tun().deriveFrom();
        PublicKey seed = PublicKey.of(device.bytes());
        IpAddress address = v6 ? ranges.v6Of(seed) : ranges.v4Of(seed);
        return address == null || !isFree(node, address)
                || node.trust().ownPrefixes().stream().anyMatch(own -> own.contains(address)) ? null : address;
    }

    /**
     * What a device sends to this node: all that the mesh has, but nothing of its own. Derived addresses come as their
     * whole range, so that whoever joins later is reached as well; default routes only when the operator asks for them.
     */
    public static List<Prefix> destinations(Side node, TunnelKey device) {
        TreeSet<Prefix> all = new TreeSet<>();
        OverlayAddresses ranges = node.config().tun().deriveFrom();
        if (ranges.v4() != null) {
            all.add(ranges.v4());
        }
        if (ranges.v6() != null) {
            all.add(ranges.v6());
        }
        all.addAll(node.trust().ownPrefixes());
        node.trust().peers().stream().filter(peer -> !peer.tunnelKey().equals(device))
                .forEach(peer -> all.addAll(peer.prefixes()));
        return all.stream().filter(prefix -> !prefix.isDefaultRoute())
                .filter(prefix -> all.stream().noneMatch(other -> !other.equals(prefix) && !other.isDefaultRoute()
                        && contains(other, prefix)))
                .toList();
    }

    private static boolean contains(Prefix range, Prefix prefix) {
        return range.overlaps(prefix) && range.length() <= prefix.length();
    }
}
