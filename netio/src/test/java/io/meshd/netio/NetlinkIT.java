package io.meshd.netio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@NeedsNamespaces
@Timeout(60)
class NetlinkIT {
    private final Namespace.Factory namespaces = new Namespace.Factory("nl");
    private Namespace namespace;
    private Netlink netlink;

    @BeforeEach
    void enter() throws Exception {
        namespace = namespaces.createPair().getFirst();
        netlink = namespace.call(Netlink::open);
    }

    @AfterEach
    void cleanUp() throws IOException {
        netlink.close();
        namespaces.close();
    }

    private Link veth() throws IOException {
        return Objects.requireNonNull(netlink.link("veth0"));
    }

    private static InetAddress address(String text) throws IOException {
        return InetAddress.getByName(text);
    }

    @Test
    void listsAndChangesLinks() throws IOException {
        assertThat(netlink.links()).extracting(Link::name).containsExactlyInAnyOrder("lo", "veth0");
        assertThat(veth()).matches(Link::isUp).extracting(Link::kind, Link::mtu).containsExactly("veth", 1500);
        netlink.setMtu(veth().index(), 1300);
        netlink.setUp(veth().index(), false);
        assertThat(veth()).matches(link -> !link.isUp()).extracting(Link::mtu).isEqualTo(1300);
        netlink.deleteLink(veth().index());
        assertThat(netlink.link("veth0")).isNull();
        assertThatThrownBy(() -> netlink.setUp(99, true)).isInstanceOf(NetlinkException.class)
                .hasMessageStartingWith("switch interface 99 on: ");
    }

    @Test
    void addsAndRemovesAddresses() throws IOException {
        int index = veth().index();
        netlink.addAddress(index, address("10.42.0.1"), 24, true);
        netlink.addAddress(index, address("10.42.0.1"), 24, true);
        netlink.addAddress(index, address("10.43.0.1"), 24, false);
        netlink.addAddress(index, address("fd42::1"), 64, false);
        assertThat(netlink.addresses()).filteredOn(each -> each.interfaceIndex() == index)
                .extracting(each -> each.address().getHostAddress() + "/" + each.length())
                .contains("10.42.0.1/24", "10.43.0.1/24", "fd42:0:0:0:0:0:0:1/64");
        assertThat(namespace.ip("route")).contains("10.42.0.0/24").doesNotContain("10.43.0.0/24");
        assertThat(namespace.ip("-6 route")).doesNotContain("fd42:");
        assertThat(netlink.addresses()).filteredOn(each -> each.address().getHostAddress().startsWith("fd42"))
                .allMatch(LocalAddress::isUsable).hasSize(1);
        netlink.deleteAddress(index, address("10.42.0.1"), 24);
        netlink.deleteAddress(index, address("fd42::1"), 64);
        assertThat(namespace.ip("addr")).doesNotContain("10.42.0.1").doesNotContain("fd42::1");
        assertThatThrownBy(() -> netlink.deleteAddress(index, address("10.42.0.1"), 24))
                .isInstanceOfSatisfying(NetlinkException.class, e -> assertThat(e.isMissing()).isTrue())
                .hasMessageContaining("remove address 10.42.0.1/24 from interface " + index);
    }

    @Test
    void listsOnlyAddressesThatPeersCanReach() throws IOException {
        assertThat(HostAddresses.endpoints(netlink, Set.of())).extracting(HostAddress::toString)
                .containsExactlyInAnyOrder("10.0.0.1/24 dev veth0", "fd00:0:0:0:0:0:0:1/64 dev veth0");
        assertThat(HostAddresses.endpoints(netlink, Set.of(veth().index()))).isEmpty();
    }

    @Test
    void addsReplacesAndRemovesRoutes() throws IOException {
        int index = veth().index();
        List<Route> routes = List.of(
                Route.via(index, address("10.42.0.0"), 16, 0), Route.via(index, address("10.42.0.0"), 16, 77),
                Route.via(index, address("fd42::"), 48, 77), Route.unreachable(address("10.44.0.0"), 16, 900),
                Route.unreachable(address("fd44::"), 48, 900),
                Route.via(index, address("0.0.0.0"), 0, 0).inTable(51821),
                Route.via(index, address("::"), 0, 5).inTable(51821),
                new Route(address("198.51.100.0"), 24, index, 0, Route.MAIN_TABLE, RouteType.UNICAST,
                        Route.OWN_PROTOCOL, address("10.0.0.2")));
        for (Route route : routes) {
            netlink.addRoute(route);
            assertThatThrownBy(() -> netlink.addRoute(route)).isInstanceOfSatisfying(NetlinkException.class,
                    e -> assertThat(e.isPresent()).isTrue());
            netlink.replaceRoute(route);
        }
        List<Route> listed = netlink.routes(Route.OWN_PROTOCOL);
        assertThat(listed).hasSize(routes.size()).allMatch(Route::isOwn);
        // The kernel shows unreachable IPv6 routes on lo.
        assertThat(listed).containsAll(routes.stream().filter(r -> !r.toString().contains("unreachable fd")).toList());
        assertThat(netlink.routes().size()).isGreaterThan(listed.size());
        assertThat(namespace.ip("route")).contains("10.42.0.0/16 dev veth0 proto 161 scope link metric 77")
                .contains("unreachable 10.44.0.0/16 proto 161 metric 900")
                .contains("198.51.100.0/24 via 10.0.0.2 dev veth0 proto 161");
        assertThat(namespace.ip("-6 route show table 51821")).contains("default dev veth0 proto 161");
        for (Route route : routes) {
            netlink.deleteRoute(route);
        }
        assertThat(netlink.routes(Route.OWN_PROTOCOL)).isEmpty();
        assertThatThrownBy(() -> netlink.deleteRoute(routes.getFirst()))
                .isInstanceOfSatisfying(NetlinkException.class, e -> assertThat(e.isMissing()).isTrue())
                .hasMessage("remove route 10.42.0.0/16 dev #" + index + ": No such process (errno 3)");
    }

    @Test
    void tellsWhatTheKernelSays() throws IOException {
        Route through = new Route(address("198.51.100.0"), 24, veth().index(), 0, Route.MAIN_TABLE, RouteType.UNICAST,
                Route.OWN_PROTOCOL, address("203.0.113.1"));
        assertThatThrownBy(() -> netlink.addRoute(through)).hasMessageContaining("Nexthop has invalid gateway");
        netlink.setUp(veth().index(), false);
        assertThatThrownBy(() -> netlink.addRoute(Route.via(veth().index(), address("10.42.0.0"), 16, 0)))
                .hasMessageContaining("add route 10.42.0.0/16 dev #").hasMessageContaining("Network is down");
    }

    @Test
    void sendsDefaultTrafficThroughATunnelAsWgQuickDoes() throws IOException {
        for (boolean v6 : new boolean[]{false, true}) {
            List<RoutingRule> rules = List.of(RoutingRule.unmarked(v6, 0xca6d, 51821),
                    RoutingRule.mainWithoutDefault(v6));
            for (RoutingRule rule : rules) {
                netlink.addRule(rule);
            }
            assertThat(netlink.rules()).filteredOn(RoutingRule::isOwn).filteredOn(rule -> rule.isV6() == v6).hasSize(2)
                    .allMatch(listed -> rules.stream().anyMatch(rule -> rule.matches(listed)));
            String shown = namespace.ip((v6 ? "-6" : "-4") + " rule");
            assertThat(shown).contains("not from all fwmark 0xca6d lookup 51821")
                    .contains("from all lookup main suppress_prefixlength 0");
            for (RoutingRule rule : rules) {
                netlink.deleteRule(rule);
            }
        }
        assertThat(netlink.rules()).noneMatch(RoutingRule::isOwn).hasSizeGreaterThanOrEqualTo(5);
    }

    @Test
    void listsManyRoutes() throws Exception {
        int index = veth().index();
        for (int i = 0; i < 3000; i++) {
            netlink.addRoute(Route.via(index, address("10.50." + i / 250 + "." + i % 250), 32, 0));
        }
        assertThat(netlink.routes(Route.OWN_PROTOCOL)).hasSize(3000).doesNotHaveDuplicates();
    }

    @Test
    void monitorTellsOfChanges() throws Exception {
        BlockingQueue<NetworkEvent> events = new LinkedBlockingQueue<>();
        NetworkMonitor monitor = namespace.call(NetworkMonitor::open);
        Thread reader = reader(monitor, events);
        try {
            int index = veth().index();
            Route route = Route.via(index, address("10.42.0.0"), 16, 7);
            namespace.ip("addr add 10.42.0.1/32 dev veth0");
            awaitEvent(events, e -> e instanceof NetworkEvent.AddressChanged changed
                    && changed.address().address().getHostAddress().equals("10.42.0.1"));
            netlink.addRoute(route);
            awaitEvent(events, new NetworkEvent.RouteChanged(route)::equals);
            netlink.deleteRoute(route);
            awaitEvent(events, new NetworkEvent.RouteRemoved(route)::equals);
            namespace.ip("addr del 10.42.0.1/32 dev veth0");
            awaitEvent(events, e -> e instanceof NetworkEvent.AddressRemoved removed
                    && removed.address().address().getHostAddress().equals("10.42.0.1"));
            netlink.addRule(RoutingRule.unmarked(true, 1, 51821));
            awaitEvent(events, e -> e instanceof NetworkEvent.RuleAdded added && added.rule().isOwn());
            netlink.deleteRule(RoutingRule.unmarked(true, 1, 51821));
            awaitEvent(events, e -> e instanceof NetworkEvent.RuleRemoved removed && removed.rule().isOwn());
            netlink.setUp(index, false);
            awaitEvent(events, e -> e instanceof NetworkEvent.LinkChanged changed && !changed.link().isUp()
                    && changed.link().index() == index);
            netlink.deleteLink(index);
            awaitEvent(events, e -> e instanceof NetworkEvent.LinkRemoved removed
                    && removed.link().name().equals("veth0"));
        } finally {
            monitor.close();
            reader.join();
        }
    }

    @Test
    void monitorAsksForAResyncWhenEventsAreLost() throws Exception {
        BlockingQueue<NetworkEvent> events = new LinkedBlockingQueue<>();
        int index = veth().index();
        NetworkMonitor monitor = namespace.call(NetworkMonitor::open);
        for (int i = 0; i < 8000; i++) {
            Route route = Route.via(index, address("10.50.0.0"), 24, 0);
            netlink.addRoute(route);
            netlink.deleteRoute(route);
        }
        Thread reader = reader(monitor, events);
        try {
            awaitEvent(events, NetworkEvent.Resync.class::isInstance);
            namespace.ip("addr add 10.42.0.1/32 dev veth0");
            awaitEvent(events, NetworkEvent.AddressChanged.class::isInstance);
        } finally {
            monitor.close();
            reader.join();
        }
    }

    private static Thread reader(NetworkMonitor monitor, BlockingQueue<NetworkEvent> events) {
        return Thread.ofPlatform().start(() -> {
            try {
                monitor.run(events::add);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private static void awaitEvent(BlockingQueue<NetworkEvent> events, Predicate<NetworkEvent> wanted)
            throws InterruptedException {
        NetworkEvent event;
        do {
            event = events.poll(10, TimeUnit.SECONDS);
            assertThat(event).isNotNull();
        } while (!wanted.test(event));
    }
}
