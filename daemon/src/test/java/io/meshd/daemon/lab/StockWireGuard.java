package io.meshd.daemon.lab;

import static io.meshd.daemon.lab.LabHost.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A WireGuard device that nobody here wrote: Debian's wireguard-go, configured with {@code wg}. */
public final class StockWireGuard {
    private static final String LOG = "wireguard-go.log";

    private final LabHost host;
    private final String device;
    private String publicKey;

    /** Starts the device; {@code addresses} are its overlay addresses with their lengths. */
    public StockWireGuard(LabHost host, List<String> addresses, int port) {
        this.host = host;
        // The control sockets of all wireguard-go on a machine share one folder, whatever their namespaces.
        this.device = "wg" + Integer.toHexString(host.namespace().hashCode());
        host.start(LOG, "wireguard-go", "-f", device);
        Path socket = Path.of("/var/run/wireguard", device + ".sock");
        if (!await(Duration.ofSeconds(10), () -> Files.exists(socket))) {
            throw new IllegalStateException("wireguard-go did not start: " + host.log(LOG));
        }
        host.run("wg", "set", device, "listen-port", Integer.toString(port)).orThrow();
        publicKey = newKey();
        for (String address : addresses) {
            host.run("ip", "addr", "add", address, "dev", device).orThrow();
        }
        host.run("ip", "link", "set", device, "mtu", "1420", "up").orThrow();
    }

    private String newKey() {
        Path keyFile = write("wg.key", host.run("wg", "genkey").orThrow().out().strip());
        host.run("wg", "set", device, "private-key", keyFile.toString()).orThrow();
        return host.run("wg", "show", device, "public-key").orThrow().out().strip();
    }

    /** Gives the device another key; what it knows of its peers stays. */
    public void changeKey() {
        publicKey = newKey();
    }

    public LabHost host() {
        return host;
    }

    public String device() {
        return device;
    }

    public String publicKey() {
        return publicKey;
    }

    /** Sets a peer: {@code more} are further words of {@code wg set}, as in {@code persistent-keepalive 1}. */
    public void peer(String key, String allowedIps, String... more) {
        List<String> command = new ArrayList<>(List.of("wg", "set", device, "peer", key, "allowed-ips", allowedIps));
        command.addAll(List.of(more));
        host.run(command.toArray(String[]::new)).orThrow();
        for (String prefix : allowedIps.split(",", -1)) {
            host.run("ip", "route", "replace", prefix, "dev", device).orThrow();
        }
    }

    /** Writes a file of this host, readable by its owner only. */
    public Path write(String file, String content) {
        try {
            Path path = host.home().resolve(file);
            Files.writeString(path, content + "\n");
            host.run("chmod", "600", path.toString()).orThrow();
            return path;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A column of {@code wg show DEVICE WHAT} for the only peer, as in {@code latest-handshakes}. */
    public String show(String what) {
        String line = host.run("wg", "show", device, what).orThrow().out().strip();
        return line.substring(line.indexOf('\t') + 1);
    }
}
