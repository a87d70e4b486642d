package io.meshd.daemon.it;

import static io.meshd.daemon.lab.LabHost.await;
import static org.assertj.core.api.Assertions.assertThat;

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
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * A phone with nothing but the configuration that `peer add` prints reaches the whole mesh, and the mesh reaches it.
 *
 * <p>The phone is Debian's wireguard-go, set up by wg-quick from that very text.
 */
@NeedsLab
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DeviceIT {
    private static final Duration SOON = Duration.ofSeconds(15);

    private final Lab lab = Lab.open();
    private MeshdHost node;
    private MeshdHost member;
    private LabHost phone;
    private LabHost router;

    @BeforeAll
    void start() {
        node = new MeshdHost(lab.host("node"), "[tun]\naddress = \"10.42.1.1\"\n");
        member = new MeshdHost(lab.host("member"), "");
        phone = lab.host("phone");
        router = lab.host("router");
        node.host().run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1").orThrow();
        node.trust(member);
        member.trust(node, "--prefix", "10.42.1.0/24");
        node.up();
        member.up("--seed", node.seed());
    }

    @AfterAll
    void end() {
        phone.run("wg-quick", "down", file(phone).toString());
        router.run("wg-quick", "down", file(router).toString());
        lab.close();
    }

    /** Its name is that of the interface, and those of all wireguard-go on a machine share one folder. */
    private static Path file(LabHost device) {
        return device.home().resolve("wg" + Integer.toHexString(device.namespace().hashCode()) + ".conf");
    }

    private static void startWireGuard(LabHost device, String configuration) throws IOException {
        Path file = file(device);
        Files.writeString(file, configuration);
        device.run("chmod", "600", file.toString()).orThrow();
        device.run("env", "WG_QUICK_USERSPACE_IMPLEMENTATION=wireguard-go", "wg-quick", "up", file.toString())
                .orThrow();
    }

    private static boolean pings(LabHost device, String address) {
        return device.run("ping", "-n", "-c", "1", "-W", "1", address).status() == 0;
    }

    @Test
    void configurationThatIsPrintedIsAllThatAPhoneNeeds() throws Exception {
        Commands.Result added = node.meshd("peer", "add", "phone", "--wireguard", "new", "--node-endpoint", node.seed())
                .orThrow();
        startWireGuard(phone, added.out());

        assertThat(await(SOON, () -> pings(phone, "10.42.1.1"))).as("the node").isTrue();
        assertThat(pings(phone, node.overlay(true))).as("the node by IPv6").isTrue();
        assertThat(await(SOON, () -> pings(phone, member.overlay(false)))).as("a member, by the node's own prefix")
                .isTrue();
        assertThat(member.pings("10.42.1.2")).as("the phone from there").isTrue();
        assertThat(node.json("peers").toString())
                .contains("{\"name\":\"phone\",\"peer_id\":null,\"fingerprint\":null,\"prefixes\":[\"10.42.1.2/32\"");

        String v6 = node.json("peers").get("peers").get(1).get("prefixes").get(1).asText().replace("/128", "");
        assertThat(member.pings(v6)).as("its IPv6 address, which the member did not grant to the node").isFalse();
        member.meshd(line(added.err())).orThrow();

        assertThat(await(SOON, () -> member.pings(v6))).as("its IPv6 address after the line that was printed").isTrue();
        assertThat(pings(phone, member.overlay(true))).as("and back").isTrue();
    }

    /** docs/devices.md, "A leaf of several nodes": a home for all of the mesh, and another node for itself alone. */
    @Test
    void leafOfTwoNodesReachesTheOtherWhenItsHomeIsDown() throws Exception {
        MeshdHost home = new MeshdHost(lab.host("home"), "[tun]\naddress = \"10.43.1.1\"\n");
        MeshdHost other = new MeshdHost(lab.host("other"), "[tun]\naddress = \"10.43.2.1\"\n");
        home.host().run("sysctl", "-qw", "net.ipv4.ip_forward=1").orThrow();
        home.trust(member);
        home.trust(other, "--prefix", "10.43.2.0/24");
        other.trust(home, "--prefix", "10.43.1.0/24");
        member.trust(home, "--prefix", "10.43.1.0/24", "--prefix", "10.43.9.9/32");
        home.up();
        other.up("--seed", home.seed());
        assertThat(await(SOON, () -> home.echo(member) != null)).as("a member that met the home on its link").isTrue();

        Path key = router.home().resolve("key");
        String publicKey = router.run("sh", "-c", "umask 077; wg genkey | tee " + key + " | wg pubkey").orThrow().out()
                .strip();
        for (MeshdHost each : List.of(home, other)) {
            each.meshd("peer", "add", "router", "--wireguard", publicKey, "--prefix", "10.43.9.9/32").orThrow();
        }
        String atHome = home.meshd("peer", "config", "router", "--private-key", key.toString(), "--endpoint",
                home.seed()).orThrow().out();
        String atOther = other.meshd("peer", "config", "router", "--endpoint", other.seed(), "--allowed-ips",
                "10.43.2.1/32").orThrow().out();
        startWireGuard(router, atHome + atOther.substring(atOther.indexOf("[Peer]")));

        assertThat(await(SOON, () -> pings(router, "10.43.1.1"))).as("its home").isTrue();
        assertThat(await(SOON, () -> pings(router, "10.43.2.1"))).as("the other").isTrue();
        assertThat(await(SOON, () -> pings(router, member.overlay(false)))).as("a member, through its home").isTrue();
        assertThat(member.pings("10.43.9.9")).as("from the member").isTrue();

        home.kill9();
        assertThat(pings(router, "10.43.2.1")).as("the other, without the home").isTrue();
        assertThat(other.pings("10.43.9.9")).as("from the other").isTrue();
        assertThat(member.pings("10.43.9.9")).as("a member whose trust names the home only").isFalse();
    }

    /** What {@code peer add} says is to be run at other members, without "meshd". */
    private static String[] line(String told) {
        String line = told.substring(told.indexOf("run there: meshd ") + "run there: meshd ".length()).lines()
                .findFirst()
                .orElseThrow();
        return new ArrayList<>(List.of(line.split(" ", -1))).toArray(String[]::new);
    }
}
