package io.meshd.daemon.runtime;

import io.meshd.daemon.control.NetcheckReport;
import io.meshd.daemon.node.MeshNode;
import io.meshd.daemon.node.NeighbourView;
import io.meshd.identity.IpAddress;
import io.meshd.nat.CandidateKind;
import io.meshd.nat.NatView;
import io.meshd.nat.Observer;
import io.meshd.nat.OwnEndpoint;
import io.meshd.nat.PathView;
import io.meshd.nat.mapping.MappedPort;
import io.meshd.nat.mapping.MappingProtocol;
import io.meshd.nat.mapping.PortMappings;
import io.meshd.nat.stun.StunServerView;
import io.meshd.netio.DefaultGateway;
import io.meshd.netio.DefaultGateways;
import io.meshd.netio.Netlink;
import io.meshd.netio.Route;
import io.meshd.netio.RouteType;
import io.meshd.protocol.Capability;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns what node, routers and kernel say of the network into the answer to {@code netcheck}. */
final class Netcheck {
    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final double MILLI = 1e6;

    private final Host host;
    private final boolean mapsPorts;
    private final List<PortMappings.Attempt> attempts;

    /**
     * What the kernel says.
     *
     * @param gateways    the routers of default routes, for each family the one in use first
     * @param hasDefault4 whether there is a default route, over a router or not
     * @param hasDefault6 the same for IPv6
     * @param problem6    why the daemon has no socket for IPv6; null when it has one
     */
    record Host(List<DefaultGateway> gateways, boolean hasDefault4, boolean hasDefault6, @Nullable String problem6) {
        static Host look(int ownInterface, @Nullable String problem6) throws IOException {
            try (Netlink netlink = Netlink.open()) {
                List<Route> defaults = netlink.routes().stream().filter(route -> route.isDefault()
                        && route.type() == RouteType.UNICAST && route.interfaceIndex() != ownInterface).toList();
                return new Host(DefaultGateways.list(netlink, Set.of(ownInterface)),
                        defaults.stream().anyMatch(route -> !(route.destination() instanceof Inet6Address)),
                        defaults.stream().anyMatch(route -> route.destination() instanceof Inet6Address), problem6);
            }
        }
    }

    Netcheck(Host host, boolean mapsPorts, List<PortMappings.Attempt> attempts) {
        this.host = host;
        this.mapsPorts = mapsPorts;
        this.attempts = attempts;
    }

    NetcheckReport report(MeshNode node, Reports reports) {
        Map<MappedPort, Boolean> mapped = node.insight().mappedPorts();
        List<OwnEndpoint> all = node.insight().ownEndpoints().all(reports.nowNanos());
        List<OwnEndpoint> seen = node.insight().ownEndpoints().publicEndpoints(reports.nowNanos());
        Collection<NeighbourView> neighbours = node.neighbours(reports.nowNanos());
        return new NetcheckReport(
                List.of(family(node, reports, false, all, mapped), family(node, reports, true, all, mapped)),
                seen.stream().map(own -> endpoint(own, reports)).toList(), portMapping(mapped, reports.nowNanos()),
                node.insight().stunServers().stream().map(server -> server(server, reports.nowNanos())).toList(),
                neighbours.stream().filter(view -> view.grant().relayCapable()).map(Netcheck::relay).toList(),
                neighbours.stream().flatMap(view -> path(view, reports).stream()).toList(),
                node.insight().bindingLifetimeNanos() / SECOND_NANOS);
    }

    private NetcheckReport.Family family(MeshNode node, Reports reports, boolean v6, List<OwnEndpoint> all,
            Map<MappedPort, Boolean> mapped) {
        List<OwnEndpoint> local = all.stream()
                .filter(own -> own.kind() == CandidateKind.LOCAL && isV6(own.endpoint()) == v6).toList();
        DefaultGateway gateway = host.gateways.stream().filter(one -> one.local() instanceof Inet6Address == v6)
                .findFirst().orElse(null);
        NatView nat = node.insight().ownEndpoints().nat(reports.nowNanos(), v6);
        boolean isSeen = all.stream().anyMatch(own -> isV6(own.endpoint()) == v6 && !own.observers().isEmpty());
        boolean isMapped = mapped.entrySet().stream()
                .anyMatch(entry -> entry.getValue() && isV6(entry.getKey().external()) == v6);
        String problem = v6 ? host.problem6 : null;
        return new NetcheckReport.Family(v6 ? "ipv6" : "ipv4", !local.isEmpty() && problem == null, problem,
                local.stream().map(own -> text(own.endpoint().getAddress())).toList(),
                v6 ? host.hasDefault6 : host.hasDefault4, gateway == null ? null : text(gateway.router()),
                gateway == null ? null : text(gateway.local()),
                new NetcheckReport.Nat(Reports.mapping(nat.mapping()), nat.filtering().label(), nat.portStep(),
                        nat.ports(), NatMeaning.of(nat, isSeen, isMapped)));
    }

    private static NetcheckReport.PublicEndpoint endpoint(OwnEndpoint own, Reports reports) {
        return new NetcheckReport.PublicEndpoint(new Endpoint.Direct(own.endpoint()).toString(), own.kind().label(),
                own.observers().stream().map(observer -> switch (observer) {
                    case Observer.Peer peer -> new NetcheckReport.Observer(reports.name(peer.key()), "peer");
                    case Observer.StunServer server ->
                        new NetcheckReport.Observer(new Endpoint.Direct(server.at()).toString(), "stun");
                }).toList(), (reports.nowNanos() - own.lastNanos()) / SECOND_NANOS);
    }

    private NetcheckReport.PortMapping portMapping(Map<MappedPort, Boolean> mapped, long nowNanos) {
        List<NetcheckReport.Mapping> mappings = new ArrayList<>();
        mapped.forEach((port, confirmed) -> mappings.add(new NetcheckReport.Mapping(label(port.protocol()),
                text(port.gateway().router()), new Endpoint.Direct(port.external()).toString(), port.isPublic(),
                confirmed, lifetimeSeconds(port, nowNanos))));
        return new NetcheckReport.PortMapping(mapsPorts, mappings, attempts.stream()
                .map(attempt -> new NetcheckReport.Attempt(text(attempt.gateway().router()),
                        label(attempt.protocol()), attempt.state()))
                .toList());
    }

    private @Nullable Long lifetimeSeconds(MappedPort port, long nowNanos) {
        return attempts.stream()
                .filter(attempt -> attempt.isUsed() && attempt.gateway().equals(port.gateway())
                        && attempt.untilNanos() != Deadlines.NEVER)
                .map(attempt -> (attempt.untilNanos() - nowNanos) / SECOND_NANOS).findFirst().orElse(null);
    }

    private static NetcheckReport.StunServer server(StunServerView server, long nowNanos) {
        String place = server.place().toString();
        boolean isKnown = server.atNanos() != Deadlines.NEVER;
        InetSocketAddress at = server.at();
        return new NetcheckReport.StunServer(place, at == null ? null : new Endpoint.Direct(at).toString(),
                server.answers() ? server.tookNanos() / MILLI : null,
                server.answers()
                        ? null
                        : at == null ? "its name has no address" : isKnown ? "no answer" : "no answer yet",
                isKnown ? (nowNanos - server.atNanos()) / SECOND_NANOS : null);
    }

    private static NetcheckReport.Relay relay(NeighbourView view) {
        boolean serves = view.record() != null && (view.record().capabilities() & Capability.RELAY) != 0;
        boolean isDirect = view.hasSession() && view.endpoint() instanceof Endpoint.Direct;
        String reason = !view.hasSession()
                ? "no session with it"
                : !serves ? "it does not serve" : !isDirect ? "it is itself reached by a relay" : null;
        Double rtt = view.candidates().stream().filter(PathView::chosen).map(PathView::rttMillis)
                .filter(Objects::nonNull).findFirst().orElse(null);
        return new NetcheckReport.Relay(view.grant().name(), reason == null, reason, rtt);
    }

    private static List<NetcheckReport.Path> path(NeighbourView view, Reports reports) {
        String place = reports.place(view.endpoint());
        return view.hasSession() && place != null && view.mtuBytes() != null
                ? List.of(new NetcheckReport.Path(view.grant().name(), place, view.mtuBytes()))
                : List.of();
    }

    private static String label(MappingProtocol protocol) {
        return protocol.label().toLowerCase(Locale.ROOT);
    }

    private static String text(InetAddress address) {
        return IpAddress.of(address).toString();
    }

    private static boolean isV6(InetSocketAddress endpoint) {
        return endpoint.getAddress() instanceof Inet6Address;
    }
}
