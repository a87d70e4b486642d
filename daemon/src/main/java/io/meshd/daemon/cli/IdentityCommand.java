package io.meshd.daemon.cli;

import io.meshd.daemon.config.Config;
import io.meshd.daemon.config.ConfigException;
import io.meshd.daemon.config.IdentityStore;
import io.meshd.daemon.control.ControlException;
import io.meshd.identity.Identity;
import io.meshd.identity.IpAddress;
import io.meshd.identity.OpenSshKey;
import io.meshd.identity.PublicKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes and shows the identity of this node. */
final class IdentityCommand implements Command {
    private static final String FORCE = "force";

    private final Action action;

    private IdentityCommand(Action action) {
        this.action = action;
    }

    private enum Action {
        INIT, SHOW, FINGERPRINT, EXPORT
    }

    /** All of them, in the order of the help. */
    static List<Command> commands() {
        return List.of(new IdentityCommand(Action.INIT), new IdentityCommand(Action.SHOW),
                new IdentityCommand(Action.FINGERPRINT), new IdentityCommand(Action.EXPORT));
    }

    @Override
    public CommandSpec spec() {
        return switch (action) {
            case INIT -> CommandSpec.of("identity init", "Make a new Ed25519 identity for this node.")
                    .aliased("keygen")
                    .reporting()
                    .with(CommandSpec.flag(FORCE, "replace the identity that is there: all peers must trust anew"))
                    .example("sudo meshd identity init", "make /var/lib/meshd/identity")
                    .example("meshd keygen --home /srv/mesh --json", "the same elsewhere, for a script");
            case SHOW -> CommandSpec.of("identity show", "Show the public side of the identity.")
                    .reporting()
                    .example("meshd identity show", "key, fingerprint, addresses")
                    .example("meshd identity show --json", "the same for a script");
            case FINGERPRINT -> CommandSpec.of("identity fingerprint", "Print the fingerprint, as ssh-keygen -l does.")
                    .reporting()
                    .example("meshd identity fingerprint", "to compare over the telephone")
                    .example("meshd export | ssh-keygen -lf -", "the same from OpenSSH");
            case EXPORT -> CommandSpec.of("identity export", "Print the public key on one line, for other nodes.")
                    .aliased("identity export-public", "export", "export-public")
                    .reporting()
                    .example("meshd export > alpha.pub", "a file for `meshd trust alpha.pub`")
                    .example("meshd export | ssh beta sudo meshd trust - --name alpha", "trust this node on beta");
        };
    }

    @Override
    public int run(Invocation invocation)
            throws CommandException, ConfigException, ControlException, IOException, InterruptedException {
        boolean asJson = invocation.isJson();
        Config config = invocation.config();
        Path path = config.node().identityPath();
        Identity identity = action == Action.INIT ? create(invocation, path) : IdentityStore.load(path);
        PublicKey key = identity.publicKey();
        identity.destroy();
        if (asJson) {
            invocation.json(document(config, key, path));
            return ExitStatus.DONE;
        }
        switch (action) {
            case INIT -> invocation.line("made the identity " + path + "\n" + describe(config, key, path));
            case SHOW -> invocation.line(describe(config, key, path));
            case FINGERPRINT -> invocation.line(key.fingerprint());
            case EXPORT -> invocation.line(new OpenSshKey(key, config.node().name()).line());
        }
        return ExitStatus.DONE;
    }

    private static Identity create(Invocation invocation, Path path) throws CommandException, IOException {
        if (Files.exists(path) && !invocation.has(FORCE)) {
            throw CommandException.failed("there is an identity at " + path
                    + " already: --force replaces it, and then all peers must trust the new key");
        }
        return IdentityStore.create(path);
    }

    private static String describe(Config config, PublicKey key, Path path) {
        return new TextTable()
                .row("name", config.node().name())
                .row("peer id", key.peerId())
                .row("fingerprint", key.fingerprint())
                .row("public key", key.base64())
                .row("wireguard public key", key.tunnelKey().base64())
                .row("derived addresses", Texts.list(addresses(config, key)))
                .row("path", path.toString())
                .text().stripTrailing();
    }

    private static Map<String, Object> document(Config config, PublicKey key, Path path) {
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("peer_id", key.peerId());
        document.put("public_key", key.base64());
        document.put("fingerprint", key.fingerprint());
        document.put("wireguard_public_key", key.tunnelKey().base64());
        document.put("addresses", addresses(config, key));
        document.put("path", path.toString());
        return document;
    }

    private static List<String> addresses(Config config, PublicKey key) {
        return config.tun().deriveFrom().of(key).stream().map(IpAddress::toString).toList();
    }
}
