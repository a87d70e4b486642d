package io.meshd.daemon.runtime;

import io.meshd.daemon.config.ConfigChange;
import io.meshd.daemon.config.ConfigKey;
import io.meshd.daemon.config.Difference;
import io.meshd.daemon.control.ReloadReport;
import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import io.meshd.identity.TrustedPeer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A difference between two set-ups as {@code reload} and {@code plan} tell it. */
final class Changes {
    private Changes() {}

    static ReloadReport report(Difference difference, ReloadReport.@Nullable Port port,
            ReloadReport.@Nullable Operator operator, List<String> standing) {
        List<String> restarting = difference.restarting().stream().map(ConfigChange::key).toList();
        List<String> warnings = new ArrayList<>();
        if (operator != null && operator.danger() != null) {
            warnings.add(operator.danger());
        }
        if (port != null && port.to() != 0) {
            warnings.add("UDP port " + port.to() + " must be open in firewalls, and seeds and devices that name port "
                    + port.from() + " must be told");
        }
        warnings.addAll(standing);
        return new ReloadReport(false, restarting.isEmpty(), difference.keys().stream().map(Changes::change).toList(),
                restarting, peers(difference), difference.moves().stream()
                        .map(move -> new ReloadReport.Move(move.prefix().toString(), move.from(), move.to())).toList(),
                new ReloadReport.Routes(routes(difference.routesAdded()), routes(difference.routesRemoved())),
                new ReloadReport.Seeds(difference.seedsAdded(), difference.seedsRemoved()), port, operator, warnings);
    }

    private static ReloadReport.Change change(ConfigChange change) {
        ConfigKey key = ConfigKey.of(change.key());
        String reason = key == null ? "the running node has the old one" : key.whyRestart();
        return new ReloadReport.Change(change.key(), change.from(), change.to(), change.needsRestart(),
                change.needsRestart() ? reason : null);
    }

    private static ReloadReport.Peers peers(Difference difference) {
        return new ReloadReport.Peers(difference.gained().stream().map(Changes::peer).toList(),
                difference.lost().stream().map(Changes::peer).toList(),
                difference.rekeyed().stream()
                        .map(one -> new ReloadReport.Rekeyed(one.name(), one.from(), one.to())).toList(),
                difference.renamed().stream().map(one -> new ReloadReport.Renamed(one.from(), one.to())).toList(),
                difference.expiring().stream()
                        .map(one -> new ReloadReport.Expiring(one.name(), Objects.toString(one.expires()))).toList());
    }

    private static ReloadReport.Peer peer(TrustedPeer peer) {
        PublicKey key = peer.key();
        return new ReloadReport.Peer(peer.name(), key == null ? null : key.peerId(),
                peer.prefixes().stream().map(Prefix::toString).toList());
    }

    private static List<ReloadReport.Route> routes(List<Difference.RouteTo> routes) {
        return routes.stream().map(route -> new ReloadReport.Route(route.prefix().toString(), route.peer())).toList();
    }
}
