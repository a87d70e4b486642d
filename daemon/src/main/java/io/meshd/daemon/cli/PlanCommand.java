package io.meshd.daemon.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.meshd.daemon.control.ControlClient;
import io.meshd.daemon.control.ControlException;
import io.meshd.daemon.control.PlanRequest;
import io.meshd.daemon.control.ReloadReport;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Shows what a reload would change, before it does. */
final class PlanCommand implements Command {
    private static final String TRUST = "trust";

    @Override
    public CommandSpec spec() {
        return CommandSpec.of("plan", "Show what a reload would change, and change nothing.")
                .saying("Compares what the daemon runs with what a reload would read: keys, who gains or loses reach,",
                        "prefixes that change hands, routes, seeds. Warns when your own connection (SSH_CONNECTION)",
                        "would be cut. The daemon reads the files, with its own rights. Exit status 0: a reload would be",
                        "accepted; 1: it would not, a key needs a restart; 2: the configuration is invalid.",
                        "Changes of trust files apply by themselves within a second: try them in another directory.")
                .reporting()
                .with(CommandSpec.value(TRUST, "DIR", "read trust from DIR instead of the operator's authorized_keys"))
                .example("meshd plan", "what would the edited configuration change?")
                .example("meshd plan -c /etc/meshd/next.toml --trust /etc/meshd/next_keys",
                        "what would these change, if they stood in the place of the present ones?");
    }

    @Override
    public int run(Invocation invocation) throws CommandException, ControlException, IOException {
        boolean asJson = invocation.isJson();
        Path config = invocation.configFile();
        String trust = invocation.value(TRUST);
        Path directory = trust == null ? null : invocation.path(trust);
        OperatorConnection operator = OperatorConnection.find(invocation.world());
        JsonNode document = invocation.daemon().plan(new PlanRequest(text(config), text(directory),
                operator == null ? null : operator.from(), operator == null ? null : operator.to()));
        ReloadReport report = ControlClient.read(document, ReloadReport.class);
        if (asJson) {
            invocation.json(document);
        } else {
            String changes = ChangeText.of(report);
            invocation.text(changes.isEmpty() ? "nothing would change\n" : changes);
        }
        report.warnings().forEach(invocation::warn);
        if (!report.accepted()) {
            throw CommandException.failed("a reload would apply nothing, needs restart: "
                    + String.join(", ", report.needsRestart()));
        }
        return ExitStatus.DONE;
    }

    private static @Nullable String text(@Nullable Path path) {
        return path == null ? null : path.toString();
    }
}
