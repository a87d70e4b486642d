package io.meshd.netio;

import java.io.IOException;
import java.net.InetAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The addresses at which this host could be reached. */
public final class HostAddresses {
    private HostAddresses() {}

    /**
     * Addresses that can be told to peers as endpoints: of interfaces that run, neither loopback nor link-local, not
     * tentative, failed or deprecated. In the kernel's order.
     *
     * @param excludedInterfaces indices of interfaces to leave out: the daemon's own TUN
     */
    public static List<HostAddress> endpoints(Netlink netlink, Set<Integer> excludedInterfaces) throws IOException {
        return select(netlink.links(), netlink.addresses(), excludedInterfaces);
    }

    /**
     * Without the addresses of tunnels, in each family that has any others: a path inside another tunnel is slower than one
     * beside it, and two tunnels that run inside each other carry nothing.
     */
    public static List<HostAddress> outsideTunnels(List<HostAddress> hosts) {
        return hosts.stream().filter(host -> !host.link().isTunnel() || hosts.stream().noneMatch(
                other -> !other.link().isTunnel() && isV6(other) == isV6(host))).toList();
    }

    private static boolean isV6(HostAddress host) {
        return SocketAddresses.isV6(host.address().address());
    }

    static List<HostAddress> select(List<Link> links, List<LocalAddress> addresses, Set<Integer> excludedInterfaces) {
        return of(links, addresses, HostAddresses::isEndpoint, link -> !excludedInterfaces.contains(link.index()));
    }

    /**
     * Addresses by which hosts in the same local network know this one: of interfaces that run and lead to several hosts,
     * no tunnels therefore, usable, link-local ones among them. In the kernel's order.
     *
     * @param excludedInterfaces indices of interfaces to leave out: the daemon's own TUN
     */
    public static List<HostAddress> local(Netlink netlink, Set<Integer> excludedInterfaces) throws IOException {
        return selectLocal(netlink.links(), netlink.addresses(), excludedInterfaces);
    }

    static List<HostAddress> selectLocal(List<Link> links, List<LocalAddress> addresses,
            Set<Integer> excludedInterfaces) {
        return of(links, addresses, HostAddresses::isLocal,
                link -> link.isMulticast() && !link.isPointToPoint() && !link.isTun()
                        && !excludedInterfaces.contains(link.index()));
    }

    private static List<HostAddress> of(List<Link> links, List<LocalAddress> addresses,
            Predicate<LocalAddress> isWanted, Predicate<Link> isLinkWanted) {
        Map<Integer, Link> byIndex = new HashMap<>();
        for (Link link : links) {
            if (link.isUp() && link.isRunning() && !link.isLoopback() && isLinkWanted.test(link)) {
                byIndex.put(link.index(), link);
            }
        }
        return addresses.stream()
                .filter(isWanted)
                .flatMap(address -> Stream.ofNullable(byIndex.get(address.interfaceIndex()))
                        .map(link -> new HostAddress(address, link)))
                .toList();
    }

    private static boolean isLocal(LocalAddress local) {
        InetAddress address = local.address();
        return local.isUsable() && !local.isDeprecated() && !address.isLoopbackAddress()
                && !address.isAnyLocalAddress() && !address.isMulticastAddress();
    }

    private static boolean isEndpoint(LocalAddress local) {
        return isLocal(local) && !local.address().isLinkLocalAddress();
    }
}
