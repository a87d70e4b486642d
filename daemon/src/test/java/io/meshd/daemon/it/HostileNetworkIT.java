package io.meshd.daemon.it;

import static io.meshd.daemon.lab.LabHost.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.meshd.daemon.lab.Attack;
import io.meshd.daemon.lab.Commands;
import io.meshd.daemon.lab.Lab;
import io.meshd.daemon.lab.LabHost;
import io.meshd.daemon.lab.MeshdHost;
import io.meshd.daemon.lab.StockWireGuard;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What strangers and misbehaving peers send changes nothing but counters. */
@NeedsLab
class HostileNetworkIT {
    private final Lab lab = Lab.open();

    @AfterEach
    void end() {
        lab.close();
    }

    private MeshdHost[] twoInAMesh(String secondConfig) {
        MeshdHost a = new MeshdHost(lab.host("a"), "");
        MeshdHost b = new MeshdHost(lab.host("b"), secondConfig);
        MeshdHost.trustEachOther(List.of(a, b));
        a.up();
        b.up("--seed", a.seed());
        return new MeshdHost[]{a, b};
    }

    private static Commands.Result attack(LabHost from, MeshdHost target, String kind, int count) {
        return from.run(Attack.command(target, kind, count)).orThrow();
    }

    private static long residentKilobytes(MeshdHost node) throws IOException {
        Path status = Path.of("/proc", node.json("status").get("pid").asText(), "status");
        return Files.readAllLines(status).stream().filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", ""))).findFirst().orElseThrow();
    }

    @Test
    void floodsOfEveryKindStopNoTrafficAndLeaveNoException() throws IOException {
        MeshdHost[] nodes = twoInAMesh("");
        MeshdHost target = nodes[0];
        MeshdHost friend = nodes[1];
        String overlay = target.overlay(false);
        assertThat(await(Duration.ofSeconds(5), () -> friend.pings(overlay))).isTrue();
        LabHost stranger = lab.host("stranger");
        attack(stranger, target, "garbage", 100_000);
        long before = residentKilobytes(target);

        for (String kind : List.of("garbage", "truncated", "initiations")) {
            Process pings = friend.host().start(kind + ".log", "ping", "-n", "-i", "0.1", "-c", "30", "-W", "1",
                    overlay);
            Commands.Result attack = attack(stranger, target, kind, 200_000);
            if (!kind.equals("initiations")) {
                assertThat(attack.out()).as("strangers get silence").contains("received 0");
            }
            pings.onExit().join();
            assertThat(friend.host().log(kind + ".log")).as("traffic during " + kind).contains(" received")
                    .doesNotContain(" 0 received").doesNotContain("100% packet loss");
        }

        assertThat(friend.pings(overlay)).isTrue();
        assertThat(residentKilobytes(target) - before).as("growth in kB").isLessThan(48_000);
        assertThat(target.json("counters").get("drops").get("malformed").asLong()).isGreaterThan(100_000);
        assertThat(target.host().log("state/meshd.log") + target.host().log("daemon.log")).doesNotContain("Exception");
    }

    @Test
    void keyThatIsNotAuthorizedGetsSilence() {
        MeshdHost node = new MeshdHost(lab.host("node"), "");
        node.up();
        StockWireGuard stranger = new StockWireGuard(lab.host("stranger"), List.of("10.77.0.9/24"), 51820);
        String key = node.json("identity", "show").get("wireguard_public_key").asText();

        stranger.peer(key, "10.99.0.0/16", "endpoint", node.seed(), "persistent-keepalive", "1");

        assertThat(await(Duration.ofSeconds(5),
                () -> node.json("counters").get("rejected_handshakes").asLong() > 0)).isTrue();
        assertThat(stranger.show("latest-handshakes")).isEqualTo("0");
        assertThat(stranger.show("transfer")).startsWith("0\t");
    }

    @Test
    void addressThatThePeerDoesNotOwnIsDroppedAndCounted() {
        MeshdHost[] nodes = twoInAMesh("");
        String overlay = nodes[0].overlay(false);
        assertThat(await(Duration.ofSeconds(5), () -> nodes[1].pings(overlay))).isTrue();
        nodes[1].host().run("ip", "addr", "add", "10.99.250.250/32", "dev", "mesh0").orThrow();

        assertThat(nodes[1].host().run("ping", "-c", "2", "-W", "1", "-I", "10.99.250.250", overlay).status())
                .isNotZero();

        assertThat(nodes[0].json("counters").get("drops").get("unauthorized_source").asLong())
                .isGreaterThanOrEqualTo(2);
        assertThat(nodes[1].pings(overlay)).isTrue();
    }

    @Test
    void claimOfAForeignPrefixChangesNothing() {
        MeshdHost[] nodes = twoInAMesh("prefixes = [\"10.42.9.0/24\"]\n");

        assertThat(await(Duration.ofSeconds(5),
                () -> nodes[0].json("counters").get("rejected_claims").get("wrong_prefix").asLong() > 0)).isTrue();
        for (JsonNode route : nodes[0].json("routes").get("routes")) {
            assertThat(route.get("prefix").asText()).isNotEqualTo("10.42.9.0/24");
        }
        assertThat(nodes[0].host().run("ip", "route").out()).doesNotContain("10.42.9.");
    }

    @Test
    void peerOfAnotherNetworkIsRefusedAndCounted() {
        MeshdHost[] nodes = twoInAMesh("network_id = \"elsewhere\"\n");

        assertThat(await(Duration.ofSeconds(5),
                () -> nodes[0].json("counters").get("rejected_claims").get("wrong_network").asLong() > 0)).isTrue();
        JsonNode identity = nodes[1].json("identity", "show");
        assertThat(nodes[0].pings(identity.get("addresses").get(0).asText())).isFalse();
    }
}
