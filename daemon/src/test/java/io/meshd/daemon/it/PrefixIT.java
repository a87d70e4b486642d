package io.meshd.daemon.it;

import static io.meshd.daemon.lab.LabHost.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.meshd.daemon.lab.Commands;
import io.meshd.daemon.lab.Lab;
import io.meshd.daemon.lab.MeshdHost;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who owns a prefix is what the local trust says, whatever the owner's configuration says and however it changes. */
@NeedsLab
class PrefixIT {
    private static final String TUN = """
            [tun]
            address = "10.42.7.1"
            prefix_len = 24
            """;
    private static final String ADDRESS = "10.42.7.1";
    private static final String PREFIX = "10.42.7.0/24";

    private final Lab lab = Lab.open();
    private MeshdHost a;
    private MeshdHost b;

    @BeforeEach
    void start() {
        a = new MeshdHost(lab.host("a"), "");
        b = new MeshdHost(lab.host("b"), "");
        MeshdHost.trustEachOther(List.of(a, b));
        a.up();
        b.up("--seed", a.seed());
        String derived = b.overlay(false);
        assertThat(await(Duration.ofSeconds(5), () -> a.pings(derived))).isTrue();
    }

    @AfterEach
    void end() {
        lab.close();
    }

    private void grantPrefix() {
        a.meshd("untrust", "b").orThrow();
        a.trust(b, "--prefix", PREFIX);
    }

    private JsonNode route(String prefix) {
        for (JsonNode route : a.json("routes").get("routes")) {
            if (route.get("prefix").asText().equals(prefix)) {
                return route;
            }
        }
        throw new AssertionError("no route " + prefix);
    }

    @Test
    void changedByReloadItIsRoutedOnlyWhenTrustSaysSo() {
        String peerId = b.json("status").get("peer_id").asText();
        b.configure(TUN);

        b.meshd("reload").orThrow();

        assertThat(b.json("status").get("peer_id").asText()).isEqualTo(peerId);
        assertThat(a.pings(ADDRESS)).as("before trust says so").isFalse();

        grantPrefix();

        assertThat(await(Duration.ofSeconds(5), () -> a.pings(ADDRESS))).as("after").isTrue();
        assertThat(route(PREFIX).get("installed").asBoolean()).isTrue();
    }

    @Test
    void changedByRestartItIsRoutedOnlyWhenTrustSaysSo() {
        String peerId = b.json("status").get("peer_id").asText();
        b.meshd("down").orThrow();
        b.configure(TUN);

        b.up("--seed", a.seed());

        assertThat(b.json("status").get("peer_id").asText()).isEqualTo(peerId);
        assertThat(await(Duration.ofSeconds(5), () -> a.stateOf(b).equals("alive"))).isTrue();
        assertThat(a.pings(ADDRESS)).as("before trust says so").isFalse();

        grantPrefix();

        assertThat(await(Duration.ofSeconds(5), () -> a.pings(ADDRESS))).as("after").isTrue();
    }

    @Test
    void prefixWhoseOwnerLeftAnswersUnreachableAndLeaksNowhere() {
        lab.host("gateway").run("sysctl", "-qw", "net.ipv4.ip_forward=1").orThrow();
        a.host().run("ip", "route", "add", "default", "via", lab.host("gateway").address()).orThrow();
        b.configure(TUN);
        b.meshd("reload").orThrow();
        grantPrefix();
        assertThat(await(Duration.ofSeconds(5), () -> a.pings(ADDRESS))).isTrue();

        b.meshd("down").orThrow();

        assertThat(await(Duration.ofSeconds(2), () -> a.stateOf(b).equals("left"))).isTrue();
        assertThat(await(Duration.ofSeconds(1),
                () -> a.host().run("ip", "route", "get", ADDRESS).err().contains("No route to host"))).isTrue();
        Commands.Result ping = a.host().run("ping", "-n", "-c", "1", "-W", "1", ADDRESS);
        assertThat(ping.status()).isNotZero();
        assertThat(route(PREFIX).get("installed").asBoolean()).isFalse();
        assertThat(route(PREFIX).get("reason").asText()).isNotEmpty();

        b.up("--seed", a.seed());

        assertThat(await(Duration.ofSeconds(5), () -> a.pings(ADDRESS))).as("it returns with the owner").isTrue();
    }

    @Test
    void untrustedPeerIsGoneWithinASecond() {
        String address = b.overlay(false);

        a.meshd("untrust", "b").orThrow();

        assertThat(await(Duration.ofSeconds(1), () -> !a.pings(address))).isTrue();
        assertThat(a.stateOf(b)).isEqualTo("absent");
        assertThat(a.json("sessions").get("sessions")).isEmpty();
    }

    @Test
    void whatOthersRemoveIsPutBack() {
        String address = b.overlay(false);
        a.host().run("ip", "addr", "flush", "dev", "mesh0").orThrow();

        assertThat(await(Duration.ofSeconds(8), () -> a.pings(address))).as("after the addresses went").isTrue();

        a.host().run("ip", "link", "del", "mesh0").orThrow();

        assertThat(await(Duration.ofSeconds(8), () -> a.pings(address))).as("after the interface went").isTrue();
    }
}
