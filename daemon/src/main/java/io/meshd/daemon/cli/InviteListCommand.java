package io.meshd.daemon.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.meshd.daemon.control.ControlClient;
import io.meshd.daemon.control.ControlException;
import io.meshd.daemon.control.InvitationsReport;
import java.io.IOException;

/** Shows who was invited, and what became of it. */
final class InviteListCommand implements Command {
    @Override
    public CommandSpec spec() {
        return CommandSpec.of("invite list", "Show the invitations of this host, and who came with them.")
                .saying("Of those that were used it also shows the line that members need which do not trust this host as",
                        "introducer. No secret is shown: nothing here lets anybody in.")
                .reporting()
                .example("meshd invite list", "open, used, expired and cancelled ones")
                .example("meshd invite list --json", "the same for a script");
    }

    @Override
    public int run(Invocation invocation) throws CommandException, ControlException, IOException {
        boolean asJson = invocation.isJson();
        JsonNode document = invocation.daemon().report("invitations");
        InvitationsReport report = ControlClient.read(document, InvitationsReport.class);
        if (asJson) {
            invocation.json(document);
        } else if (report.invitations().isEmpty()) {
            invocation.line("nobody was invited: make an invitation with `meshd invite`");
        } else {
            invocation.text(text(report));
        }
        return ExitStatus.DONE;
    }

    static String text(InvitationsReport report) {
        TextTable table = new TextTable().row("ID", "STATE", "NAME", "PREFIXES", "RELAY", "EXPIRES", "CAME");
        StringBuilder lines = new StringBuilder();
        for (InvitationsReport.Entry one : report.invitations()) {
            table.row(one.id(), one.state().text(), Texts.orDash(one.name()), Texts.list(one.prefixes()),
                    one.relayCapable() ? "yes" : "no", one.expires().toString(), one.peer() == null
                            ? "-"
                            : one.peer() + ", " + one.usedAt());
            if (one.trustLine() != null) {
                lines.append(one.trustLine()).append('\n');
            }
        }
        return lines.isEmpty()
                ? table.text()
                : table.text() + "\nmembers that do not trust this host as introducer need:\n" + lines;
    }
}
