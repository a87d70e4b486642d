package io.meshd.daemon.cli;

import io.meshd.daemon.config.ConfigException;
import io.meshd.daemon.files.AtomicFile;
import io.meshd.identity.NodeName;
import io.meshd.identity.Suggestion;
import io.meshd.identity.TrustEntry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Ends trust: removes the file of a peer. */
final class UntrustCommand implements Command {
    @Override
    public CommandSpec spec() {
        return CommandSpec.of("untrust", "End the trust in a peer; a running daemon drops it within a second.")
                .aliased("revoke")
                .taking("NAME", 1, 1)
                .saying("NAME may also be a peer_id or a unique beginning of it, at least 6 characters.")
                .reporting()
                .example("sudo meshd untrust beta", "remove authorized_keys/beta.pub")
                .example("meshd revoke beta --home /srv/mesh", "the same for another home");
    }

    @Override
    public int run(Invocation invocation) throws CommandException, ConfigException, IOException {
        boolean asJson = invocation.isJson();
        String text = Objects.requireNonNull(invocation.argument(0));
        if (!NodeName.isValid(text)) {
            throw invocation.usage("expected a name by the rule " + NodeName.RULE + ", found \"" + text + "\"");
        }
        TrustFiles files = TrustFiles.of(invocation);
        List<TrustEntry> entries = files.find(text);
        if (entries.isEmpty()) {
            // A file that is broken names nobody, but it can still be removed by its name.
            if (!AtomicFile.delete(files.file(text))) {
                throw CommandException.failed("nobody is trusted as " + text + Suggestion.hint(text, files.names())
                        + ": see `meshd trust list`");
            }
            report(invocation, asJson, text, List.of(files.file(text).toString()));
            return ExitStatus.DONE;
        }
        List<TrustEntry> configured = entries.stream().filter(entry -> !files.isFile(entry)).toList();
        if (!configured.isEmpty()) {
            throw CommandException.failed(text + " is trusted by the configuration: remove it from "
                    + configured.getFirst().source() + " and run `meshd reload`");
        }
        List<String> removed = new ArrayList<>();
        for (TrustEntry entry : entries) {
            Path file = Path.of(entry.source());
            if (AtomicFile.delete(file)) {
                removed.add(entry.source());
            }
            // The secret that `peer add` put beside the file goes with it.
            Path secret = file.resolveSibling(entry.key().name() + PeerAddCommand.SECRET_SUFFIX);
            if (secret.getFileName().toString().equals(entry.key().pskFile())) {
                AtomicFile.delete(secret);
            }
        }
        report(invocation, asJson, entries.getFirst().key().name(), removed);
        return ExitStatus.DONE;
    }

    private static void report(Invocation invocation, boolean asJson, String name, List<String> removed) {
        if (asJson) {
            Map<String, Object> document = new LinkedHashMap<>();
            document.put("name", name);
            document.put("removed", removed);
            invocation.json(document);
        } else {
            invocation.line("no longer trusts " + name + "\nremoved " + String.join(", ", removed));
        }
    }
}
