package io.meshd.daemon.cli;

import io.meshd.daemon.config.Devices;
import io.meshd.daemon.config.Side;
import io.meshd.daemon.config.TrustStore;
import io.meshd.daemon.files.Access;
import io.meshd.daemon.files.AtomicFile;
import io.meshd.identity.HostPort;
import io.meshd.identity.Prefix;
import io.meshd.identity.PresharedKey;
import io.meshd.identity.TrustedPeer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.apache.commons.cli.Option;
import org.jspecify.annotations.Nullable;

/** Prints what a stock device is configured with, and what others need to know of it. */
final class DeviceOutput {
    private static final String QR = "qr";
    private static final String OUT = "out";
    private static final String ALLOWED = "allowed-ips";

    private final Invocation invocation;
    private final Side node;
    private final TrustedPeer device;

    DeviceOutput(Invocation invocation, Side node, TrustedPeer device) {
        this.invocation = invocation;
        this.node = node;
        this.device = device;
    }

    /** The options that decide how it is printed. */
    static List<Option> options() {
        return List.of(CommandSpec.flag(QR, "draw it as a QR code too, for WireGuard's apps"),
                CommandSpec.value(OUT, "FILE", "write the configuration to FILE, for its owner only"),
                CommandSpec.value(ALLOWED, "CIDR,…", "what the device sends here; default: all that the mesh has"));
    }

    /**
     * The configuration.
     *
     * @param endpointOption names this node's place, if it was given
     * @param privateKey     in base64; null when only the device has it
     */
    String text(String endpointOption, @Nullable String privateKey) throws CommandException, IOException {
        DevicePlan plan = DevicePlan.of(node, device, allowed(), endpoint(endpointOption));
        PresharedKey secret = TrustStore.presharedKey(device);
        if (secret == null) {
            return plan.text(privateKey, null);
        }
        byte[] bytes = secret.copyOfSecret();
        secret.destroy();
        String text = plan.text(privateKey, Base64.getEncoder().encodeToString(bytes));
        Arrays.fill(bytes, (byte) 0);
        return text;
    }

    private List<Prefix> allowed() throws CommandException {
        List<Prefix> allowed = new ArrayList<>();
        for (String list : invocation.values(ALLOWED)) {
            for (String text : list.split(",", -1)) {
                allowed.add(TrustCommand.option(invocation, ALLOWED, text.strip(), Prefix::parse));
            }
        }
        return allowed;
    }

    private @Nullable String endpoint(String option) throws CommandException {
        String given = invocation.value(option);
        if (given != null) {
            return TrustCommand.option(invocation, option, given, HostPort::parse).toString();
        }
        NodePlace place = NodePlace.find(invocation, node);
        if (place == null) {
            invocation.warn("this node has no address that the device could find it at: give --" + option);
            return null;
        }
        if (!place.isPublic()) {
            invocation.warn("nobody has seen this node from outside, so the endpoint is this host's own address "
                    + place.place() + ": a device elsewhere needs another, --" + option + " HOST:PORT");
        }
        return place.place();
    }

    /** Prints it, or writes it where the command line says. */
    void print(String text) throws CommandException, IOException {
        String out = invocation.value(OUT);
        if (out == null) {
            invocation.text(text);
        } else {
            AtomicFile.write(invocation.path(out), text, Access.SECRET);
            invocation.line("written to " + invocation.path(out));
        }
        if (invocation.has(QR)) {
            if (!text.contains("\nPrivateKey")) {
                invocation.warn("the QR code lacks the private key, which only the device has: apps refuse it");
            }
            invocation.text(QrText.of(DevicePlan.bare(text)));
        }
    }

    private static boolean forwards(String setting) {
        try {
            return Files.readString(Path.of("/proc/sys").resolve(setting)).strip().equals("1");
        } catch (IOException _) {
            // The host does not have this family.
            return true;
        }
    }

    /** What is to be done elsewhere, so that not only this node and the device reach each other. */
    void tellWhatElse() {
        List<String> off = new ArrayList<>();
        if (!forwards("net/ipv4/ip_forward")) {
            off.add("net.ipv4.ip_forward=1");
        }
        if (!forwards("net/ipv6/conf/all/forwarding")) {
            off.add("net.ipv6.conf.all.forwarding=1");
        }
        if (!off.isEmpty()) {
            invocation
                    .note("this host does not forward, so " + device.name() + " reaches this node only. For the others:"
                            + " sysctl -w " + String.join(" ", off));
        }
        if (!Devices.outside(node.trust(), device).isEmpty()) {
            StringBuilder line = new StringBuilder("meshd trust ").append(node.key().peerId()).append(" --name ")
                    .append(node.config().node().name());
            node.trust().ownPrefixes().forEach(prefix -> line.append(" --prefix ").append(prefix));
            node.trust().peers().forEach(peer -> Devices.outside(node.trust(), peer)
                    .forEach(prefix -> line.append(" --prefix ").append(prefix)));
            invocation.note("other members reach " + device.name()
                    + " once they grant its addresses to this node; run there: " + line);
        }
    }
}
