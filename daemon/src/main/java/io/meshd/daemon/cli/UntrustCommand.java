package io.meshd.daemon.cli;

import io.meshd.daemon.config.ConfigException;
import io.meshd.daemon.config.KnownPeers;
import io.meshd.daemon.config.Revocations;
import io.meshd.daemon.files.AtomicFile;
import io.meshd.identity.AuthorizedKey;
import io.meshd.identity.NodeName;
import io.meshd.identity.PublicKey;
import io.meshd.identity.Suggestion;
import io.meshd.identity.Trust;
import io.meshd.identity.TrustEntry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Ends trust: removes the file of a peer. */
final class UntrustCommand implements Command {
    @Override
    public CommandSpec spec() {
        return CommandSpec.of("untrust", "End the trust in a peer; a running daemon drops it within a second.")
                .aliased("revoke")
                .taking("NAME", 1, 1)
                .saying("NAME may also be a peer_id or a unique beginning of it, at least 6 characters. A newcomer that",
                        "joined an open node is taken out of state/known_peers, so that its name is free again.",
                        "No introducer brings the peer back, and no invitation that was made before; `meshd trust` does.")
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
            KnownPeers newcomers = KnownPeers.of(invocation.home());
            String newcomer = newcomer(newcomers, text);
            if (newcomer != null && newcomers.forget(newcomer)) {
                report(invocation, asJson, newcomer, List.of(newcomers.file().toString()));
                invocation
                        .warn("while this node is open, whoever comes under the name " + newcomer + " is let in again");
                return ExitStatus.DONE;
            }
            // A file that is broken names nobody, but it can still be removed by its name.
            if (!AtomicFile.delete(files.file(text))) {
                throw CommandException.failed("nobody is trusted as " + text + Suggestion.hint(text, files.names())
                        + ": see `meshd trust list`");
            }
            report(invocation, asJson, text, List.of(files.file(text).toString()));
            return ExitStatus.DONE;
        }
        List<TrustEntry> configured = entries.stream().filter(entry -> files.path(entry) == null).toList();
        if (!configured.isEmpty()) {
            throw CommandException.failed(text + " is trusted by the configuration: remove it from "
                    + configured.getFirst().source() + " and run `meshd reload`");
        }
        // First, so that no introducer and no old invitation brings it back in between.
        if (entries.getFirst().key() instanceof AuthorizedKey.Member member) {
            Revocations.of(invocation.home()).add(member.key(), files.now());
        }
        List<String> removed = new ArrayList<>();
        for (TrustEntry entry : entries) {
            Path file = Objects.requireNonNull(files.path(entry));
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

    /** The name of whom an open node let in, by name or by the beginning of its key. */
    private static @Nullable String newcomer(KnownPeers newcomers, String text) throws CommandException, IOException {
        Map<String, PublicKey> known = newcomers.read();
        if (known.containsKey(text) || text.length() < Trust.PEER_ID_PREFIX_MIN) {
            return known.containsKey(text) ? text : null;
        }
        List<String> names = known.entrySet().stream().filter(entry -> entry.getValue().peerId().startsWith(text))
                .map(Map.Entry::getKey).toList();
        if (names.size() > 1) {
            throw CommandException.failed(text + " is the beginning of several peer_ids: give more of it");
        }
        return names.isEmpty() ? null : names.getFirst();
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
