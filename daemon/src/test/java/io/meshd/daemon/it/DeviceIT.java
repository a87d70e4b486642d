package io.meshd.daemon.it;

import static io.meshd.daemon.lab.LabHost.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.lab.Commands;
import io.meshd.daemon.lab.Lab;
import io.meshd.daemon.lab.LabHost;
import io.meshd.daemon.lab.MeshdHost;
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

    @BeforeAll
    void start() {
        node = new MeshdHost(lab.host("node"), "[tun]\naddress = \"10.42.1.1\"\n");
        member = new MeshdHost(lab.host("member"), "");
        phone = lab.host("phone");
        node.host().run("sysctl", "-qw", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1").orThrow();
        node.trust(member);
        member.trust(node, "--prefix", "10.42.1.0/24");
        node.up();
        member.up("--seed", node.seed());
    }

    @AfterAll
    void end() {
        phone.run("wg-quick", "down", file().toString());
        lab.close();
    }

    /** Its name is that of the interface, and those of all wireguard-go on a machine share one folder. */
    private Path file() {
        return phone.home().resolve("wg" + Integer.toHexString(phone.namespace().hashCode()) + ".conf");
    }

    private boolean pings(String address) {
        return phone.run("ping", "-n", "-c", "1", "-W", "1", address).status() == 0;
    }

    @Test
    void configurationThatIsPrintedIsAllThatAPhoneNeeds() throws Exception {
        Commands.Result added = node.meshd("peer", "add", "phone", "--wireguard", "new", "--node-endpoint", node.seed())
                .orThrow();
        Files.writeString(file(), added.out());
        phone.run("chmod", "600", file().toString()).orThrow();
        phone.run("env", "WG_QUICK_USERSPACE_IMPLEMENTATION=wireguard-go", "wg-quick", "up", file().toString())
                .orThrow();

        assertThat(await(SOON, () -> pings("10.42.1.1"))).as("the node").isTrue();
        assertThat(pings(node.overlay(true))).as("the node by IPv6").isTrue();
        assertThat(await(SOON, () -> pings(member.overlay(false)))).as("a member, by the node's own prefix").isTrue();
        assertThat(member.pings("10.42.1.2")).as("the phone from there").isTrue();
        assertThat(node.json("peers").toString())
                .contains("{\"name\":\"phone\",\"peer_id\":null,\"fingerprint\":null,\"prefixes\":[\"10.42.1.2/32\"");

        String v6 = node.json("peers").get("peers").get(1).get("prefixes").get(1).asText().replace("/128", "");
        assertThat(member.pings(v6)).as("its IPv6 address, which the member did not grant to the node").isFalse();
        member.meshd(line(added.err())).orThrow();

        assertThat(await(SOON, () -> member.pings(v6))).as("its IPv6 address after the line that was printed").isTrue();
        assertThat(pings(member.overlay(true))).as("and back").isTrue();
    }

    /** What {@code peer add} says is to be run at other members, without "meshd". */
    private static String[] line(String told) {
        String line = told.substring(told.indexOf("run there: meshd ") + "run there: meshd ".length()).lines()
                .findFirst()
                .orElseThrow();
        return new ArrayList<>(List.of(line.split(" ", -1))).toArray(String[]::new);
    }
}
