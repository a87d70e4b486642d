package io.meshd.daemon.sim;

import io.meshd.daemon.node.MeshNode;
import io.meshd.daemon.node.NeighbourView;
import io.meshd.daemon.node.RouteView;
import io.meshd.identity.Prefix;
import io.meshd.identity.TunnelKey;
import io.meshd.nat.PathView;
import io.meshd.protocol.DatagramKind;
import io.meshd.protocol.MemberState;
import io.meshd.protocol.NodeRecord;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What has to hold after every event, whatever the weather.
 *
 * <ul> <li>no pair of key and counter is used for two different messages; <li>to an address from which nothing ever came
 * go only handshakes and probes, and few of them ({@link Caution}); <li>handshakes of one's own are at least 5 s apart for
 * each peer; <li>at most one path of a peer is chosen, and something has come from it; <li>tables are bounded; <li>a route
 * is active exactly when trust, record and presence say so; <li>an inner packet arrives once at most, unchanged, and from
 * its owner ({@link Parcels}); <li>nothing inside the membership library ends in an exception. </ul>
 */
final class Invariants {
    private static final int CANDIDATES_MAX = 32;
    private static final int DECISIONS_MAX = 64;

    private final SimulatedNetwork network;
    private final Map<SimulatedHost, Nonces> nonces = new HashMap<>();
    private final Map<SimulatedHost, Caution> cautions = new HashMap<>();

    Invariants(SimulatedNetwork network) {
        this.network = network;
    }

    static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    /** For checks that are made so often that their words would take longer than they. */
    private static void require(boolean holds, Supplier<String> what) {
        if (!holds) {
            throw new AssertionError(what.get());
        }
    }

    /** A host has a new run: new keys, and no address is proven. */
    void started(SimulatedHost host) {
        nonces.put(host, new Nonces(host.name));
        cautions.put(host, new Caution(host));
    }

    void sent(SimulatedHost host, Datagram datagram) {
        if (DatagramKind.of(datagram.payload().toArray(), 0, datagram.payload().length()) == DatagramKind.DATA) {
            of(nonces, host).used(datagram.payload());
        }
        of(cautions, host).sent(network.nowNanos(), datagram);
    }

    void heard(SimulatedHost host, Datagram datagram) {
        of(cautions, host).heard(datagram.from());
    }

    private static <T> T of(Map<SimulatedHost, T> map, SimulatedHost host) {
        T found = map.get(host);
        if (found == null) {
            throw new IllegalStateException(host + " never started");
        }
        return found;
    }

    /** Looks at a node that had its turn. */
    void check(SimulatedHost host, MeshNode node) {
        require(node.defects() == 0, "a task of membership failed at " + host);
        Map<TunnelKey, NeighbourView> views = new HashMap<>();
        for (NeighbourView view : node.neighbours(host.clockNanos())) {
            views.put(view.grant().tunnelKey(), view);
            checkPaths(host, view);
        }
        require(views.size() == host.grants().size(), host + " has other peers than it trusts");
        int routes = 0;
        for (RouteView route : node.routes()) {
            NeighbourView view = views.get(route.owner());
            require(view != null && view.grant().prefixes().contains(route.prefix()),
                    () -> host + " has a route that it does not grant: " + route);
            checkRoute(host, route, view);
            routes++;
        }
        int granted = views.values().stream().mapToInt(view -> view.grant().prefixes().size()).sum();
        require(routes == granted, host + " has " + routes + " routes for " + granted + " granted prefixes");
    }

    private void checkPaths(SimulatedHost host, NeighbourView view) {
        String who = host + " to " + view.grant().name();
        List<PathView> chosen = view.candidates().stream().filter(PathView::chosen).toList();
        require(chosen.size() <= 1, who + ": " + chosen.size() + " chosen paths");
        require(view.candidates().size() <= CANDIDATES_MAX, who + ": too many candidates");
        require(view.decisions().size() <= DECISIONS_MAX, who + ": too many decisions");
        if (!chosen.isEmpty()) {
            require(chosen.getFirst().endpoint().equals(view.endpoint()), who + ": two opinions of the chosen path");
            require(of(cautions, host).hasHeard(chosen.getFirst().endpoint()), who + " by a path that nothing came by");
        }
    }

    private static void checkRoute(SimulatedHost host, RouteView route, @Nullable NeighbourView view) {
        if (view != null && view.grant().isStock()) {
            require(route.active(), () -> host + " to a stock device: " + route);
            return;
        }
        NodeRecord record = view == null ? null : view.record();
        boolean claimed = record != null && record.networkId().equals(host.settings().networkId())
                && record.prefixes().contains(route.prefix());
        MemberState state = view == null ? MemberState.UNKNOWN : view.state();
        boolean member = state == MemberState.ALIVE || state == MemberState.SUSPECT;
        boolean possible = claimed && (member || (view != null && view.hasSession()));
        require(route.active() ? possible : !(claimed && member), () -> "active or not without reason at " + host + ": "
                + route + ", " + state + ", claims " + claims(record));
    }

    private static List<Prefix> claims(@Nullable NodeRecord record) {
        return record == null ? List.of() : record.prefixes();
    }
}
