package io.meshd.daemon.metrics;

import io.meshd.daemon.control.CountersReport;
import io.meshd.daemon.control.PathClass;
import io.meshd.daemon.control.PeersReport;
import io.meshd.daemon.control.SnapshotReport;
import io.meshd.daemon.control.StatusReport;
import io.meshd.protocol.MemberState;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * A reading as metrics. Labels have values of two kinds only: constants of the program, and names of trusted peers; what
 * strangers send makes no new series.
 */
final class Exposition {
    private static final List<String> SEED_STATES = List.of("resolving", "trying", "connected", "unresolved",
            "resolved");

    private final Metrics metrics = new Metrics();

    private Exposition() {}

    static MetricSnapshots of(Reading reading) {
        Exposition exposition = new Exposition();
        SnapshotReport snapshot = reading.snapshot();
        exposition.node(snapshot.status());
        exposition.mesh(snapshot);
        exposition.peers(reading, snapshot.peers().peers());
        exposition.traffic(snapshot.counters());
        exposition.refused(snapshot.counters());
        exposition.finding(snapshot.counters());
        exposition.process(reading);
        return exposition.metrics.collected();
    }

    private void node(StatusReport status) {
        metrics.info("build", "The program that runs.", "version", status.version(), "java",
                System.getProperty("java.version", ""));
        metrics.info("node", "What this node calls itself, and its network.", "name", status.name(), "network_id",
                status.networkId());
        metrics.gauge("ready", "1 while the daemon runs, 0 while it starts or stops.",
                status.phase() == StatusReport.Phase.RUNNING ? 1 : 0);
        metrics.gauge("start_time_seconds", "When the daemon started, in seconds since 1970.",
                ProcessHandle.current().info().startInstant().map(Instant::toEpochMilli).map(millis -> millis / 1e3)
                        .orElse(null));
        metrics.gauge("warnings", "Warnings that `meshd status` shows.", status.warnings().size());
        Metrics.Family mapping = metrics.gauges("nat_mapping",
                "How the NAT in front of this node maps (RFC 4787): 1 for what holds.");
        Metrics.oneOf(mapping, StatusReport.Mapping.class, status.nat().mapping(), "mapping");
        mapping.end();
        metrics.gauge("port_mapped", "1 while a router forwards a port to this node.",
                status.nat().portMapped() ? 1 : 0);
        metrics.gauge("public_endpoints", "Addresses at which others see this node.",
                status.publicEndpoints().size());
    }

    private void mesh(SnapshotReport snapshot) {
        StatusReport status = snapshot.status();
        List<PeersReport.Peer> peers = snapshot.peers().peers();
        Metrics.Family states = metrics.gauges("peers", "Trusted peers, by what membership thinks of them.");
        for (MemberState state : MemberState.values()) {
            states.with(peers.stream().filter(peer -> peer.state() == state).count(), "state", Metrics.text(state));
        }
        states.end();
        Metrics.Family classes = metrics.gauges("paths", "Trusted peers, by how they are reached.");
        for (PathClass pathClass : PathClass.values()) {
            classes.with(peers.stream().filter(peer -> peer.path().pathClass() == pathClass).count(), "class",
                    Metrics.text(pathClass));
        }
        classes.end();
        metrics.gauge("sessions", "Sessions that are alive.", snapshot.sessions().sessions().size());
        metrics.gauges("routes", "Prefixes that trust grants to peers, by whether the host's table has them.")
                .with(status.routes().installed(), "installed", "true")
                .with(status.routes().total() - status.routes().installed(), "installed", "false").end();
        Metrics.Family seeds = metrics.gauges("seeds", "Places where others are looked for, by state.");
        for (String state : SEED_STATES) {
            seeds.with(status.seeds().stream().filter(seed -> seed.state().equals(state)).count(), "state", state);
        }
        seeds.end();
    }

    private void peers(Reading reading, List<PeersReport.Peer> peers) {
        Metrics.Family up = metrics.gauges("peer_up", "1 while the peer is alive and some path leads to it.");
        Metrics.Family path = metrics.gauges("peer_path", "How the peer is reached: 1 for the class of its path.");
        Metrics.Family rtt = metrics.gauges("peer_rtt_seconds", "Round trip time of the chosen path, smoothed.");
        Metrics.Family loss = metrics.gauges("peer_loss_ratio", "Probes lost on the chosen path, 0 to 1.");
        Metrics.Family handshake = metrics.gauges("peer_last_handshake_timestamp_seconds",
                "When the newest session key came into use, in seconds since 1970.");
        Metrics.Family seen = metrics.gauges("peer_last_seen_timestamp_seconds",
                "When the peer was last heard of, in seconds since 1970.");
        Metrics.Family expires = metrics.gauges("peer_trust_expiry_timestamp_seconds",
                "Until when the peer is trusted, in seconds since 1970; missing when for ever.");
        Metrics.Family received = metrics.counters("peer_received_bytes", "Bytes received from the peer.");
        Metrics.Family sent = metrics.counters("peer_sent_bytes", "Bytes sent to the peer.");
        Metrics.Family relayed = metrics.counters("peer_relayed_bytes",
                "Bytes of ciphertext carried to others for the peer.");
        for (PeersReport.Peer peer : peers) {
            String name = peer.name();
            PathClass pathClass = peer.path().pathClass();
            boolean isUp = peer.state() == MemberState.ALIVE && pathClass != PathClass.NONE;
            // A stock device is no member; a session of the last three minutes is all that is known of it.
            boolean isStock = peer.peerId() == null;
            up.with(isUp || (isStock && peer.lastHandshake() != null
                    && Duration.between(peer.lastHandshake(), reading.at()).toMinutes() < 3) ? 1 : 0, "peer", name);
            Metrics.oneOf(path, PathClass.class, pathClass, "class", "peer", name);
            rtt.with(peer.path().rttMs() == null ? null : peer.path().rttMs() / 1e3, "peer", name);
            loss.with(peer.path().loss(), "peer", name);
            handshake.at(peer.lastHandshake(), "peer", name);
            seen.at(peer.lastSeen(), "peer", name);
            expires.at(reading.expiries().get(name), "peer", name);
            received.with(peer.rxBytes(), "peer", name);
            sent.with(peer.txBytes(), "peer", name);
            relayed.with(peer.relayedBytes(), "peer", name);
        }
        List.of(up, path, rtt, loss, handshake, seen, expires, received, sent, relayed).forEach(Metrics.Family::end);
    }

    private void traffic(CountersReport counters) {
        metrics.counter("sent_packets", "Inner packets sent to peers.", counters.packetsSent());
        metrics.counter("received_packets", "Inner packets received from peers.", counters.packetsReceived());
        metrics.counter("sent_bytes", "Bytes in inner packets sent to peers.", counters.bytesSent());
        metrics.counter("received_bytes", "Bytes in inner packets received from peers.", counters.bytesReceived());
        metrics.counter("relay_sent_packets", "Inner packets sent through a relay.", counters.relayUsage());
        metrics.counter("relayed_for_others_packets", "Datagrams carried between two other peers.",
                counters.relayedForOthersPackets());
        metrics.counter("fallback_transitions", "Times that a peer's path went to a lower class.",
                counters.fallbackTransitions());
        metrics.counter("upgrade_transitions", "Times that a peer's path went to a higher class.",
                counters.upgradeTransitions());
        metrics.counter("session_failures", "Handshakes given up.", counters.sessionFailures());
    }

    private void refused(CountersReport counters) {
        metrics.counter("route_misses", "Inner packets whose destination nobody owns.", counters.routeMisses());
        metrics.counter("rejected_handshakes", "Handshakes of keys that are not trusted, or malformed.",
                counters.rejectedHandshakes());
        CountersReport.RejectedClaims claims = counters.rejectedClaims();
        metrics.counters("rejected_claims", "Claims of others that trust here does not grant.")
                .with(claims.notTrusted(), "reason", "not_trusted")
                .with(claims.wrongNetwork(), "reason", "wrong_network")
                .with(claims.wrongPrefix(), "reason", "wrong_prefix").end();
        CountersReport.Drops drops = counters.drops();
        metrics.counters("dropped_packets", "Packets dropped, by reason.")
                .with(drops.unknownRoute(), "reason", "unknown_route")
                .with(drops.unauthorizedPeer(), "reason", "unauthorized_peer")
                .with(drops.unauthorizedSource(), "reason", "unauthorized_source")
                .with(drops.noSession(), "reason", "no_session")
                .with(drops.replay(), "reason", "replay")
                .with(drops.duplicate(), "reason", "duplicate")
                .with(drops.malformed(), "reason", "malformed").end();
    }

    private void finding(CountersReport counters) {
        CountersReport.Stun stun = counters.stun();
        metrics.counters("stun_messages", "Questions about where nodes are seen, by what became of them.")
                .with(stun.asked(), "kind", "asked").with(stun.heard(), "kind", "heard")
                .with(stun.unexpected(), "kind", "unexpected").with(stun.answered(), "kind", "answered")
                .with(stun.refused(), "kind", "refused").end();
        CountersReport.Lan lan = counters.lan();
        metrics.counters("lan_beacons", "Beacons in local networks, by what became of them.")
                .with(lan.callsSent(), "kind", "calls_sent").with(lan.callsHeard(), "kind", "calls_heard")
                .with(lan.answersSent(), "kind", "answers_sent").with(lan.answersHeard(), "kind", "answers_heard")
                .with(lan.found(), "kind", "found").with(lan.unexpected(), "kind", "unexpected")
                .with(lan.refused(), "kind", "refused").with(lan.malformed(), "kind", "malformed").end();
        CountersReport.Searches searches = counters.searches();
        metrics.counters("port_searches", "Searches for the ports of hard NATs, by what became of them.")
                .with(searches.begun(), "result", "begun").with(searches.found(), "result", "found")
                .with(searches.stopped(), "result", "stopped").with(searches.refused(), "result", "refused").end();
        metrics.counter("port_search_flows", "Flows through the router that searches made.", searches.flows());
    }

    private void process(Reading reading) {
        metrics.gauge("waiting_tasks", "Tasks that wait for the node thread.", reading.waitingTasks());
        metrics.gauge("newcomers", "Strangers at the door of an open node.", reading.newcomers());
        metrics.counter("membership_failures", "Tasks of membership that ended in an exception: not 0 is a defect.",
                reading.defects());
        Runtime runtime = Runtime.getRuntime();
        metrics.gauge("heap_used_bytes", "Java heap in use.", runtime.totalMemory() - runtime.freeMemory());
        metrics.gauge("heap_max_bytes", "Java heap that may be used.", runtime.maxMemory());
        Metrics.Family runs = metrics.counters("gc_runs", "Garbage collections, by collector.");
        Metrics.Family seconds = metrics.counters("gc_seconds", "Time spent on garbage collection, by collector.");
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            runs.with(collector.getCollectionCount(), "collector", collector.getName());
            seconds.with(collector.getCollectionTime() / 1e3, "collector", collector.getName());
        }
        runs.end();
        seconds.end();
        metrics.counters("cpu_seconds", "Processor time of the daemon.")
                .with(ProcessHandle.current().info().totalCpuDuration().map(time -> time.toMillis() / 1e3).orElse(null))
                .end();
    }
}
