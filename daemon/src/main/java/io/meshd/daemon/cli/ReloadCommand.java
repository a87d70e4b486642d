package io.meshd.daemon.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.meshd.daemon.control.ControlClient;
import io.meshd.daemon.control.ControlException;
import io.meshd.daemon.control.ReloadReport;
import java.io.IOException;

/** Has the daemon read its configuration and trust anew. */
final class ReloadCommand implements Command {
    @Override
    public CommandSpec spec() {
        return CommandSpec.of("reload", "Apply the changed configuration without dropping sessions.")
                .saying("An invalid configuration is refused whole and the old one stays. When a key cannot change",
                        "while the daemon runs, it is named and nothing is applied. SIGHUP does the same.",
                        "`meshd plan` shows beforehand what would change.")
                .reporting()
                .example("meshd reload", "apply what changed, and say what that was")
                .example("meshd reload --json", "the same for a script");
    }

    @Override
    public int run(Invocation invocation) throws CommandException, ControlException, IOException {
        boolean asJson = invocation.isJson();
        JsonNode document = invocation.daemon().report("reload");
        ReloadReport report = ControlClient.read(document, ReloadReport.class);
        if (asJson) {
            invocation.json(document);
        } else {
            show(invocation, report);
        }
        report.warnings().forEach(invocation::warn);
        if (!report.applied()) {
            throw CommandException.failed("nothing was applied, needs restart: "
                    + String.join(", ", report.needsRestart()) + ": run `meshd down` and `meshd up`");
        }
        return ExitStatus.DONE;
    }

    private static void show(Invocation invocation, ReloadReport report) {
        String changes = ChangeText.of(report);
        invocation.text(changes.isEmpty() ? "nothing changed\n" : changes);
    }
}
