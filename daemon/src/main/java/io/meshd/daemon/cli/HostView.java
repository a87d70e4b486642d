package io.meshd.daemon.cli;

import io.meshd.daemon.files.FileException;
import io.meshd.identity.IpAddress;
import io.meshd.identity.Prefix;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.nio.channels.DatagramChannel;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** What {@code doctor} sees of the host. */
class HostView {
    private static final Path TUN = Path.of("/dev/net/tun");
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String EFFECTIVE = "CapEff:";
    private static final int CAP_NET_ADMIN = 12;

    /**
     * A network that an interface of this host is on.
     *
     * @param device   the interface
     * @param network  its network
     * @param isTunnel whether it leads to one other end, as TUN devices do
     */
    record LocalNetwork(String device, Prefix network, boolean isTunnel) {}

    /** What the device for TUN interfaces answers: empty when it opens, else why not. */
    String tunFault() {
        if (!Files.exists(TUN)) {
            return TUN + " does not exist: load the module with `modprobe tun`, or give it to the container";
        }
        try (FileChannel _ = FileChannel.open(TUN, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return "";
        } catch (IOException e) {
            return FileException.line(e);
        }
    }

    /** Whether this process may configure the network. */
    boolean hasNetAdmin() {
        try {
            return Files.readAllLines(STATUS).stream().filter(line -> line.startsWith(EFFECTIVE))
                    .map(line -> line.substring(EFFECTIVE.length()).strip())
                    .anyMatch(hex -> (Long.parseUnsignedLong(hex, 16) >>> CAP_NET_ADMIN & 1) == 1);
        } catch (IOException _) {
            return false;
        }
    }

    /** Whether the UDP port can be bound. */
    boolean isPortFree(int port) {
        try (DatagramChannel channel = DatagramChannel.open()) {
            channel.bind(new InetSocketAddress(port));
            return true;
        } catch (IOException _) {
            return false;
        }
    }

    /** The networks of all interfaces but loopback. */
    List<LocalNetwork> localNetworks() throws IOException {
        List<LocalNetwork> networks = new ArrayList<>();
        for (NetworkInterface device : NetworkInterface.networkInterfaces().toList()) {
            if (device.isLoopback()) {
                continue;
            }
            for (InterfaceAddress address : device.getInterfaceAddresses()) {
                IpAddress ip = IpAddress.of(address.getAddress());
                int length = Math.clamp(address.getNetworkPrefixLength(), 0, ip.bits());
                if (!address.getAddress().isLinkLocalAddress()) {
                    networks.add(
                            new LocalNetwork(device.getName(), Prefix.around(ip, length), device.isPointToPoint()));
                }
            }
        }
        return networks;
    }

    /** A switch of the kernel, such as "net/ipv4/ip_forward"; empty when it does not exist. */
    String sysctl(String path) {
        try {
            return Files.readString(Path.of("/proc/sys").resolve(path)).strip();
        } catch (IOException _) {
            return "";
        }
    }
}
