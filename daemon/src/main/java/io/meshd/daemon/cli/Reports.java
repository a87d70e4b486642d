package io.meshd.daemon.cli;

import io.meshd.daemon.control.CountersReport;
import io.meshd.daemon.control.PeersReport;
import io.meshd.daemon.control.RoutesReport;
import io.meshd.daemon.control.SessionsReport;
import io.meshd.daemon.control.SnapshotReport;
import io.meshd.daemon.control.StatusReport;
import java.time.Instant;
import java.util.List;

/** The commands that show what the daemon reports. */
final class Reports {
    private Reports() {}

    /** All of them, in the order of the help. */
    static List<Command> commands() {
        return List.of(
                new ReportCommand<>(spec("status", "Show the node as a whole: addresses, peers, seeds, warnings."),
                        "status", StatusReport.class, ReportText::status),
                new ReportCommand<>(spec("peers", "Show every trusted peer and how it is reached."), "peers",
                        PeersReport.class, ReportText::peers),
                new ReportCommand<>(spec("routes", "Show which peer owns which prefix, and what is installed."),
                        "routes", RoutesReport.class, ReportText::routes),
                new ReportCommand<>(spec("sessions", "Show the sessions and the paths that each may use."), "sessions",
                        SessionsReport.class, ReportText::sessions),
                new ReportCommand<>(spec("counters", "Show what was sent, received, dropped and rejected."),
                        "counters", CountersReport.class, CounterText::counters),
                new ReportCommand<>(spec("snapshot", "Show all reports, from one moment.").aliased("diagnostics"),
                        "snapshot", SnapshotReport.class, Reports::snapshot));
    }

    private static CommandSpec spec(String name, String summary) {
        return CommandSpec.of(name, summary).reporting()
                .example("meshd " + name, "for a person")
                .example("meshd " + name + " --json", "for a script");
    }

    private static String snapshot(SnapshotReport report, ReportCommand.Paint paint, Instant now) {
        return paint.in(Colour.BOLD, "STATUS") + "\n" + ReportText.status(report.status(), paint, now)
                + "\n" + paint.in(Colour.BOLD, "PEERS") + "\n" + ReportText.peers(report.peers(), paint, now)
                + "\n" + paint.in(Colour.BOLD, "ROUTES") + "\n" + ReportText.routes(report.routes(), paint, now)
                + "\n" + paint.in(Colour.BOLD, "SESSIONS") + "\n" + ReportText.sessions(report.sessions(), paint, now)
                + "\n" + paint.in(Colour.BOLD, "COUNTERS") + "\n"
                + CounterText.counters(report.counters(), paint, now);
    }
}
