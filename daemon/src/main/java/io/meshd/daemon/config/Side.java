package io.meshd.daemon.config;

import io.meshd.identity.AuthorizedKey;
import io.meshd.identity.IpAddress;
import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import io.meshd.identity.Trust;
import io.meshd.identity.TrustedPeer;
import io.meshd.identity.TunnelKey;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One of two set-ups that are compared: what runs, or what would.
 *
 * @param config the effective configuration
 * @param trust  whom the node trusts; of an open one with those that it let in
 * @param key    of the identity
 */
public record Side(Config config, Trust trust, PublicKey key) {
    /** As the owner of what is this node's own; no peer can have a name with a blank. */
    static final String THIS_NODE = "this node";

    /**
     * Who owns something.
     *
     * @param key  this node's or a peer's, in the tunnel
     * @param name {@link #THIS_NODE} or how this host calls the peer
     */
    record Owner(TunnelKey key, String name) {}

    /** Every prefix that has an owner. */
    Map<Prefix, Owner> owners() {
        Map<Prefix, Owner> owners = new LinkedHashMap<>();
        trust.ownPrefixes().forEach(prefix -> owners.put(prefix, new Owner(key.tunnelKey(), THIS_NODE)));
        for (TrustedPeer peer : trust.peers()) {
            peer.prefixes().forEach(prefix -> owners.put(prefix, new Owner(peer.tunnelKey(), peer.name())));
        }
        return owners;
    }

    /** What the host's routing table has for the mesh, by destination; what the interface is on link with needs none. */
    Map<Prefix, String> routes() {
        Map<Prefix, String> routes = new LinkedHashMap<>();
        if (config.tun().enabled()) {
            List<Prefix> onLink = onLink();
            for (TrustedPeer peer : trust.peers()) {
                for (Prefix prefix : peer.prefixes()) {
                    if (prefix.isDefaultRoute() || onLink.stream().noneMatch(range -> covers(range, prefix))) {
                        routes.put(prefix, peer.name());
                    }
                }
            }
        }
        return routes;
    }

    private List<Prefix> onLink() {
        return config.interfaceAddresses(key).stream().map(InterfaceAddress::network).toList();
    }

    private static boolean covers(Prefix range, Prefix prefix) {
        return range.overlaps(prefix) && range.length() <= prefix.length();
    }

    /** The peer that an address belongs to, by the longest prefix; null when it is nobody's or this node's own. */
    @Nullable
    TrustedPeer ownerOf(IpAddress address) {
        TrustedPeer owner = null;
        int longest = trust.ownPrefixes().stream().filter(prefix -> prefix.contains(address))
                .mapToInt(Prefix::length).max().orElse(-1);
        for (TrustedPeer peer : trust.peers()) {
            for (Prefix prefix : peer.prefixes()) {
                if (prefix.contains(address) && prefix.length() > longest) {
                    longest = prefix.length();
                    owner = peer;
                }
            }
        }
        return owner;
    }

    /** Whether the interface has this address. */
    boolean hasAddress(IpAddress address) {
        return config.tun().enabled()
                && config.interfaceAddresses(key).stream().anyMatch(own -> own.address().equals(address));
    }

    /** Where others are looked for: configured, and by trust. */
    List<String> seeds() {
        List<String> seeds = new ArrayList<>();
        config.bootstrapPeers().forEach(seed -> seeds.add(seed.toString()));
        for (TrustedPeer peer : trust.peers()) {
            if (peer.entry() instanceof AuthorizedKey.Member member && member.seed() != null) {
                seeds.add(peer.name() + "@udp://" + member.seed());
            }
        }
        return seeds;
    }
}
