package io.meshd.daemon.doctor;

import io.meshd.identity.IpAddress;
import io.meshd.identity.Prefix;
import io.meshd.netio.Link;
import io.meshd.netio.LocalAddress;
import io.meshd.netio.Route;
import io.meshd.netio.RouteType;
import io.meshd.netio.RoutingRule;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The kernel's network configuration at one moment.
 *
 * @param links     all interfaces
 * @param addresses all addresses
 * @param routes    all routes
 * @param rules     all routing rules
 */
record NetworkView(List<Link> links, List<LocalAddress> addresses, List<Route> routes, List<RoutingRule> rules) {
    NetworkView {
        links = List.copyOf(links);
        addresses = List.copyOf(addresses);
        routes = List.copyOf(routes);
        rules = List.copyOf(rules);
    }

    /**
     * An address of this host.
     *
     * @param link    the interface
     * @param address the address
     * @param network what is on the link
     */
    record Local(Link link, IpAddress address, Prefix network) {}

    static NetworkView of(HostView host) throws IOException {
        return new NetworkView(host.links(), host.addresses(), host.routes(), host.rules());
    }

    @Nullable
    Link link(String name) {
        return links.stream().filter(link -> link.name().equals(name)).findFirst().orElse(null);
    }

    @Nullable
    Link link(int index) {
        return links.stream().filter(link -> link.index() == index).findFirst().orElse(null);
    }

    /** The addresses of all interfaces but loopback and one more; link-local ones are everybody's. */
    List<Local> localsBeside(String device) {
        return links.stream().filter(link -> !link.isLoopback() && !link.name().equals(device))
                .flatMap(link -> addresses.stream()
                        .filter(address -> address.interfaceIndex() == link.index()
                                && !address.address().isLinkLocalAddress())
                        .map(address -> local(link, address)))
                .toList();
    }

    private static Local local(Link link, LocalAddress address) {
        IpAddress ip = IpAddress.of(address.address());
        return new Local(link, ip, Prefix.around(ip, address.length()));
    }

    static Prefix prefix(Route route) {
        return Prefix.around(IpAddress.of(route.destination()), route.length());
    }

    /** The default route of a family that the main table has, the preferred one; null when there is none. */
    @Nullable
    Route defaultRoute(boolean isV6) {
        return routes.stream().filter(route -> route.isDefault() && route.type() == RouteType.UNICAST
                && route.table() == Route.MAIN_TABLE && IpAddress.of(route.destination()).isV6() == isV6)
                .min((a, b) -> Integer.compareUnsigned(a.metric(), b.metric())).orElse(null);
    }
}
