package io.meshd.netio;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The routers of this host, one for each interface and family. */
public final class DefaultGateways {
    /** What the kernel takes for an IPv6 route without a metric. */
    private static final int METRIC_V6 = 1_024;

    private DefaultGateways() {}

    /**
     * The gateways of the main table's default routes over interfaces that run, the one in use of each family first.
     *
     * @param excludedInterfaces indices of interfaces to leave out: the daemon's own TUN
     */
    public static List<DefaultGateway> list(Netlink netlink, Set<Integer> excludedInterfaces) throws IOException {
        return select(netlink.routes(), HostAddresses.endpoints(netlink, excludedInterfaces));
    }

    static List<DefaultGateway> select(List<Route> routes, List<HostAddress> hosts) {
        List<DefaultGateway> found = new ArrayList<>();
        routes.stream()
                .filter(route -> route.isDefault() && route.table() == Route.MAIN_TABLE
                        && route.type() == RouteType.UNICAST && route.gateway() != null)
                .sorted(Comparator.comparing((Route route) -> SocketAddresses.isV6(route.destination()))
                        .thenComparingInt(DefaultGateways::metric))
                .forEach(route -> {
                    DefaultGateway gateway = gateway(route, hosts);
                    if (gateway != null && found.stream().noneMatch(known -> isSame(known, gateway))) {
                        found.add(gateway);
                    }
                });
        return List.copyOf(found);
    }

    private static int metric(Route route) {
        return route.metric() == 0 && SocketAddresses.isV6(route.destination()) ? METRIC_V6 : route.metric();
    }

    private static boolean isSame(DefaultGateway a, DefaultGateway b) {
        return a.interfaceIndex() == b.interfaceIndex()
                && SocketAddresses.isV6(a.local()) == SocketAddresses.isV6(b.local());
    }

    private static @Nullable DefaultGateway gateway(Route route, List<HostAddress> hosts) {
        InetAddress router = route.gateway();
        if (router == null) {
            return null;
        }
        boolean v6 = SocketAddresses.isV6(router);
        // IPv4 routes may lead over IPv6 routers (RFC 8950), of whom nobody can ask an IPv4 port.
        InetAddress local = v6 != SocketAddresses.isV6(route.destination())
                ? null
                : hosts.stream().map(HostAddress::address)
                        .filter(host -> host.interfaceIndex() == route.interfaceIndex()
                                && SocketAddresses.isV6(host.address()) == v6)
                        .sorted(Comparator.comparing((LocalAddress host) -> !isOnLink(host, router))
                                .thenComparing(LocalAddress::isTemporary))
                        .map(LocalAddress::address).findFirst().orElse(null);
        return local == null
                ? null
                : new DefaultGateway(scoped(router, route.interfaceIndex()), local, route.interfaceIndex(),
                        metric(route));
    }

    /** Of several addresses the one in the router's own network is what it will forward to. */
    private static boolean isOnLink(LocalAddress host, InetAddress router) {
        byte[] a = host.address().getAddress();
        byte[] b = router.getAddress();
        for (int bit = 0; bit < host.length(); bit++) {
            if (((a[bit / 8] ^ b[bit / 8]) & (0x80 >> bit % 8)) != 0) {
                return false;
            }
        }
        return true;
    }

    private static InetAddress scoped(InetAddress router, int interfaceIndex) {
        if (!router.isLinkLocalAddress() || !SocketAddresses.isV6(router)) {
            return router;
        }
        try {
            return Inet6Address.getByAddress(null, router.getAddress(), interfaceIndex);
        } catch (UnknownHostException e) {
            throw new AssertionError("16 bytes are always an address", e);
        }
    }
}
