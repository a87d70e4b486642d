package io.meshd.netio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Names, addresses, routes and rules as values. */
class NetworkValuesTest {
    @ParameterizedTest
    @ValueSource(strings = {"mesh0", "a", "fifteen-letters", "x.y", "wg_1@"})
    void acceptsNamesThatTheKernelAccepts(String name) {
        assertThat(InterfaceNames.problem(name)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "sixteen--letters", "a b", "a/b", "a:b", "mesh%d", "mesh\u00e9", "a\u0001"})
    void saysWhatIsWrongWithAName(String name) {
        assertThat(InterfaceNames.problem(name)).isNotEmpty();
    }

    @Test
    void choosesAddressesThatPeersCanReach() throws UnknownHostException {
        List<Link> links = List.of(link(1, "lo", 0x49), link(2, "eth0", 0x1043), link(3, "off0", 0x1002),
                link(4, "mesh0", 0x10d1), link(5, "nocable", 0x1003));
        List<LocalAddress> addresses = List.of(local("127.0.0.1", 1, 0x80), local("10.9.9.9", 1, 0x80),
                local("192.0.2.5", 2, 0x80), local("2001:db8::5", 2, 0x80), local("2001:db8::6", 2, 0x20),
                local("2001:db8::7", 2, 0x40), local("2001:db8::8", 2, 0x08), local("2001:db8::9", 2, 0x01),
                local("fe80::1", 2, 0x80), local("169.254.1.1", 2, 0x80), local("192.0.2.6", 3, 0x80),
                local("10.42.0.1", 4, 0x80), local("192.0.2.7", 5, 0x80), local("192.0.2.8", 99, 0x80));
        List<HostAddress> chosen = HostAddresses.select(links, addresses, Set.of(4));
        assertThat(chosen).extracting(HostAddress::toString).containsExactly("192.0.2.5/24 dev eth0",
                "2001:db8:0:0:0:0:0:5/24 dev eth0", "2001:db8:0:0:0:0:0:9/24 dev eth0");
        assertThat(chosen.getLast().address().isTemporary()).isTrue();
        assertThat(HostAddresses.select(links, addresses, Set.of())).extracting(each -> each.link().name())
                .contains("mesh0");
    }

    @Test
    void knowsItsAddressesInLocalNetworksWhichTunnelsAreNot() throws UnknownHostException {
        List<Link> links = List.of(link(1, "lo", 0x1049), link(2, "eth0", 0x1043), link(3, "nocable", 0x1003),
                link(4, "mesh0", 0x1043), link(5, "wg0", 0x10d1), link(6, "deaf0", 0x43),
                new Link(7, "tap0", 0x1043, 1500, "tun", 1));
        List<LocalAddress> addresses = List.of(local("127.0.0.1", 1, 0x80), local("192.0.2.5", 2, 0x80),
                local("fe80::1", 2, 0x80), local("fe80::2", 2, 0x40), local("2001:db8::6", 2, 0x20),
                local("192.0.2.6", 3, 0x80), local("10.42.0.1", 4, 0x80), local("10.43.0.1", 5, 0x80),
                local("192.0.2.7", 6, 0x80), local("192.0.2.8", 7, 0x80));
        assertThat(HostAddresses.selectLocal(links, addresses, Set.of(4))).extracting(HostAddress::toString)
                .containsExactly("192.0.2.5/24 dev eth0", "fe80:0:0:0:0:0:0:1/24 dev eth0");
    }

    @Test
    void addressesOfTunnelsCountOnlyWhereThereIsNothingElse() throws UnknownHostException {
        HostAddress ethernet = new HostAddress(local("192.0.2.5", 1, 0x80), link(1, "eth0", 0x1043));
        HostAddress wireguard = new HostAddress(local("10.5.0.1", 2, 0x80),
                new Link(2, "wg0", 0x10d1, 1420, "wireguard", 0xfffe));
        HostAddress sit = new HostAddress(local("2001:db8::5", 3, 0x80), new Link(3, "sit1", 0xd1, 1480, "sit", 776));
        HostAddress modem = new HostAddress(local("198.51.100.7", 4, 0x80),
                new Link(4, "wwan0", 0xd1, 1500, "", 0xfffe));
        HostAddress line = new HostAddress(local("203.0.113.7", 5, 0x80), new Link(5, "ppp0", 0xd1, 1492, "ppp", 512));

        assertThat(HostAddresses.outsideTunnels(List.of(wireguard, ethernet, sit, modem, line)))
                .containsExactly(ethernet, sit, modem, line);
        assertThat(HostAddresses.outsideTunnels(List.of(wireguard))).containsExactly(wireguard);
    }

    @Test
    void describesRoutesInTheWordsOfIp() throws UnknownHostException {
        Route route = Route.via(5, InetAddress.getByName("10.42.0.0"), 16, 50);
        assertThat(route).hasToString("10.42.0.0/16 dev #5 metric 50").matches(Route::isOwn);
        assertThat(route.inTable(51821)).hasToString("10.42.0.0/16 dev #5 metric 50 table 51821");
        assertThatThrownBy(() -> Route.via(5, InetAddress.getByName("10.42.0.0"), 33, 0))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void describesRulesInTheWordsOfIp() {
        assertThat(RoutingRule.unmarked(false, 0xca6d, 51821)).hasToString("-4 not fwmark 0xca6d table 51821");
        assertThat(RoutingRule.mainWithoutDefault(true)).hasToString("-6 table 254 suppress_prefixlength 0");
        RoutingRule placed = new RoutingRule(false, 32765, 0xca6d, -1, true, 51821, -1, Route.OWN_PROTOCOL, 1);
        assertThat(placed.matches(RoutingRule.unmarked(false, 0xca6d, 51821))).isTrue();
        assertThat(placed.matches(RoutingRule.unmarked(true, 0xca6d, 51821))).isFalse();
        assertThat(placed.matches(null)).isFalse();
    }

    @Test
    void saysWhatAttemptFailedAndWhy() {
        NetlinkException missing = new NetlinkException("remove route 10.0.0.0/8", 3, "");
        assertThat(missing).hasMessage("remove route 10.0.0.0/8: No such process (errno 3)")
                .matches(NetlinkException::isMissing);
        assertThat(new NetlinkException("add route", 17, "Busy")).matches(NetlinkException::isPresent)
                .hasMessage("add route: Busy: File exists (errno 17)");
        assertThat(new NetlinkException("add route", 1, "")).matches(NetlinkException::isForbidden);
        assertThat(new NetlinkException("add address: IPv6 is off", 13, "")).matches(e -> !e.isForbidden());
    }

    private static Link link(int index, String name, int flags) {
        return new Link(index, name, flags, 1500, "", 1);
    }

    private static LocalAddress local(String address, int index, int flags) throws UnknownHostException {
        return new LocalAddress(InetAddress.getByName(address), 24, index, flags);
    }
}
