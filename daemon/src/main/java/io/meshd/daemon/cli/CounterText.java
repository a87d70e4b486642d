package io.meshd.daemon.cli;

import io.meshd.daemon.control.CountersReport;
import java.time.Instant;

/** Counters as text for a person. */
final class CounterText {
    private CounterText() {}

    static String counters(CountersReport report, ReportCommand.Paint paint, Instant now) {
        return counts(report).text() + "\n" + paint.in(Colour.BOLD, "rejected claims") + "\n"
                + rejected(report.rejectedClaims()).text() + "\n" + paint.in(Colour.BOLD, "dropped") + "\n"
                + drops(report.drops()).text() + "\n" + paint.in(Colour.BOLD, "stun") + "\n"
                + stun(report.stun()).text() + "\n" + paint.in(Colour.BOLD, "local networks") + "\n"
                + lan(report.lan()).text() + "\n" + paint.in(Colour.BOLD, "searches for ports") + "\n"
                + searches(report.searches()).text();
    }

    private static TextTable counts(CountersReport report) {
        return new TextTable()
                .row("packets sent", number(report.packetsSent()), Texts.bytes(report.bytesSent()))
                .row("packets received", number(report.packetsReceived()), Texts.bytes(report.bytesReceived()))
                .row("route misses", number(report.routeMisses()))
                .row("handshakes given up", number(report.sessionFailures()))
                .row("handshakes rejected", number(report.rejectedHandshakes()))
                .row("paths fallen back", number(report.fallbackTransitions()))
                .row("paths upgraded", number(report.upgradeTransitions()))
                .row("packets by relay", number(report.relayUsage()))
                .row("relayed for others", number(report.relayedForOthersPackets()));
    }

    private static TextTable rejected(CountersReport.RejectedClaims claims) {
        return new TextTable().row("  not trusted", number(claims.notTrusted()))
                .row("  other network", number(claims.wrongNetwork()))
                .row("  other prefix", number(claims.wrongPrefix()));
    }

    private static TextTable drops(CountersReport.Drops drops) {
        return new TextTable().row("  unknown route", number(drops.unknownRoute()))
                .row("  unauthorized peer", number(drops.unauthorizedPeer()))
                .row("  unauthorized source", number(drops.unauthorizedSource()))
                .row("  no session", number(drops.noSession()))
                .row("  replay", number(drops.replay()))
                .row("  duplicate", number(drops.duplicate()))
                .row("  malformed", number(drops.malformed()));
    }

    private static TextTable stun(CountersReport.Stun stun) {
        return new TextTable().row("  servers asked", number(stun.asked()))
                .row("  servers heard", number(stun.heard()))
                .row("  unexpected answers", number(stun.unexpected()))
                .row("  peers answered", number(stun.answered()))
                .row("  requests refused", number(stun.refused()));
    }

    private static TextTable lan(CountersReport.Lan lan) {
        return new TextTable().row("  calls sent", number(lan.callsSent()))
                .row("  calls heard", number(lan.callsHeard()))
                .row("  answers sent", number(lan.answersSent()))
                .row("  answers heard", number(lan.answersHeard()))
                .row("  peers found", number(lan.found()))
                .row("  unexpected answers", number(lan.unexpected()))
                .row("  beacons refused", number(lan.refused()))
                .row("  malformed", number(lan.malformed()));
    }

    private static TextTable searches(CountersReport.Searches searches) {
        return new TextTable().row("  begun", number(searches.begun()))
                .row("  found", number(searches.found()))
                .row("  stopped for the router", number(searches.stopped()))
                .row("  refused to peers", number(searches.refused()))
                .row("  flows", number(searches.flows()));
    }

    private static String number(long value) {
        return Long.toString(value);
    }
}
