package io.meshd.nat.mapping;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.meshd.identity.Bytes;
import io.meshd.testing.Property;
import io.meshd.nat.AddressScope;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Everything that reads what routers say, on any bytes. */
class MappingParsersTest {
    private static final InetAddress ROUTER = RouterLab.address("192.168.1.1");
    private static final Gateway GATEWAY = new Gateway(ROUTER, RouterLab.address("192.168.1.7"));
    private static final Ssdp.HttpPlace PLACE = new Ssdp.HttpPlace(new InetSocketAddress(ROUTER, 5000), "/a/igd.xml");

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @FuzzTest
    void readsDatagrams(byte[] datagram) {
        for (GatewayDialect dialect : List.of(new NatPmpDialect(51_821),
                new PcpDialect(GATEWAY, 51_821, Bytes.EMPTY))) {
            if (dialect.read(datagram) instanceof GatewayReply.Granted(var external, var seconds, var epoch)) {
                assertThat(external.getPort()).isPositive();
                assertThat(seconds).isPositive();
                assertThat(epoch).isNotNegative();
            }
            dialect.isAnnouncement(datagram);
        }
    }

    @FuzzTest
    void readsSearchAnswers(byte[] datagram) {
        Ssdp.HttpPlace place = Ssdp.location(datagram, ROUTER);
        if (place != null) {
            assertThat(place.server().getAddress()).isEqualTo(ROUTER);
            assertThat(place.path()).startsWith("/").doesNotContain("\r", "\n", " ");
        }
    }

    @FuzzTest
    void readsDescriptions(byte[] document) {
        List<IgdConnection> services = IgdConnection.read(document, PLACE);
        assertThat(services).hasSizeLessThanOrEqualTo(IgdConnection.SERVICES_MAX);
        for (IgdConnection service : services) {
            assertThat(service.control().server().getAddress()).isEqualTo(ROUTER);
            assertThat(service.control().path()).startsWith("/").doesNotContain("\r", "\n", " ");
        }
    }

    @FuzzTest
    void readsActionAnswers(byte[] document) {
        Map<String, String> values = Soap.values(new HttpAnswer(1, 200, Bytes.copyOf(document)));
        assertThat(values.size()).isLessThanOrEqualTo(32);
        assertThat(Soap.errorCode(values)).isNotNegative();
        assertThat(Soap.port(values, "NewReservedPort")).isBetween(0, 65_535);
    }

    @Test
    void survivesMutatedAnswers() {
        byte[] description = bytes(RouterLab.describe("WANIPConnection:1", "/ctl"));
        byte[] search = RouterLab.ssdpAnswer("http://192.168.1.1:5000/igd.xml");
        byte[] fault = bytes("<a><errorCode>718</errorCode></a>");
        byte[] mapped = new byte[60];
        mapped[0] = 2;
        mapped[1] = (byte) 0x81;
        Property.forAll(3_000, random -> {
            readsDescriptions(Property.mutated(random, description));
            readsSearchAnswers(Property.mutated(random, search));
            readsActionAnswers(Property.mutated(random, fault));
            readsDatagrams(Property.mutated(random, mapped));
            readsDatagrams(Property.mutated(random, new byte[]{0, (byte) 128, 0, 0, 0, 0, 0, 1, 11, 22, 33, 1}));
        });
    }

    @Test
    void findsTheServiceAndResolvesItsPlace() {
        assertThat(IgdConnection.read(bytes(RouterLab.describe("WANIPConnection:1", "/ctl")), PLACE))
                .containsExactly(new IgdConnection("urn:schemas-upnp-org:service:WANIPConnection:1",
                        new Ssdp.HttpPlace(PLACE.server(), "/ctl")));
        assertThat(IgdConnection.read(bytes(RouterLab.describe("WANPPPConnection:1", "ctl?x=1")), PLACE).getFirst()
                .control().path()).isEqualTo("/a/ctl?x=1");
        assertThat(IgdConnection.read(bytes(RouterLab.describe("WANIPConnection:2", "http://192.168.1.1:81/c")), PLACE)
                .getFirst().control().server().getPort()).isEqualTo(81);
        assertThat(IgdConnection.read(bytes(RouterLab.describe("WANIPConnection:3", "/ctl")), PLACE)).isEmpty();
        assertThat(IgdConnection.read(bytes(RouterLab.describe("WANIPConnection:1", "")), PLACE)).isEmpty();
    }

    @Test
    void neverExpandsEntitiesNorReadsAnythingExternal() {
        String service = RouterLab.describe("WANIPConnection:1", "&e;").replace("<?xml version=\"1.0\"?>", "");
        String bomb = "<!DOCTYPE root [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">"
                + "<!ENTITY e \"&b;&b;&b;&b;&b;&b;&b;&b;\">]>";
        String external = "<!DOCTYPE root [<!ENTITY e SYSTEM \"file:///etc/hostname\">]>";
        String remote = "<!DOCTYPE root SYSTEM \"http://192.0.2.1/x.dtd\">";
        for (String type : List.of(bomb, external, remote)) {
            assertThat(IgdConnection.read(bytes(type + service), PLACE)).isEmpty();
            assertThat(Soap.values(new HttpAnswer(1, 200, Bytes.copyOf(bytes(type + "<a><b>&e;</b></a>"))))).isEmpty();
        }
    }

    @Test
    void refusesWhatIsTooLongOrTooDeep() {
        assertThat(Soap.values(answer("<a>" + " ".repeat(HttpCall.ANSWER_BYTES_MAX) + "</a>"))).isEmpty();
        assertThat(Soap.values(answer("<a>".repeat(40) + "</a>".repeat(40)))).isEmpty();
        assertThat(Soap.values(answer("<a><b>" + "x".repeat(5_000) + "</b></a>")).get("b")).hasSize(512);
        assertThat(Ssdp.location(new byte[4_000], ROUTER)).isNull();
    }

    private static HttpAnswer answer(String body) {
        return new HttpAnswer(1, 200, Bytes.copyOf(bytes(body)));
    }

    @Test
    void knowsWhichAddressesThePublicInternetReaches() {
        assertThat(List.of("11.22.33.1", "100.63.255.255", "100.128.0.1", "172.32.0.1", "2a00::1"))
                .allMatch(text -> AddressScope.of(RouterLab.address(text)) == AddressScope.GLOBAL);
        assertThat(List.of("10.1.2.3", "172.16.0.1", "192.168.0.1", "100.64.0.1", "100.127.255.255", "169.254.1.1",
                "127.0.0.1", "0.0.0.0", "192.0.0.4", "240.0.0.1", "224.0.0.1", "fd00::1", "fe80::1", "::1"))
                .noneMatch(text -> AddressScope.of(RouterLab.address(text)) == AddressScope.GLOBAL);
    }

    @Test
    void seesARestartAndNotMereDriftInEpochs() {
        long second = 1_000_000_000L;
        EpochWatch watch = new EpochWatch();
        assertThat(watch.isRestart(0, 1_000)).isFalse();
        assertThat(watch.isRestart(1_000 * second, 2_050)).as("five in a hundred too fast").isFalse();
        assertThat(watch.isRestart(2_000 * second, 3_000)).as("five in a hundred too slow").isFalse();
        assertThat(watch.isRestart(2_001 * second, 2_999)).as("overtaken").isFalse();
        assertThat(watch.isRestart(2_010 * second, 0)).isTrue();
        assertThat(watch.isRestart(2_012 * second, 2)).as("once").isFalse();
        assertThat(watch.isRestart(3_000 * second, 100)).as("a restart that is hidden by its age").isTrue();
    }
}
