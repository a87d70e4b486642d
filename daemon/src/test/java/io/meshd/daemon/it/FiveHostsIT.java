package io.meshd.daemon.it;

import static io.meshd.daemon.lab.LabHost.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.lab.Lab;
import io.meshd.daemon.lab.LabHost;
import io.meshd.daemon.lab.MeshdHost;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** Five hosts that trust each other and know one seed are one network; one that dies, returns and leaves is told apart. */
@NeedsLab
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class FiveHostsIT {
    private final Lab lab = Lab.open();
    private final List<MeshdHost> hosts = new ArrayList<>();

    @BeforeAll
    void start() {
        for (String name : List.of("h1", "h2", "h3", "h4", "h5")) {
            hosts.add(new MeshdHost(lab.host(name), ""));
        }
        MeshdHost.trustEachOther(hosts);
        hosts.getFirst().up();
        for (MeshdHost host : hosts.subList(1, hosts.size())) {
            host.up("--seed", hosts.getFirst().seed());
        }
    }

    @AfterAll
    void end() {
        lab.close();
    }

    @Test
    @Order(1)
    void everyPairPingsBothFamiliesWithinFiveSecondsOfTheLastStart() {
        long started = System.nanoTime();
        List<String> unanswered = new ArrayList<>();
        List<Pair> pairs = new ArrayList<>();
        for (MeshdHost to : hosts) {
            for (boolean v6 : new boolean[]{false, true}) {
                String address = to.overlay(v6);
                hosts.stream().filter(from -> from != to).forEach(from -> pairs.add(new Pair(from, to, address)));
            }
        }
        for (Pair pair : pairs) {
            Duration left = Duration.ofSeconds(5).minusNanos(System.nanoTime() - started);
            boolean answered = await(left.isNegative() ? Duration.ZERO : left, () -> pair.from.pings(pair.address));
            if (!answered) {
                unanswered.add(pair.from.name() + " -> " + pair.address);
            }
        }

        assertThat(unanswered).isEmpty();
    }

    @Test
    @Order(2)
    void killedHostIsGoneWithinTwelveSecondsAndBackWithinThreeOfItsRestart() {
        MeshdHost victim = hosts.get(4);
        List<MeshdHost> others = hosts.subList(0, 4);
        assertThat(
                await(Duration.ofSeconds(10), () -> others.stream().allMatch(o -> o.stateOf(victim).equals("alive"))))
                .isTrue();

        victim.kill9();

        assertThat(
                await(Duration.ofSeconds(12), () -> others.stream().noneMatch(o -> o.stateOf(victim).equals("alive"))))
                .as("gone from the others' alive peers").isTrue();

        victim.up("--seed", hosts.getFirst().seed());

        assertThat(await(Duration.ofSeconds(3), () -> others.stream().allMatch(o -> o.stateOf(victim).equals("alive"))))
                .as("back at the others").isTrue();
    }

    @Test
    @Order(3)
    void hostThatLeavesIsLeftWithinTwoSecondsAndLeavesNothingBehind() {
        MeshdHost leaver = hosts.get(3);
        List<MeshdHost> others = List.of(hosts.get(0), hosts.get(1), hosts.get(2), hosts.get(4));
        LabHost machine = leaver.host();

        leaver.meshd("down").orThrow();

        assertThat(await(Duration.ofSeconds(2), () -> others.stream().allMatch(o -> o.stateOf(leaver).equals("left"))))
                .isTrue();
        assertThat(machine.run("ip", "link", "show", "mesh0").status()).isNotZero();
        assertThat(machine.run("ip", "route").out()).doesNotContain("10.99.");
        assertThat(machine.home().resolve("run/meshd.sock")).doesNotExist();
        assertThat(machine.home().resolve("run/meshd.pid")).doesNotExist();
        assertThat(Files.exists(machine.home().resolve("identity"))).isTrue();
    }

    private record Pair(MeshdHost from, MeshdHost to, String address) {}
}
