package io.meshd.daemon.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.meshd.daemon.config.InterfaceAddress;
import io.meshd.daemon.config.Side;
import io.meshd.daemon.control.ControlException;
import io.meshd.identity.IpAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where devices find this node.
 *
 * @param place    HOST:PORT
 * @param isPublic whether others have seen it there, rather than that this host has the address
 */
record NodePlace(String place, boolean isPublic) {
    /** As the running daemon knows it, else by this host's own addresses; null when there is none. */
    static @Nullable NodePlace find(Invocation invocation, Side node) throws CommandException {
        int port = node.config().node().listenPort();
        try {
            JsonNode status = invocation.daemon().report("status");
            JsonNode seen = status.path("public_endpoints");
            if (!seen.isEmpty()) {
                return new NodePlace(seen.get(0).asText(), true);
            }
            port = status.path("listen_port").asInt(port);
        } catch (IOException | ControlException _) {
            // Not running: what is configured has to do.
        }
        IpAddress own = port == 0 ? null : ownAddress(node);
        return own == null ? null : new NodePlace((own.isV6() ? "[" + own + "]" : own.toString()) + ":" + port, false);
    }

    /** IPv4 first: more networks have it. */
    private static @Nullable IpAddress ownAddress(Side node) {
        List<IpAddress> found = new ArrayList<>();
        try {
            for (NetworkInterface device : NetworkInterface.networkInterfaces().toList()) {
                if (device.isUp() && !device.isLoopback() && !device.isPointToPoint()) {
                    device.inetAddresses().filter(address -> isOutside(node, address)).map(IpAddress::of)
                            .forEach(found::add);
                }
            }
        } catch (SocketException _) {
            return null;
        }
        return found.stream().min(Comparator.comparing(IpAddress::isV6)).orElse(null);
    }

    private static boolean isOutside(Side node, InetAddress address) {
        return !address.isLinkLocalAddress() && node.config().interfaceAddresses(node.key()).stream()
                .map(InterfaceAddress::network).noneMatch(range -> range.contains(IpAddress.of(address)));
    }
}
