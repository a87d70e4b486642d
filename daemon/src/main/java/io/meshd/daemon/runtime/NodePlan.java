package io.meshd.daemon.runtime;

import io.meshd.daemon.node.NodeSettings;
import io.meshd.daemon.node.PeerGrant;
import io.meshd.discovery.Seed;
import io.meshd.discovery.SeedSource;
import io.meshd.identity.HostPort;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Configuration and trust in the node's words: what a start and a reload apply.
 *
 * @param settings   the node itself
 * @param grants     its peers
 * @param overlays   its addresses on the interface
 * @param seeds      where to look for others, by source
 * @param txtDomains domains whose TXT records name more seeds
 * @param stunServers who says where this node is, besides its peers
 * @param mayUpgrade whether others are told in signals where this node is, and are probed where they say
 * @param warnings   what the operator should know
 */
record NodePlan(NodeSettings settings, List<PeerGrant> grants, List<RouteKeeper.Overlay> overlays,
        Map<SeedSource, List<Seed>> seeds, List<String> txtDomains, List<HostPort> stunServers,
        boolean mayUpgrade, List<String> warnings) {
    NodePlan {
        grants = List.copyOf(grants);
        overlays = List.copyOf(overlays);
        seeds = new EnumMap<>(seeds);
        txtDomains = List.copyOf(txtDomains);
        stunServers = List.copyOf(stunServers);
        warnings = List.copyOf(warnings);
    }
}
