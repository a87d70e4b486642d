package io.meshd.daemon.cli;

import io.meshd.daemon.config.ConfigException;
import io.meshd.daemon.config.Devices;
import io.meshd.daemon.config.Side;
import io.meshd.daemon.files.Access;
import io.meshd.daemon.files.AtomicFile;
import io.meshd.daemon.files.FileMode;
import io.meshd.identity.AuthorizedKey;
import io.meshd.identity.HostPort;
import io.meshd.identity.KeyCheck;
import io.meshd.identity.NodeName;
import io.meshd.identity.Prefix;
import io.meshd.identity.PresharedKey;
import io.meshd.identity.TrustedPeer;
import io.meshd.identity.TunnelKey;
import io.meshd.identity.TunnelPrivateKey;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.commons.cli.Option;
import org.jspecify.annotations.Nullable;

/** Admits a stock WireGuard device as a leaf of this node. */
final class PeerAddCommand implements Command {
    /** Of the file beside the trust file that holds the preshared key. */
    static final String SECRET_SUFFIX = ".psk";

    private static final String WIREGUARD = "wireguard";
    private static final String PREFIX = "prefix";
    private static final String PRESHARED_KEY = "preshared-key";
    private static final String KEEPALIVE = "persistent-keepalive";
    private static final String ENDPOINT = "endpoint";
    private static final String NODE_ENDPOINT = "node-endpoint";
    /** Instead of a key: the device has none yet. */
    private static final String NEW = "new";
    private static final int SECRET_FILE_MAX_BYTES = 4096;

    @Override
    public CommandSpec spec() {
        List<Option> options = new ArrayList<>(List.of(
                CommandSpec.value(WIREGUARD, "KEY|new",
                        "the device's public key, as `wg pubkey` prints it; new makes one"),
                CommandSpec.value(PREFIX, "CIDR", "what the device owns; may be repeated"),
                CommandSpec.value(PRESHARED_KEY, "FILE", "the secret of both, as `wg genpsk` prints it"),
                CommandSpec.value(KEEPALIVE, "S", "send something every S seconds, 1 to 65535; 0 or off: never"),
                CommandSpec.value(ENDPOINT, "HOST:PORT", "where the device is; default: it comes to us"),
                CommandSpec.value(NODE_ENDPOINT, "HOST:PORT", "with new: where the device finds this node")));
        options.addAll(DeviceOutput.options());
        return CommandSpec.of("peer add", "Admit a stock WireGuard device as a leaf of this node.")
                .taking("NAME", 1, 1)
                .saying("With `--wireguard new` this makes the device's keys and an address for it, and prints its whole",
                        "configuration, once: the private key is kept nowhere. `meshd peer config` prints it again without",
                        "the key. Otherwise the device brings its own key. It is no member of the mesh: others reach it",
                        "through this node only. What it owns inside of node.prefixes nobody else need know of.")
                .reporting()
                .with(options.toArray(Option[]::new))
                .example("sudo meshd peer add phone --wireguard new --qr",
                        "admit a phone, which scans its configuration")
                .example("sudo meshd peer add nas --wireguard KEY --prefix fd42:9::/64 --endpoint nas.example:51820",
                        "admit a device that we call");
    }

    @Override
    public int run(Invocation invocation) throws CommandException, ConfigException, IOException {
        boolean asJson = invocation.isJson();
        String name = Objects.requireNonNull(invocation.argument(0));
        if (!NodeName.isValid(name)) {
            throw invocation.usage("expected a name by the rule " + NodeName.RULE + ", found \"" + name + "\"");
        }
        TunnelPrivateKey made = NEW.equals(invocation.value(WIREGUARD)) ? generated() : null;
        if (made == null) {
            requireNoConfiguration(invocation);
        }
        TunnelKey key = made == null ? key(invocation) : made.publicKey();
        List<Prefix> prefixes = new ArrayList<>();
        for (String text : invocation.values(PREFIX)) {
            prefixes.add(TrustCommand.option(invocation, PREFIX, text, Prefix::parse));
        }
        if (prefixes.stream().distinct().count() != prefixes.size()) {
            throw invocation.usage("option --prefix: the same prefix is given twice");
        }
        String endpoint = invocation.value(ENDPOINT);
        int keepalive = "off".equals(invocation.value(KEEPALIVE))
                ? 0
                : invocation.number(KEEPALIVE, 0, 0,
                        AuthorizedKey.Stock.PERSISTENT_KEEPALIVE_MAX_SECONDS);
        byte[] secret = secret(invocation);
        try {
            TrustFiles files = TrustFiles.of(invocation);
            if (made != null && prefixes.isEmpty()) {
                prefixes.addAll(Devices.addresses(files.side(), key));
            }
            AuthorizedKey.Stock entry = new AuthorizedKey.Stock(name, key, prefixes,
                    endpoint == null ? null : TrustCommand.option(invocation, ENDPOINT, endpoint, HostPort::parse),
                    keepalive, secret == null ? null : name + SECRET_SUFFIX, "");
            write(invocation, files, entry, secret);
            tell(invocation, files, entry, made, asJson);
        } finally {
            if (made != null) {
                made.destroy();
            }
            if (secret != null) {
                Arrays.fill(secret, (byte) 0);
            }
        }
        return ExitStatus.DONE;
    }

    private static TunnelPrivateKey generated() {
        byte[] secret = new byte[TunnelPrivateKey.BYTES];
        new SecureRandom().nextBytes(secret);
        TunnelPrivateKey key = TunnelPrivateKey.of(secret);
        Arrays.fill(secret, (byte) 0);
        return key;
    }

    private static void requireNoConfiguration(Invocation invocation) throws CommandException {
        List<String> unused = new ArrayList<>(List.of(NODE_ENDPOINT));
        DeviceOutput.options().forEach(option -> unused.add(option.getLongOpt()));
        for (String option : unused) {
            if (invocation.has(option)) {
                throw invocation.usage("option --" + option + " goes with --wireguard new: see `meshd peer config`");
            }
        }
    }

    private static TunnelKey key(Invocation invocation) throws CommandException {
        String text = invocation.value(WIREGUARD);
        if (text == null) {
            throw invocation.usage("option --wireguard is missing: meshd nodes are admitted by `meshd trust`");
        }
        TunnelKey key = TunnelKey.ofBase64(text);
        if (key == null) {
            throw invocation.malformed(WIREGUARD, text, "base64 of 32 bytes, 44 characters");
        }
        KeyCheck.Weakness weakness = KeyCheck.weakness(key);
        if (weakness != null) {
            throw invocation.usage("option --wireguard: the key " + weakness.text());
        }
        return key;
    }

    /** The checked secret in its text form, or null when none is given. */
    private static byte @Nullable [] secret(Invocation invocation) throws CommandException, IOException {
        String text = invocation.value(PRESHARED_KEY);
        if (text == null) {
            return null;
        }
        Path file = invocation.path(text);
        if (Files.exists(file)) {
            FileMode.requireSecret(file, "preshared key");
        }
        byte[] content;
        try (InputStream in = Files.newInputStream(file)) {
            content = in.readNBytes(SECRET_FILE_MAX_BYTES);
        }
        PresharedKey key = PresharedKey.ofBase64(content);
        Arrays.fill(content, (byte) 0);
        if (key == null) {
            throw invocation.usage("option --preshared-key: " + file + " holds no base64 of 32 bytes");
        }
        byte[] bytes = key.copyOfSecret();
        key.destroy();
        byte[] encoded = Base64.getEncoder().encode(bytes);
        Arrays.fill(bytes, (byte) 0);
        return encoded;
    }

    /** The secret is written first, since a trust file that names a missing secret is broken. */
    private static void write(Invocation invocation, TrustFiles files, AuthorizedKey.Stock entry,
            byte @Nullable [] secret) throws CommandException, IOException {
        Path file = files.file(entry.name());
        Path secretFile = file.resolveSibling(entry.name() + SECRET_SUFFIX);
        if (secret != null) {
            files.check(entry);
            AtomicFile.makeDirectory(Objects.requireNonNull(file.getParent()), invocation.home().access());
            AtomicFile.write(secretFile, secret, Access.SECRET);
        }
        files.write(entry);
        if (secret == null) {
            AtomicFile.delete(secretFile);
        }
    }

    private static void tell(Invocation invocation, TrustFiles files, AuthorizedKey.Stock entry,
            @Nullable TunnelPrivateKey made, boolean asJson) throws CommandException, IOException {
        Path file = files.file(entry.name());
        Side node = files.side();
        TrustedPeer device = node.trust().peer(entry.name());
        if (device == null) {
            throw CommandException.failed(entry.name() + " is not trusted: look at `meshd doctor`");
        }
        DeviceOutput output = new DeviceOutput(invocation, node, device);
        String text = made == null ? null : configuration(output, made);
        if (asJson) {
            Map<String, @Nullable Object> document = new LinkedHashMap<>();
            document.put("name", entry.name());
            document.put("peer_id", null);
            document.put("wireguard_public_key", entry.tunnelKey().base64());
            document.put("prefixes", entry.prefixes().stream().map(Prefix::toString).toList());
            document.put("source", file.toString());
            if (text != null) {
                document.put("config", text);
            }
            invocation.json(document);
        } else if (text != null) {
            invocation.note("admits the WireGuard device " + entry.name() + ", written to " + file
                    + "; its private key is printed this once and kept nowhere");
            output.print(text);
        } else {
            invocation.line("admits the WireGuard device " + entry.name() + "\nwritten to " + file);
            if (entry.prefixes().isEmpty()) {
                invocation.warn(entry.name() + " owns no prefix, so nothing can be sent to it: give --prefix");
            }
        }
        output.tellWhatElse();
    }

    private static String configuration(DeviceOutput output, TunnelPrivateKey made)
            throws CommandException, IOException {
        byte[] secret = made.copyOfSecret();
        try {
            return output.text(NODE_ENDPOINT, Base64.getEncoder().encodeToString(secret));
        } finally {
            Arrays.fill(secret, (byte) 0);
        }
    }
}
