package io.meshd.daemon.node;

import io.meshd.identity.Prefix;
import io.meshd.protocol.NodeRecord;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which granted prefixes lead to their owner now.
 *
 * <p>A prefix is active when the local trust grants it and the owner's signed record for this network claims it and the
 * owner is there. For a stock WireGuard device trust alone decides, since it says nothing of itself.
 */
final class RoutePlan {
    private RoutePlan() {}

    static List<RouteView> of(Collection<Neighbour> neighbours) {
        List<RouteView> plan = new ArrayList<>();
        for (Neighbour neighbour : neighbours) {
            for (Prefix prefix : neighbour.grant().prefixes()) {
                String reason = whyNot(neighbour, prefix);
                plan.add(
                        new RouteView(prefix, neighbour.name(), neighbour.grant().tunnelKey(), reason == null, reason));
            }
        }
        return plan;
    }

    private static @Nullable String whyNot(Neighbour neighbour, Prefix prefix) {
        if (neighbour.isStock()) {
            return null;
        }
        if (neighbour.framesOnly) {
            return "its owner is of another network";
        }
        NodeRecord record = neighbour.record();
        if (!neighbour.isPresent()) {
            return record == null ? "not seen yet" : "its owner is gone";
        }
        if (record == null) {
            return "its owner's record is not known yet";
        }
        return record.prefixes().contains(prefix) ? null : "not claimed by its owner";
    }

    /** How many prefixes a record claims that the peer was not granted. */
    static List<Prefix> unfounded(PeerGrant grant, NodeRecord record) {
        return record.prefixes().stream().filter(prefix -> !grant.prefixes().contains(prefix)).toList();
    }
}
