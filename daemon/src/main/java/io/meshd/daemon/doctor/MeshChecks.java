package io.meshd.daemon.doctor;

import io.meshd.daemon.control.CountersReport;
import io.meshd.daemon.control.PathClass;
import io.meshd.daemon.control.PeersReport;
import io.meshd.daemon.control.RoutesReport;
import io.meshd.daemon.control.SnapshotReport;
import io.meshd.daemon.control.StatusReport;
import io.meshd.protocol.MemberState;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The mesh, from what the running daemon reports of itself and its peers. */
final class MeshChecks {
    /** How the daemon puts it: trust gives the prefix, and the owner's record does not name it. */
    private static final String UNCLAIMED = "not claimed by its owner";
    /** How the daemon puts it: the owner has left or is dead, though there may still be a way to it. */
    private static final String GONE = "its owner is gone";
    private static final String TRUST_THERE = "run there: meshd trust ";
    private static final String CONNECTED = "connected";
    /** Above that a path is not sound, and a relay is better. */
    private static final double LOSS_MAX = 0.05;
    private static final double PERCENT = 100;

    private final SnapshotReport snapshot;
    private final StatusReport status;
    private final String version;
    private final Findings findings;

    MeshChecks(SnapshotReport snapshot, String version, Findings findings) {
        this.snapshot = snapshot;
        this.status = snapshot.status();
        this.version = version;
        this.findings = findings;
    }

    void run() {
        findings.pass(Topic.DAEMON, status.phase().name().toLowerCase(Locale.ROOT) + " with pid " + status.pid()
                + " as " + status.name() + " in network " + status.networkId());
        if (status.version().equals(version)) {
            findings.pass(Topic.VERSION, "the daemon is " + version + ", as this program");
        } else {
            findings.warn(Topic.VERSION, "the daemon is still " + status.version() + ", installed is " + version,
                    "meshd down && meshd up --detach, or: systemctl restart meshd");
        }
        seeds();
        tunnels();
        oneSidedTrust();
        counted();
        routes();
        warnings();
    }

    private void seeds() {
        List<StatusReport.Seed> seeds = status.seeds();
        for (StatusReport.Seed seed : seeds) {
            if (isFailing(seed)) {
                boolean anybody = seed.peer() == null && seed.lastAttempt() != null;
                findings.warn(Topic.SEEDS, seed.address() + " (" + seed.source() + ") is not reached: "
                        + seed.lastError(),
                        anybody
                                ? oneSided()
                                : "meshd " + (seed.peer() == null ? "status" : "why " + seed.peer()));
            }
        }
        if (seeds.isEmpty() && status.peers().alive() == 0) {
            findings.warn(Topic.SEEDS, "there is none, and no peer is known",
                    "meshd up --seed HOST:PORT, or `meshd trust KEY --seed HOST:PORT` of a peer with a fixed address");
        }
        findings.passUnlessFound(Topic.SEEDS, Words.count(seeds.size(), "seed") + " known, none has failed");
    }

    private static boolean isFailing(StatusReport.Seed seed) {
        return seed.lastError() != null && !seed.state().equals(CONNECTED);
    }

    private String oneSided() {
        return "that host may not trust this key; " + TRUST_THERE + status.peerId() + " --name "
                + status.name();
    }

    private void tunnels() {
        int without = 0;
        for (PeersReport.Peer peer : snapshot.peers().peers()) {
            boolean isReached = peer.path().pathClass() != PathClass.NONE;
            if (peer.state() == MemberState.ALIVE && !isReached) {
                without++;
                tunnel(peer);
            }
            if (peer.path().pathClass() == PathClass.RELAY) {
                findings.warn(Topic.RELAYED, peer.name() + " is reached only through the relay " + peer.path().relay()
                        + (peer.why() == null ? "" : ": " + peer.why()), "meshd why " + peer.name());
            }
            loss(peer);
        }
        if (without == 0) {
            findings.pass(Topic.TUNNELS, Words.count(status.peers().alive(), "peer") + " alive, each with a path");
        }
        findings.passUnlessFound(Topic.RELAYED, "no peer is on a detour");
        findings.passUnlessFound(Topic.LOSS, "no path loses more than a few packets");
    }

    private void tunnel(PeersReport.Peer peer) {
        if (peer.why() == null) {
            findings.pass(Topic.TUNNELS, peer.name() + " is alive; the first packet to it makes a session");
        } else {
            findings.fail(Topic.TUNNELS, peer.name() + " is alive but not reached: " + peer.why(),
                    "meshd why " + peer.name());
        }
    }

    private void loss(PeersReport.Peer peer) {
        Double lost = peer.path().loss();
        if (lost != null && lost >= LOSS_MAX) {
            findings.warn(Topic.LOSS, "the path to " + peer.name() + " loses "
                    + String.format(Locale.ROOT, "%.0f %%", lost * PERCENT) + " of the probes",
                    "meshd why "
                            + peer.name() + "; a relay stands in: meshd trust RELAY --relay, on both ends");
        }
    }

    /** A peer that never answered though somebody is expected where we call, or though others hear it. */
    private void oneSidedTrust() {
        List<String> expected = status.seeds().stream().filter(MeshChecks::isFailing).map(MeshChecks::nameOf).toList();
        for (PeersReport.Peer peer : snapshot.peers().peers()) {
            boolean isSuspected = peer.why() != null && peer.why().contains(TRUST_THERE);
            if (peer.path().pathClass() == PathClass.NONE && (isSuspected
                    || (peer.lastHandshake() == null && expected.contains(peer.name())))) {
                findings.warn(Topic.ONE_SIDED_TRUST, peer.name() + ": no answer", oneSided());
            }
        }
        findings.passUnlessFound(Topic.ONE_SIDED_TRUST, "nobody who is called keeps silent");
    }

    private static String nameOf(StatusReport.Seed seed) {
        @Nullable
        String peer = seed.peer();
        return peer == null ? "" : peer;
    }

    /** Counters stand where they are until the next start, also when what they count has been mended. */
    private static String since(long number, String thing) {
        return "since the start " + Words.count(number, thing);
    }

    private void counted() {
        CountersReport counters = snapshot.counters();
        CountersReport.RejectedClaims claims = counters.rejectedClaims();
        if (claims.wrongNetwork() > 0) {
            findings.warn(Topic.NETWORKS, since(claims.wrongNetwork(), "claim") + " for another network than "
                    + status.networkId(),
                    "set node.network_id = \"" + status.networkId()
                            + "\" on that host, or `meshd untrust` it here; the log names it");
        }
        if (claims.wrongPrefix() > 0) {
            findings.warn(Topic.PREFIXES,
                    since(claims.wrongPrefix(), "claim") + " of prefixes that trust here does not "
                            + "give",
                    "compare `meshd trust list` here with node.prefixes there, then: meshd trust PEER_ID "
                            + "--name NAME --prefix CIDR; the log names both");
        }
        if (counters.rejectedHandshakes() > 0) {
            findings.warn(Topic.KNOCKS, since(counters.rejectedHandshakes(), "handshake") + " of keys that are not "
                    + "trusted here",
                    "if a host of yours is not let in: `meshd export` there, then here: "
                            + "meshd trust KEY");
        }
        if (counters.drops().unauthorizedSource() > 0) {
            findings.warn(Topic.SOURCES, since(counters.drops().unauthorizedSource(), "packet")
                    + " from addresses that the sender does not own by the trust of this host",
                    "for a network behind a peer: meshd trust "
                            + "PEER_ID --name NAME --prefix CIDR");
        }
        findings.passUnlessFound(Topic.NETWORKS, "no node of another network answers");
        findings.passUnlessFound(Topic.PREFIXES, "no peer claims what is not its own");
        findings.passUnlessFound(Topic.KNOCKS, "nobody has knocked who is not trusted");
        findings.passUnlessFound(Topic.SOURCES, "every packet came from who owns its source");
    }

    private void routes() {
        for (RoutesReport.Route route : snapshot.routes().routes()) {
            boolean isMissed = route.pathClass() != PathClass.NONE && !GONE.equals(route.reason());
            if (!route.installed() && isMissed) {
                findings.fail(Topic.ROUTES, route.prefix() + " of " + route.peer() + " is not installed: "
                        + route.reason(), remedy(route));
            }
        }
        findings.passUnlessFound(Topic.ROUTES, status.routes().installed() + " of " + status.routes().total()
                + " routes are installed");
    }

    private static String remedy(RoutesReport.Route route) {
        return UNCLAIMED.equals(route.reason())
                ? "on " + route.peer() + " put " + route.prefix() + " into node.prefixes, or here: meshd trust "
                        + route.peerId() + " --name " + route.peer() + " --prefix WHAT-IT-OWNS"
                : "ip route show " + route.prefix() + ", and take what is in the way";
    }

    private void warnings() {
        for (String warning : status.warnings()) {
            if (warning.startsWith(StatusReport.CLONED_KEY)) {
                findings.fail(Topic.CLONED_KEY, warning, "on one of the two: meshd down && meshd identity init "
                        + "--force && meshd up --detach; then have its new key trusted");
            } else if (!warning.contains("`meshd why ")) {
                // What peers are not reached directly is told above, with what would change it.
                findings.warn(Topic.WARNINGS, warning, "meshd status shows it as long as it lasts");
            }
        }
        findings.passUnlessFound(Topic.CLONED_KEY, "no key is in use twice, as far as is known");
        findings.passUnlessFound(Topic.WARNINGS, "the daemon has no other");
    }
}
