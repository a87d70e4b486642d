package io.meshd.daemon.cli;

import io.meshd.daemon.control.CountersReport;
import io.meshd.daemon.control.PathClass;
import io.meshd.daemon.control.PeersReport;
import io.meshd.daemon.control.RoutesReport;
import io.meshd.daemon.control.SnapshotReport;
import io.meshd.daemon.control.StatusReport;
import io.meshd.protocol.MemberState;
import java.util.ArrayList;
import java.util.List;

/** The checks of the mesh, made from what the running daemon reports. */
final class MeshChecks {
    private static final String CONNECTED = "connected";

    private final SnapshotReport snapshot;
    private final List<Check> checks = new ArrayList<>();

    MeshChecks(SnapshotReport snapshot) {
        this.snapshot = snapshot;
    }

    List<Check> run() {
        StatusReport status = snapshot.status();
        checks.add(Check.pass("daemon", Texts.constant(status.phase()) + " with pid " + status.pid() + " as "
                + status.name() + " in network " + status.networkId()));
        seeds();
        tunnels();
        trust();
        claims();
        routes();
        // What peers are not reached directly is told by tunnels(), with what would change it.
        status.warnings().stream().filter(warning -> !warning.contains("`meshd why "))
                .forEach(warning -> checks.add(Check.warn("daemon", warning)));
        return checks;
    }

    private void seeds() {
        List<StatusReport.Seed> seeds = snapshot.status().seeds();
        List<StatusReport.Seed> failing = seeds.stream().filter(MeshChecks::isFailing).toList();
        for (StatusReport.Seed seed : failing) {
            checks.add(Check.warn("seeds", seed.address() + " (" + seed.source() + ") is not reached: "
                    + Texts.orDash(seed.lastError())
                    + (seed.peer() == null && seed.lastAttempt() != null ? "; " + oneSided() : "")));
        }
        if (!seeds.isEmpty() && failing.isEmpty()) {
            checks.add(Check.pass("seeds", seeds.size() + " known, none has failed"));
        } else if (seeds.isEmpty() && snapshot.status().peers().alive() == 0) {
            checks.add(Check.warn("seeds", "there is none and no peer is known: give `up` a --seed, or trust a peer "
                    + "with one"));
        }
    }

    private static boolean isFailing(StatusReport.Seed seed) {
        return seed.lastError() != null && !seed.state().equals(CONNECTED);
    }

    private String oneSided() {
        return "that host may not trust this key; run there: meshd trust " + snapshot.status().peerId() + " --name "
                + snapshot.status().name();
    }

    private void tunnels() {
        List<PeersReport.Peer> without = snapshot.peers().peers().stream()
                .filter(peer -> peer.state() == MemberState.ALIVE && peer.path().pathClass() == PathClass.NONE)
                .toList();
        for (PeersReport.Peer peer : without) {
            checks.add(peer.why() == null
                    ? Check.pass("tunnels", peer.name() + " is alive; the first packet to it makes a session")
                    : Check.fail("tunnels", peer.name() + " is alive but not reached: " + peer.why()));
        }
        for (PeersReport.Peer peer : snapshot.peers().peers()) {
            if (peer.path().pathClass() == PathClass.RELAY) {
                checks.add(Check.warn("tunnels", peer.name() + " is reached only through the relay "
                        + Texts.orDash(peer.path().relay()) + ": " + Texts.orDash(peer.why())));
            }
        }
        if (without.isEmpty()) {
            checks.add(Check.pass("tunnels",
                    Texts.count(snapshot.status().peers().alive(), "peer") + " alive, each with a path"));
        }
    }

    /** A peer that never answered though somebody is expected where we call. */
    private void trust() {
        List<String> expected = snapshot.status().seeds().stream().filter(MeshChecks::isFailing)
                .map(StatusReport.Seed::peer).filter(peer -> peer != null).map(Texts::orDash).toList();
        for (PeersReport.Peer peer : snapshot.peers().peers()) {
            if (peer.lastHandshake() == null && expected.contains(peer.name())) {
                checks.add(Check.warn("trust", peer.name() + ": no answer: " + oneSided()));
            }
        }
    }

    private void claims() {
        CountersReport.RejectedClaims claims = snapshot.counters().rejectedClaims();
        checks.add(claims.wrongNetwork() == 0
                ? Check.pass("networks", "no node of another network answers")
                : Check.warn("networks", claims.wrongNetwork() + " claims came for another network than "
                        + snapshot.status().networkId() + ": compare node.network_id on the peers"));
        checks.add(claims.wrongPrefix() == 0
                ? Check.pass("prefixes", "no peer claims what is not its own")
                : Check.warn("prefixes", claims.wrongPrefix()
                        + " claims were of prefixes that trust here does not grant: compare `meshd trust list` with "
                        + "node.prefixes of the peers; the log names them"));
    }

    private void routes() {
        int before = checks.size();
        for (RoutesReport.Route route : snapshot.routes().routes()) {
            if (!route.installed() && route.pathClass() != PathClass.NONE) {
                checks.add(Check.fail("routes", route.prefix() + " of " + route.peer() + " is not installed: "
                        + Texts.orDash(route.reason())));
            }
        }
        if (checks.size() == before) {
            checks.add(Check.pass("routes", snapshot.status().routes().installed() + " of "
                    + snapshot.status().routes().total() + " routes are installed"));
        }
    }
}
