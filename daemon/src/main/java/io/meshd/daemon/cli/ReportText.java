package io.meshd.daemon.cli;

import io.meshd.daemon.control.PeersReport;
import io.meshd.daemon.control.RoutesReport;
import io.meshd.daemon.control.SessionsReport;
import io.meshd.daemon.control.StatusReport;
import java.time.Instant;

/** Reports of the daemon as text for a person. */
final class ReportText {
    private ReportText() {}

    static String status(StatusReport report, ReportCommand.Paint paint, Instant now) {
        Colour phase = switch (report.phase()) {
            case STARTING -> Colour.YELLOW;
            case RUNNING -> Colour.GREEN;
            case STOPPING -> Colour.RED;
        };
        StatusReport.PeerCounts peers = report.peers();
        TextTable table = new TextTable()
                .row("node", paint.in(Colour.BOLD, report.name()) + " in network " + report.networkId())
                .row("phase", paint.in(phase, Texts.constant(report.phase())) + ", pid " + report.pid() + ", up "
                        + Texts.duration(report.uptimeSeconds()) + ", version " + report.version())
                .row("peer id", report.peerId())
                .row("interface", Texts.orDash(report.interfaceName()))
                .row("addresses", Texts.list(report.addresses()))
                .row("listen port", Integer.toString(report.listenPort()))
                .row("public", Texts.list(report.publicEndpoints()))
                .row("nat", Texts.constant(report.nat().mapping()).replace('_', ' ')
                        + (report.nat().portMapped() ? ", port mapped" : ""))
                .row("peers", peers.alive() + " alive of " + peers.configured() + " trusted: " + peers.direct()
                        + " direct, " + peers.signalingThenDirect() + " punched, " + peers.relay() + " by relay")
                .row("routes", report.routes().installed() + " installed of " + report.routes().total())
                .row("home", Texts.orDash(report.home()))
                .row("config", Texts.orDash(report.configPath()));
        StringBuilder text = new StringBuilder(table.text());
        if (!report.seeds().isEmpty()) {
            TextTable seeds = new TextTable().row("SEED", "FROM", "PEER", "STATE", "LAST TRIED", "ERROR");
            report.seeds().forEach(seed -> seeds.row(seed.address(), seed.source(), Texts.orDash(seed.peer()),
                    seed.state(), Texts.ago(seed.lastAttempt(), now), Texts.orDash(seed.lastError())));
            text.append('\n').append(seeds.text());
        }
        report.warnings().forEach(
                warning -> text.append(paint.in(Colour.YELLOW, "warning: " + warning)).append('\n'));
        return text.toString();
    }

    static String peers(PeersReport report, ReportCommand.Paint paint, Instant now) {
        if (report.peers().isEmpty()) {
            return "no trusted peers: admit one with `meshd trust`\n";
        }
        TextTable table = new TextTable().row("PEER", "STATE", "PATH", "RTT", "LOSS", "OWNS", "RECEIVED", "SENT",
                "LAST SEEN");
        for (PeersReport.Peer peer : report.peers()) {
            PeersReport.Path path = peer.path();
            String name = peer.source() == PeersReport.Source.OPEN ? peer.name() + " (open)" : peer.name();
            table.row(name, paint.in(Texts.colour(peer.state()), Texts.constant(peer.state())),
                    Texts.path(path.pathClass(), path.endpoint(), path.relay()), Texts.ms(path.rttMs()),
                    Texts.percent(path.loss()), Texts.list(peer.prefixes()), Texts.bytes(peer.rxBytes()),
                    Texts.bytes(peer.txBytes()), Texts.ago(peer.lastSeen(), now));
        }
        StringBuilder text = new StringBuilder(table.text());
        report.peers().stream().filter(peer -> peer.why() != null).forEach(
                peer -> text.append(paint.in(Colour.YELLOW, peer.name() + ": " + peer.why())).append('\n'));
        return text.toString();
    }

    static String routes(RoutesReport report, ReportCommand.Paint paint, Instant now) {
        if (report.routes().isEmpty()) {
            return "no routes: no peer that is trusted for a prefix claims it now\n";
        }
        TextTable table = new TextTable().row("PREFIX", "PEER", "PATH", "INSTALLED", "REASON");
        report.routes().forEach(route -> table.row(route.prefix(), route.peer(), Texts.constant(route.pathClass()),
                route.installed() ? paint.in(Colour.GREEN, "yes") : paint.in(Colour.YELLOW, "no"),
                Texts.orDash(route.reason())));
        return table.text();
    }

    static String sessions(SessionsReport report, ReportCommand.Paint paint, Instant now) {
        SessionsReport.ByClass by = report.byClass();
        StringBuilder text = new StringBuilder(Texts.count(report.sessions().size(), "session") + " with "
                + Texts.count(report.configuredPeers(), "trusted peer") + ": " + by.direct() + " direct, "
                + by.signalingThenDirect() + " punched, " + by.relay() + " by relay\n");
        for (SessionsReport.Session session : report.sessions()) {
            text.append('\n').append(paint.in(Colour.BOLD, session.peer())).append("  ")
                    .append(Texts.path(session.pathClass(), session.endpoint(), session.relay()))
                    .append(", since ").append(Texts.ago(session.establishedAt(), now))
                    .append(session.relayCapable() ? ", may relay" : "").append('\n');
            TextTable table = new TextTable();
            session.candidates().forEach(candidate -> table.row("  " + candidate.endpoint(), candidate.kind(),
                    candidate.state(), Texts.ms(candidate.rttMs()), Texts.percent(candidate.loss())));
            text.append(table.text());
        }
        return text.toString();
    }
}
