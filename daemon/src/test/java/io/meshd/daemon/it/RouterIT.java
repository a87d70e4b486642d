package io.meshd.daemon.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.lab.Commands;
import io.meshd.daemon.lab.Interference.Way;
import io.meshd.daemon.lab.Lab;
import io.meshd.daemon.lab.LabHost;
import io.meshd.daemon.lab.NatKind;
import io.meshd.daemon.lab.NatProbe;
import io.meshd.daemon.lab.Router;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The laboratory's routers do what their names say, as real datagrams find out by the rules of RFC 5780. */
@NeedsLab
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RouterIT {
    private static final String INDEPENDENT = "endpoint-independent";
    private static final String BY_ADDRESS = "address-dependent";
    private static final String BY_PORT = "address-and-port-dependent";

    private final Lab lab = Lab.open();
    private final LabHost server = lab.host("server");
    private String second = "";
    private int names;

    @BeforeAll
    void serve() {
        second = server.secondAddress();
        NatProbe.serve(server, second);
    }

    @AfterAll
    void end() {
        lab.close();
    }

    private Router router(NatKind kind) {
        return lab.router("r" + ++names, kind);
    }

    private LabHost behind(Router router) {
        return router.host("h" + ++names);
    }

    private String ask(LabHost host) {
        return NatProbe.ask(host, server.address(), second);
    }

    private static boolean reaches(LabHost from, String address) {
        // The first packet may be lost to a busy machine.
        return from.run("ping", "-n", "-c", "2", "-i", "0.5", "-W", "1", address).status() == 0;
    }

    @ParameterizedTest
    @CsvSource({"NONE," + INDEPENDENT + "," + INDEPENDENT + ",preserved",
            "FIREWALL," + INDEPENDENT + "," + BY_PORT + ",preserved",
            "FULL_CONE," + INDEPENDENT + "," + INDEPENDENT + ",random",
            "ADDRESS_RESTRICTED," + INDEPENDENT + "," + BY_ADDRESS + ",random",
            "PORT_RESTRICTED," + INDEPENDENT + "," + BY_PORT + ",random",
            "MASQUERADE," + INDEPENDENT + "," + BY_PORT + ",preserved",
            "SYMMETRIC_SEQUENTIAL," + BY_PORT + "," + BY_PORT + ",sequential",
            "SYMMETRIC_RANDOM," + BY_PORT + "," + BY_PORT + ",random"})
    void kindIsWhatItsNameSays(NatKind kind, String mapping, String filtering, String ports) {
        assertThat(ask(behind(router(kind))))
                .startsWith("mapping=" + mapping + " filtering=" + filtering + " ports=" + ports + " ");
    }

    @ParameterizedTest
    @CsvSource({"FULL_CONE", "ADDRESS_RESTRICTED", "PORT_RESTRICTED"})
    void hairpinIsThereWhenSet(NatKind kind) {
        Router router = router(kind);
        LabHost host = behind(router);
        assertThat(ask(host)).endsWith("hairpin=no");

        router.hairpin(true);
        router.restart();

        assertThat(ask(host)).endsWith("hairpin=yes");
    }

    @Test
    void secondLevelAddsWhatItIs() {
        Router carrier = router(NatKind.SYMMETRIC_RANDOM);
        LabHost host = behind(carrier.router("r" + ++names, NatKind.FULL_CONE));

        assertThat(ask(host)).startsWith("mapping=" + BY_PORT + " filtering=" + BY_PORT + " ports=random");
    }

    @Test
    void kindCanBeChangedAndARestartForgets() {
        Router router = router(NatKind.SYMMETRIC_RANDOM);
        LabHost host = behind(router);
        assertThat(ask(host)).contains("mapping=" + BY_PORT);

        router.nat(NatKind.FULL_CONE);
        router.restart();

        assertThat(ask(host)).contains("mapping=" + INDEPENDENT + " filtering=" + INDEPENDENT);
    }

    @Test
    void blockedUdpIsBlockedAndOtherPacketsPass() {
        Router router = router(NatKind.MASQUERADE);
        LabHost host = behind(router);

        router.interference().blockUdp(server.address());
        assertThat(ask(host)).isEqualTo("blocked");
        assertThat(reaches(host, server.address())).isTrue();

        router.interference().end();
        assertThat(ask(host)).startsWith("mapping=");
    }

    @Test
    void cutOfOneWayAndItsEnd() {
        Router router = router(NatKind.MASQUERADE);
        LabHost host = behind(router);
        assertThat(reaches(host, server.address())).isTrue();

        router.interference().cut(Way.IN, server.address());
        assertThat(reaches(host, server.address())).isFalse();
        assertThat(reaches(host, second)).isTrue();
        router.interference().end();
        host.interference().cut(Way.OUT);
        assertThat(reaches(host, server.address())).isFalse();
        host.interference().end();

        assertThat(reaches(host, server.address())).isTrue();
    }

    @Test
    void lossIsAboutAsMuchAsAskedFor() {
        Router router = router(NatKind.MASQUERADE);
        LabHost host = behind(router);
        router.interference().lose(30);

        Commands.Result pings = host.run(Duration.ofSeconds(30), "ping", "-n", "-q", "-i", "0.005", "-c", "1000", "-W",
                "1", server.address());

        // Both ways: 51 of 100 round trips fail, with a standard deviation of 1.6.
        double lost = Double.parseDouble(pings.out().replaceAll("(?s).*?([0-9.]+)% packet loss.*", "$1"));
        assertThat(lost).isBetween(43.0, 59.0);
    }

    @Test
    void largePacketsAreRefusedOpenlyOrSilently() {
        Router router = lab.router("r" + ++names, NatKind.MASQUERADE, true, Router.V6.OPEN);
        LabHost host = behind(router);
        router.mtu(1_400);

        for (String address : List.of(server.address(), server.address6())) {
            int headers = address.contains(":") ? 48 : 28;
            assertThat(pingOf(host, address, 1_400 - headers).status()).isZero();
            assertThat(pingOf(host, address, 1_401 - headers).out()).containsAnyOf("mtu", "too big", "too long");
        }
        // The other way the router tells as well.
        assertThat(pingOf(server, host.address6(), 1_401 - 48).out()).containsAnyOf("mtu", "too big", "too long");

        router.interference().hideMtu();
        LabHost other = behind(router);
        for (String address : List.of(server.address(), server.address6())) {
            int headers = address.contains(":") ? 48 : 28;
            assertThat(pingOf(other, address, 1_400 - headers).status()).isZero();
            assertThat(pingOf(other, address, 1_401 - headers).out()).contains("100% packet loss")
                    .doesNotContain("too big").doesNotContain("mtu");
        }
    }

    private static Commands.Result pingOf(LabHost from, String address, int payload) {
        return from.run("ping", "-n", "-M", "do", "-c", "1", "-W", "1", "-s", Integer.toString(payload), address);
    }

    @Test
    void shortTimeoutsForget() {
        Router router = router(NatKind.SYMMETRIC_SEQUENTIAL);
        router.timeouts(1, 2);
        LabHost host = behind(router);
        ask(host);

        boolean forgotten = LabHost.await(Duration.ofSeconds(10), () -> router.machine()
                .run("conntrack", "-L", "-p", "udp").orThrow().out().isBlank());

        assertThat(forgotten).isTrue();
    }

    @Test
    void forwardedPortLeadsIn() {
        Router router = router(NatKind.SYMMETRIC_RANDOM);
        LabHost host = behind(router);
        router.forward(4_000, host, 5_000);
        LabHost outsider = lab.host("h" + ++names);
        Process listener = host.start("heard.log", "timeout", "5", "tcpdump", "-n", "-l", "-c", "1", "-i", "eth0",
                "udp port 5000");
        LabHost.await(Duration.ofSeconds(3), () -> host.log("heard.log").contains("listening on"));

        outsider.run("bash", "-c", "echo hello > /dev/udp/" + router.address() + "/4000").orThrow();

        listener.onExit().join();
        assertThat(host.log("heard.log")).contains(outsider.address());
    }

    @Test
    void v6IsNoneFilteredOrOpen() {
        LabHost none = behind(router(NatKind.MASQUERADE));
        LabHost filtered = behind(lab.router("r" + ++names, NatKind.MASQUERADE, true, Router.V6.FIREWALL));
        LabHost open = behind(lab.router("r" + ++names, NatKind.MASQUERADE, false, Router.V6.OPEN));

        assertThat(reaches(none, server.address6())).isFalse();
        assertThat(reaches(filtered, server.address6())).isTrue();
        assertThat(reaches(server, filtered.address6())).isFalse();
        assertThat(reaches(server, open.address6())).isTrue();
        assertThat(reaches(open, server.address())).as("IPv4 where there is none").isFalse();
    }

    @Test
    void hostMovesToAnotherNetwork() {
        LabHost host = lab.host("h" + ++names);
        Router router = router(NatKind.PORT_RESTRICTED);

        host.moveTo(router);

        assertThat(host.address()).startsWith("192.168.");
        assertThat(ask(host)).contains("filtering=" + BY_PORT);
    }

    @Test
    void nothingIsLeftOfALaboratoryThatEnds() {
        Lab brief = Lab.open();
        Router router = brief.router("r", NatKind.FULL_CONE);
        LabHost host = router.host("h");
        Process program = host.start("log", "sleep", "1000");
        List<String> namespaces = List.of(host.namespace(), router.machine().namespace());

        brief.close();

        assertThat(program.isAlive()).isFalse();
        String left = Commands.run(List.of("ip", "netns", "list")).out();
        assertThat(namespaces).noneMatch(left::contains);
        assertThat(brief.folder()).doesNotExist();
    }
}
