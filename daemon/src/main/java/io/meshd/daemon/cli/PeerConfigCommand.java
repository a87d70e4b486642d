package io.meshd.daemon.cli;

import io.meshd.daemon.config.ConfigException;
import io.meshd.daemon.files.FileMode;
import io.meshd.identity.Suggestion;
import io.meshd.identity.TrustedPeer;
import io.meshd.identity.TunnelPrivateKey;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.commons.cli.Option;
import org.jspecify.annotations.Nullable;

/** Prints the configuration of a stock WireGuard device again. */
final class PeerConfigCommand implements Command {
    private static final String ENDPOINT = "endpoint";
    private static final String PRIVATE_KEY = "private-key";
    private static final int KEY_FILE_MAX_BYTES = 4096;

    @Override
    public CommandSpec spec() {
        List<Option> options = new ArrayList<>(List.of(
                CommandSpec.value(ENDPOINT, "HOST:PORT", "where the device finds this node; default: where it is seen"),
                CommandSpec.value(PRIVATE_KEY, "FILE", "the device's private key, as `wg genkey` prints it")));
        options.addAll(DeviceOutput.options());
        return CommandSpec.of("peer config", "Print the wg-quick configuration of a stock WireGuard device.")
                .taking("NAME", 1, 1)
                .saying("For routers as a file, for phones as a QR code. This node does not know the device's private key:",
                        "without --private-key its line is left to be filled in. What the device sends here grows with",
                        "trust, so print it anew when peers with prefixes of their own have come.")
                .reporting()
                .with(options.toArray(Option[]::new))
                .example("meshd peer config router --endpoint vpn.example:51821 --out router.conf",
                        "for a router that knows its own key")
                .example("meshd peer config phone --private-key phone.key --qr", "a QR code for WireGuard's app");
    }

    @Override
    public int run(Invocation invocation) throws CommandException, ConfigException, IOException {
        boolean asJson = invocation.isJson();
        TrustFiles files = TrustFiles.of(invocation);
        TrustedPeer device = device(files, Objects.requireNonNull(invocation.argument(0)));
        DeviceOutput output = new DeviceOutput(invocation, files.side(), device);
        String text = output.text(ENDPOINT, privateKey(invocation, device));
        if (asJson) {
            Map<String, Object> document = new LinkedHashMap<>();
            document.put("name", device.name());
            document.put("config", text);
            invocation.json(document);
        } else {
            output.print(text);
        }
        output.tellWhatElse();
        return ExitStatus.DONE;
    }

    private static TrustedPeer device(TrustFiles files, String name) throws CommandException {
        TrustedPeer peer = files.side().trust().peer(name);
        if (peer == null) {
            throw CommandException.failed("no device is called " + name + Suggestion.hint(name, files.names())
                    + ": see `meshd trust list`");
        }
        if (!peer.isStock()) {
            throw CommandException.failed(name + " is a meshd node, which is not configured as a WireGuard device");
        }
        return peer;
    }

    /** In base64, if a file holds it. */
    private static @Nullable String privateKey(Invocation invocation, TrustedPeer device)
            throws CommandException, IOException {
        String given = invocation.value(PRIVATE_KEY);
        if (given == null) {
            return null;
        }
        Path file = invocation.path(given);
        if (Files.exists(file)) {
            FileMode.requireSecret(file, "private key");
        }
        byte[] content;
        try (var in = Files.newInputStream(file)) {
            content = in.readNBytes(KEY_FILE_MAX_BYTES);
        }
        String text = new String(content, StandardCharsets.US_ASCII).strip();
        Arrays.fill(content, (byte) 0);
        byte[] secret = decode(text);
        if (secret.length != TunnelPrivateKey.BYTES) {
            throw invocation.usage("option --private-key: " + file + " holds no base64 of 32 bytes");
        }
        TunnelPrivateKey key = TunnelPrivateKey.of(secret);
        Arrays.fill(secret, (byte) 0);
        key.destroy();
        if (!key.publicKey().equals(device.tunnelKey())) {
            throw CommandException.failed(file + " is not the private key of " + device.name());
        }
        return text;
    }

    private static byte[] decode(String text) {
        try {
            return Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException _) {
            return new byte[0];
        }
    }
}
