package io.meshd.daemon.it;

import static io.meshd.daemon.lab.LabHost.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.meshd.daemon.lab.Commands;
import io.meshd.daemon.lab.Lab;
import io.meshd.daemon.lab.LabHost;
import io.meshd.daemon.lab.MeshdHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The host's routes are what the mesh needs: through changes of owners, of trust, of the host's network, and crashes. */
@NeedsLab
class RoutesIT {
    private static final String PREFIX = "10.42.7.0/24";
    private static final String ADDRESS = "10.42.7.1";
    private static final String ANYWHERE = "203.0.113.9";
    private static final Duration SOON = Duration.ofSeconds(5);

    private final Lab lab = Lab.open();
    private final MeshdHost a = new MeshdHost(lab.host("a"), "");
    private final MeshdHost b = new MeshdHost(lab.host("b"), "");

    @AfterEach
    void end() {
        lab.close();
    }

    private void trust(String prefix) {
        b.configure("prefixes = [\"" + prefix + "\"]");
        a.trust(b, "--prefix", prefix);
        b.trust(a);
    }

    private String way(String to) {
        Commands.Result result = a.host().run("ip", "route", "get", to);
        return result.out() + result.err();
    }

    private boolean goes(String to, String words) {
        return await(SOON, () -> way(to).contains(words));
    }

    private JsonNode route(String prefix) {
        for (JsonNode route : a.json("routes").get("routes")) {
            if (route.get("prefix").asText().equals(prefix)) {
                return route;
            }
        }
        throw new AssertionError("no route " + prefix);
    }

    private void startWithDefaultRoute() {
        a.host().run("ip", "route", "add", "default", "via", lab.host("gateway").address()).orThrow();
        trust("0.0.0.0/0");
        a.up();
        assertThat(way(ANYWHERE)).as("before its owner was seen").contains("eth0");
        b.up("--seed", a.seed());
        assertThat(goes(ANYWHERE, "mesh0")).isTrue();
    }

    @Test
    void defaultRouteWhoseOwnerLeftLeaksNowhere() {
        startWithDefaultRoute();
        assertThat(way(b.host().address())).as("own datagrams and neighbours").contains("eth0");

        b.meshd("down").orThrow();

        assertThat(goes(ANYWHERE, "No route to host")).isTrue();
        assertThat(way(b.host().address())).contains("eth0");

        b.up("--seed", a.seed());

        assertThat(goes(ANYWHERE, "mesh0")).as("it returns with its owner").isTrue();

        a.meshd("untrust", "b").orThrow();

        assertThat(goes(ANYWHERE, "eth0")).as("the host has its own again").isTrue();
        assertThat(a.host().run("ip", "rule").out()).doesNotContain("suppress_prefixlength");
    }

    @Test
    void rulesOfTheDefaultRouteThatOthersRemoveArePutBackInTheirOrder() {
        startWithDefaultRoute();
        String rules = a.host().run("ip", "rule").out();

        a.host().run("ip", "rule", "del", "not", "fwmark", "0x6d657368", "table", "51821").orThrow();

        assertThat(goes(ANYWHERE, "mesh0")).isTrue();
        assertThat(await(SOON, () -> kinds(a.host().run("ip", "rule").out()).equals(kinds(rules))))
                .as(a.host().run("ip", "rule").out()).isTrue();
    }

    /** Without the numbers that the kernel chose. */
    private static List<String> kinds(String rules) {
        return rules.lines().map(line -> line.replaceFirst("^[0-9]+:", "").strip()).toList();
    }

    @Test
    void anotherDaemonOnThisHostLeavesTheDefaultRouteAlone() throws IOException {
        startWithDefaultRoute();
        LabHost host = a.host();
        Path home = lab.folder().resolve("second");
        List<String> second = new ArrayList<>(a.command());
        second.set(second.indexOf("--home") + 1, home.toString());

        Files.createDirectories(home);
        Files.writeString(home.resolve("meshd.toml"), """
                [node]
                name = "second"
                listen_port = 51822
                [tun]
                name = "mesh1"
                """);
        host.start("monitor.log", "ip", "monitor", "route");
        run(second, "up", "--detach");
        run(second, "trust", b.publicKeyLine(), "--name", "b");
        run(second, "untrust", "b");

        assertThat(host.run("ip", "link", "show", "mesh1").status()).isZero();
        assertThat(host.run("ip", "route", "show", "table", "51821").out()).contains("default dev mesh0");
        assertThat(host.log("monitor.log")).doesNotContain("Deleted default");

        run(second, "down");

        assertThat(host.run("ip", "rule").out()).contains("suppress_prefixlength");
        assertThat(way(ANYWHERE)).contains("mesh0");
    }

    private void run(List<String> daemon, String... arguments) {
        List<String> words = new ArrayList<>(daemon);
        words.addAll(List.of(arguments));
        a.host().run(words.toArray(String[]::new)).orThrow();
    }

    @Test
    void routeThatSomebodyElseTookIsNotInstalledAndIsAWarning() {
        trust(PREFIX);
        a.up();
        b.up("--seed", a.seed());
        assertThat(goes(ADDRESS, "mesh0")).isTrue();

        a.host().run("ip", "route", "replace", PREFIX, "dev", "eth0").orThrow();

        assertThat(await(SOON, () -> !route(PREFIX).get("installed").asBoolean())).isTrue();
        assertThat(route(PREFIX).get("reason").asText()).contains(PREFIX);
        assertThat(a.json("status").get("warnings").toString()).contains(PREFIX);

        a.host().run("ip", "route", "del", PREFIX, "dev", "eth0").orThrow();

        assertThat(goes(ADDRESS, "mesh0")).as("it is put back as soon as there is room").isTrue();
        assertThat(await(SOON, () -> route(PREFIX).get("installed").asBoolean())).isTrue();
        assertThat(await(SOON, () -> !a.json("status").get("warnings").toString().contains(PREFIX))).isTrue();
    }

    @Test
    void prefixOfAPeerThatIsNoLongerTrustedLeaksNowhere() {
        a.host().run("ip", "route", "add", "default", "via", lab.host("gateway").address()).orThrow();
        trust(PREFIX);
        a.up();
        b.up("--seed", a.seed());
        assertThat(goes(ADDRESS, "mesh0")).isTrue();

        a.meshd("untrust", "b").orThrow();

        assertThat(goes(ADDRESS, "No route to host")).isTrue();
        assertThat(a.json("routes").get("routes")).isEmpty();

        a.meshd("down").orThrow();

        assertThat(way(ADDRESS)).as("nothing is left behind").contains("eth0");
    }

    @Test
    void routesThatAKilledDaemonLeftAreRemovedByTheNextOne() {
        a.host().run("ip", "route", "add", "default", "via", lab.host("gateway").address()).orThrow();
        trust(PREFIX);
        a.up();
        assertThat(goes(ADDRESS, "No route to host")).isTrue();
        a.kill9();
        a.meshd("untrust", "b").orThrow();
        assertThat(way(ADDRESS)).contains("No route to host");

        a.up();

        assertThat(goes(ADDRESS, "eth0")).isTrue();
    }

    @Test
    void whereIpv6IsOffIpv4WorksWithAWarning() {
        a.host().run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
                .orThrow();
        trust(PREFIX);
        a.up();
        b.up("--seed", a.seed());

        assertThat(goes(ADDRESS, "mesh0")).isTrue();
        assertThat(a.json("status").get("warnings").toString()).contains("no IPv6 address in the mesh");
    }

    @Test
    void packetsFollowTheHostsDefaultRouteToAnotherInterface() {
        LabHost gateway = lab.host("gateway");
        gateway.run("sysctl", "-qw", "net.ipv4.ip_forward=1").orThrow();
        twoNetworks(gateway);
        a.trust(b);
        b.trust(a);
        a.up();
        b.up("--seed", "192.0.2.2:51821");
        String address = b.overlay(false);
        assertThat(await(SOON, () -> a.pings(address))).isTrue();

        a.host().run("ip", "route", "replace", "default", "via", "192.0.2.33", "dev", "up1").orThrow();

        String pings = a.host().run("ping", "-n", "-q", "-c", "20", "-i", "0.05", "-W", "1", address).out();
        assertThat(pings).as("within a second").containsPattern("([5-9]|1[0-9]|20) received");
    }

    /** Host a has two uplinks to the gateway, and its service address on the loopback; b is behind the gateway. */
    private void twoNetworks(LabHost gateway) {
        a.host().run("ip", "link", "del", "eth0").orThrow();
        a.host().run("ip", "addr", "add", "192.0.2.2/32", "dev", "lo").orThrow();
        for (int i = 0; i < 2; i++) {
            String name = "up" + i;
            a.host().run("ip", "link", "add", name, "type", "veth", "peer", "name", name, "netns", gateway.namespace())
                    .orThrow();
            int base = 16 + 16 * i;
            a.host().run("ip", "addr", "add", "192.0.2." + (base + 2) + "/28", "dev", name).orThrow();
            gateway.run("ip", "addr", "add", "192.0.2." + (base + 1) + "/28", "dev", name).orThrow();
            a.host().run("ip", "link", "set", name, "up").orThrow();
            gateway.run("ip", "link", "set", name, "up").orThrow();
        }
        a.host().run("ip", "route", "add", "default", "via", "192.0.2.17").orThrow();
        gateway.run("ip", "route", "add", "192.0.2.2", "via", "192.0.2.18").orThrow();
        b.host().run("ip", "route", "add", "default", "via", gateway.address()).orThrow();
    }
}
