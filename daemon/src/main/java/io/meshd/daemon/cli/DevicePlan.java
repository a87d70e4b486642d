package io.meshd.daemon.cli;

import io.meshd.daemon.config.Devices;
import io.meshd.daemon.config.Side;
import io.meshd.identity.AuthorizedKey;
import io.meshd.identity.Prefix;
import io.meshd.identity.TrustedPeer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a stock WireGuard device is to be configured with, but for its secrets.
 *
 * @param device       how this node calls it
 * @param node         what this node calls itself
 * @param addresses    of the device, each alone: what lies behind it is no link of its interface
 * @param behind       networks that the device leads to
 * @param mtu          of the device's interface
 * @param nodeKey      this node's key in tunnels
 * @param allowedIps   what the device sends to this node
 * @param endpoint     where the device finds this node; null when that is not known
 * @param keepaliveSeconds how often the device says something, so that NATs let this node answer; 0: never
 */
record DevicePlan(String device, String node, List<Prefix> addresses, List<Prefix> behind, int mtu, String nodeKey,
        List<Prefix> allowedIps, @Nullable String endpoint, int keepaliveSeconds) {
    /** As WireGuard's own documentation advises for hosts behind NATs. */
    static final int KEEPALIVE_SECONDS = 25;

    DevicePlan {
        addresses = List.copyOf(addresses);
        behind = List.copyOf(behind);
        allowedIps = List.copyOf(allowedIps);
    }

    /** For a device of this node; {@code allowedIps} is empty for all that the mesh has. */
    static DevicePlan of(Side node, TrustedPeer device, List<Prefix> allowedIps, @Nullable String endpoint) {
        List<Prefix> addresses = new ArrayList<>();
        List<Prefix> behind = new ArrayList<>();
        for (Prefix prefix : device.prefixes()) {
            if (prefix.length() == prefix.address().bits()) {
                addresses.add(prefix);
            } else if (!prefix.isDefaultRoute()) {
                behind.add(prefix);
            }
        }
        boolean calls = device.entry() instanceof AuthorizedKey.Stock stock && stock.endpoint() == null;
        return new DevicePlan(device.name(), node.config().node().name(), addresses, behind, node.config().tun().mtu(),
                node.key().tunnelKey().base64(),
                allowedIps.isEmpty() ? Devices.destinations(node, device.tunnelKey()) : allowedIps, endpoint,
                calls ? KEEPALIVE_SECONDS : 0);
    }

    /**
     * The configuration, as {@code wg-quick} and WireGuard's apps read it.
     *
     * @param privateKey   in base64; null leaves its place for the operator
     * @param presharedKey in base64; null when there is none
     */
    String text(@Nullable String privateKey, @Nullable String presharedKey) {
        StringBuilder text = new StringBuilder("# ").append(device).append(", a device of the meshd node ").append(node)
                .append("\n[Interface]\n");
        text.append(privateKey == null
                ? "# PrivateKey = (only the device has it: put it here)\n"
                : "PrivateKey = " + privateKey + "\n");
        text.append(addresses.isEmpty()
                ? "# Address = (an address of the device in " + joined(behind) + ")\n"
                : "Address = " + joined(addresses) + "\n");
        text.append("MTU = ").append(mtu).append("\n\n[Peer]\nPublicKey = ").append(nodeKey).append('\n');
        if (presharedKey != null) {
            text.append("PresharedKey = ").append(presharedKey).append('\n');
        }
        text.append("AllowedIPs = ").append(joined(allowedIps)).append('\n');
        text.append(endpoint == null
                ? "# Endpoint = (HOST:PORT where the device finds this node)\n"
                : "Endpoint = " + endpoint + "\n");
        if (keepaliveSeconds > 0) {
            text.append("PersistentKeepalive = ").append(keepaliveSeconds).append('\n');
        }
        return text.toString();
    }

    /** The same without what is for people, so that a QR code of it is no larger than it must be. */
    static String bare(String text) {
        StringBuilder bare = new StringBuilder();
        text.lines().filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .forEach(line -> bare.append(line).append('\n'));
        return bare.toString();
    }

    private static String joined(List<Prefix> prefixes) {
        return prefixes.isEmpty() ? "…" : String.join(", ", prefixes.stream().map(Prefix::toString).toList());
    }
}
