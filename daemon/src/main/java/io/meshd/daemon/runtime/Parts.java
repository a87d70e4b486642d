package io.meshd.daemon.runtime;

import io.meshd.daemon.node.MeshNode;
import org.jspecify.annotations.Nullable;

/** What there is of a daemon once everything was made; {@code device} is null for one without interface. */
record Parts(Sources.Loaded loaded, OnePort port, MeshNode node, NodeThread thread, RouteKeeper keeper,
        NetworkWatch watch, SeedLookup lookup, PortMapper mapper, LanSockets lan,
        @Nullable MeshInterface device, MetricsPort metrics, Reception reception) {
    Parts with(Sources.Loaded newer) {
        return new Parts(newer, port, node, thread, keeper, watch, lookup, mapper, lan, device, metrics,
                reception);
    }
}
