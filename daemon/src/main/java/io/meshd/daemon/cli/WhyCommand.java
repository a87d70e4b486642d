package io.meshd.daemon.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.meshd.daemon.control.ControlClient;
import io.meshd.daemon.control.ControlException;
import io.meshd.daemon.control.WhyReport;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Tells why a peer is reached as it is: the verdict, the candidates, and what was decided. */
final class WhyCommand implements Command {
    private static final String NOTHING = "none";

    @Override
    public CommandSpec spec() {
        return CommandSpec.of("why", "Tell why a peer is reached as it is, and what would change it.")
                .taking("PEER", 1, 1)
                .saying("PEER is a peer's name, its peer_id or a unique beginning of it.",
                        "First comes the answer, then every path that is known, then the decisions, newest last.")
                .reporting()
                .example("meshd why beta", "why beta is reached by a relay, say")
                .example("meshd why beta --json", "the same for a script");
    }

    @Override
    public int run(Invocation invocation) throws CommandException, ControlException, IOException {
        boolean asJson = invocation.isJson();
        JsonNode report = invocation.daemon().why(Objects.requireNonNull(invocation.argument(0)));
        if (asJson) {
            invocation.json(report);
        } else {
            invocation.text(text(ControlClient.read(report, WhyReport.class), invocation::coloured,
                    invocation.world().clock().instant()));
        }
        return ExitStatus.DONE;
    }

    static String text(WhyReport report, ReportCommand.Paint paint, Instant now) {
        StringBuilder text = new StringBuilder(paint.in(Colour.BOLD, report.verdict().text())).append('\n');
        if (report.verdict().remedy() != null) {
            text.append(report.verdict().remedy()).append('\n');
        }
        text.append('\n').append(candidates(report));
        for (WhyReport.Relay relay : report.relays()) {
            text.append("relay ").append(relay.relay()).append(": ").append(relay.state())
                    .append(relay.reason() == null ? "" : ", " + relay.reason().replace('_', ' ')).append('\n');
        }
        text.append("NAT here: ").append(mapping(report.nat().here())).append("; there: ")
                .append(mapping(report.nat().there())).append('\n');
        return text.append('\n').append(decisions(report, now)).toString();
    }

    private static String mapping(Enum<?> mapping) {
        return Texts.constant(mapping).replace('_', ' ');
    }

    private static String candidates(WhyReport report) {
        if (report.candidates().isEmpty()) {
            return "no path is known\n";
        }
        TextTable table = new TextTable().row("PATH", "FROM", "STATE", "RTT", "LOSS", "NAMED", "SIGNALLED BY");
        for (WhyReport.Candidate candidate : report.candidates()) {
            String state = candidate.heldSeconds() == 0
                    ? candidate.state()
                    : candidate.state() + ", held for " + Texts.duration(candidate.heldSeconds());
            table.row(candidate.endpoint(), String.join(", ", candidate.evidence()), state, Texts.ms(candidate.rttMs()),
                    Texts.percent(candidate.loss()), Texts.duration(candidate.ageSeconds()) + " ago",
                    Texts.orDash(candidate.signaledBy()));
        }
        return table.text();
    }

    private static String decisions(WhyReport report, Instant now) {
        if (report.decisions().isEmpty()) {
            return "nothing was decided yet\n";
        }
        StringBuilder text = new StringBuilder();
        for (WhyReport.Decision decision : report.decisions()) {
            text.append(String.format(Locale.ROOT, "%12s  ", ago(decision.at(), now)));
            if (!Objects.equals(decision.from(), decision.to())) {
                text.append(orNothing(decision.from())).append(" -> ").append(orNothing(decision.to())).append(": ");
            }
            text.append(decision.reason());
            if (decision.helper() != null) {
                text.append(" [").append(decision.helper()).append(']');
            }
            if (decision.times() > 1) {
                text.append(", ").append(decision.times()).append(" times");
            }
            if (!decision.figures().isEmpty()) {
                text.append(" (").append(decision.figures()).append(')');
            }
            text.append('\n');
        }
        return text.toString();
    }

    private static String orNothing(@Nullable String place) {
        return place == null ? NOTHING : place;
    }

    /** Decisions follow each other fast: below a minute to the tenth of a second. */
    private static String ago(Instant at, Instant now) {
        Duration past = Duration.between(at, now);
        return past.toSeconds() < 60
                ? String.format(Locale.ROOT, "%.1f s ago", Math.max(0, past.toMillis()) / 1e3)
                : Texts.duration(past.toSeconds()) + " ago";
    }
}
