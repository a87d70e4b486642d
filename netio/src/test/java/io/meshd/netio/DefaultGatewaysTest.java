package io.meshd.netio;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class DefaultGatewaysTest {
    private static InetAddress ip(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private static Route route(String destination, int length, int index, int metric, int table,
            @Nullable String gateway) {
        return new Route(ip(destination), length, index, metric, table, RouteType.UNICAST, 4,
                gateway == null ? null : ip(gateway));
    }

    private static HostAddress host(String address, int length, int index, int flags) {
        return new HostAddress(new LocalAddress(ip(address), length, index, flags),
                new Link(index, "eth" + index, 0x41, 1_500, "", 1));
    }

    @Test
    void findsOneForEachInterfaceAndFamilyTheOneInUseFirst() {
        List<DefaultGateway> found = DefaultGateways.select(
                List.of(route("0.0.0.0", 0, 3, 600, Route.MAIN_TABLE, "10.0.0.1"),
                        route("0.0.0.0", 0, 2, 100, Route.MAIN_TABLE, "192.168.1.1"),
                        route("0.0.0.0", 0, 2, 200, Route.MAIN_TABLE, "192.168.1.2"),
                        route("::", 0, 2, 0, Route.MAIN_TABLE, "fe80::1")),
                List.of(host("192.168.1.7", 24, 2, 0), host("10.0.0.9", 8, 3, 0), host("2001:db8::8", 64, 2, 1),
                        host("2001:db8::7", 64, 2, 0)));
        assertThat(found).extracting(DefaultGateway::router)
                .containsExactly(ip("192.168.1.1"), ip("10.0.0.1"), ip("fe80::1"));
        assertThat(found).extracting(DefaultGateway::local).as("no privacy address where there is another")
                .containsExactly(ip("192.168.1.7"), ip("10.0.0.9"), ip("2001:db8::7"));
        assertThat(found.getLast().router().getHostAddress()).as("its scope").endsWith("%2");
    }

    @Test
    void takesOfSeveralAddressesTheOneInTheRoutersNetwork() {
        assertThat(DefaultGateways.select(List.of(route("0.0.0.0", 0, 2, 0, Route.MAIN_TABLE, "192.168.1.1")),
                List.of(host("172.17.0.5", 16, 2, 0), host("192.168.1.7", 24, 2, 0))))
                .containsExactly(new DefaultGateway(ip("192.168.1.1"), ip("192.168.1.7"), 2, 0));
    }

    @Test
    void ignoresOtherTablesOtherRoutesAndInterfacesWithoutAddress() {
        assertThat(DefaultGateways.select(
                List.of(route("0.0.0.0", 0, 2, 0, 51_821, "192.168.1.1"),
                        route("10.0.0.0", 8, 2, 0, Route.MAIN_TABLE, "192.168.1.1"),
                        route("0.0.0.0", 0, 2, 0, Route.MAIN_TABLE, null),
                        route("0.0.0.0", 0, 9, 0, Route.MAIN_TABLE, "192.168.9.1"),
                        route("0.0.0.0", 0, 2, 0, Route.MAIN_TABLE, "fe80::1")),
                List.of(host("192.168.1.7", 24, 2, 0), host("2001:db8::7", 64, 2, 0)))).isEmpty();
    }
}
