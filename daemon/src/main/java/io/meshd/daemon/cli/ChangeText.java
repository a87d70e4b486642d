package io.meshd.daemon.cli;

import io.meshd.daemon.control.ReloadReport;
import java.util.List;

/** What a reload changed, or would change, in lines for a person. */
final class ChangeText {
    private ChangeText() {}

    /** Every difference on a line of its own; empty when there is none. */
    static String of(ReloadReport report) {
        TextTable keys = new TextTable();
        for (ReloadReport.Change change : report.changes()) {
            String restart = change.needsRestart() ? "needs restart: " + change.reason() : "";
            keys.row(change.key(), Texts.orDash(change.from()), "->", Texts.orDash(change.to()), restart);
        }
        StringBuilder text = new StringBuilder(keys.text());
        peers(report.peers(), text);
        for (ReloadReport.Move move : report.prefixes()) {
            line(text, "prefix " + move.prefix() + ": " + (move.from() == null ? "nobody" : move.from()) + " -> "
                    + (move.to() == null ? "nobody" : move.to()));
        }
        report.routes().added().forEach(route -> line(text, "route added: " + route.prefix() + " to " + route.peer()));
        report.routes().removed()
                .forEach(route -> line(text, "route removed: " + route.prefix() + " to " + route.peer()));
        report.seeds().added().forEach(seed -> line(text, "seed added: " + seed));
        report.seeds().removed().forEach(seed -> line(text, "seed removed: " + seed));
        if (report.listenPort() != null) {
            line(text, "listens on UDP port " + (report.listenPort().to() == 0
                    ? "that is free"
                    : report.listenPort().to()) + " instead of " + report.listenPort().from());
        }
        return text.toString();
    }

    private static void peers(ReloadReport.Peers peers, StringBuilder text) {
        peers.added().forEach(peer -> line(text, "gains reach: " + peer.name() + owned(peer.prefixes())));
        peers.removed().forEach(peer -> line(text, "loses reach: " + peer.name() + owned(peer.prefixes())));
        peers.rekeyed().forEach(peer -> line(text, "another key: " + peer.name() + ", " + peer.from() + " loses reach, "
                + peer.to() + " gains it"));
        peers.renamed().forEach(peer -> line(text, "renamed: " + peer.from() + " -> " + peer.to()));
        peers.expiring().forEach(peer -> line(text, "loses reach soon: " + peer.name() + ", whose trust ends at "
                + peer.expires()));
    }

    private static String owned(List<String> prefixes) {
        return prefixes.isEmpty() ? "" : " (" + String.join(", ", prefixes) + ")";
    }

    private static void line(StringBuilder text, String line) {
        text.append(line).append('\n');
    }
}
