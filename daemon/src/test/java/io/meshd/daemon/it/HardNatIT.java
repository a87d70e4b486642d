package io.meshd.daemon.it;

import static io.meshd.daemon.lab.LabHost.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.meshd.daemon.lab.Lab;
import io.meshd.daemon.lab.MeshdHost;
import io.meshd.daemon.lab.NatKind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A host behind a real router that gives another port for each destination is reached directly all the same. */
@NeedsLab
class HardNatIT {
    private static final Duration FORMATION = Duration.ofSeconds(20);
    /** Rounds of signals come first, then the search takes ten seconds at the most. */
    private static final Duration SEARCH = Duration.ofSeconds(60);
    private static final Duration SETTLING = Duration.ofSeconds(30);
    /** By which the path leads, and another when two hit at once. */
    private static final int SOCKETS_KEPT_MAX = 3;

    private final Lab lab = Lab.open();
    private final List<MeshdHost> relays = new ArrayList<>();

    @AfterEach
    void end() {
        lab.close();
    }

    /** Two observers, or nobody would know how the NAT maps. */
    private void startRelays() {
        relays.add(new MeshdHost(lab.host("relay1"), ""));
        relays.add(new MeshdHost(lab.host("relay2"), ""));
    }

    private void findEachOther(MeshdHost hard, MeshdHost easy) {
        List<MeshdHost> all = new ArrayList<>(relays);
        all.addAll(List.of(hard, easy));
        MeshdHost.trustEachOther(all);
        for (MeshdHost relay : relays) {
            hard.trust(relay, "--relay");
            easy.trust(relay, "--relay");
        }
        relays.getFirst().up();
        relays.getLast().up("--seed", relays.getFirst().seed());
        hard.up("--seed", relays.getFirst().seed());
        easy.up("--seed", relays.getLast().seed());
        assertThat(await(FORMATION, () -> hard.pings(easy.overlay(false)))).as("through a relay").isTrue();
        int before = sockets(hard);

        hard.host().start("ping.log", "ping", "-n", "-i", "0.5", easy.overlay(false));
        easy.host().start("ping.log", "ping", "-n", "-i", "0.5", hard.overlay(false));
        assertThat(await(SEARCH, () -> pathClass(hard, easy).equals("signaling_then_direct")
                && pathClass(easy, hard).equals("signaling_then_direct"))).as(pathClass(hard, easy)).isTrue();

        assertThat(hard.pings(easy.overlay(false))).as("there").isTrue();
        assertThat(easy.pings(hard.overlay(false))).as("and back").isTrue();
        assertThat(await(SETTLING, () -> sockets(hard) <= before + SOCKETS_KEPT_MAX))
                .as("%d sockets, %d before", sockets(hard), before).isTrue();
        assertThat(pathClass(hard, easy)).as("and it stays").isEqualTo("signaling_then_direct");
    }

    /** UDP sockets of the host, which has no other program that opens any. */
    private static int sockets(MeshdHost host) {
        return (int) host.host().run("ss", "-Huan").orThrow().out().lines().count();
    }

    private static String pathClass(MeshdHost from, MeshdHost to) {
        for (JsonNode peer : from.json("peers").get("peers")) {
            if (peer.get("name").asText().equals(to.name())) {
                return peer.get("path").get("class").asText();
            }
        }
        throw new IllegalStateException(from.name() + " knows no " + to.name());
    }

    @Test
    void randomPortsAreSearched() {
        startRelays();
        MeshdHost hard = new MeshdHost(lab.router("ra", NatKind.SYMMETRIC_RANDOM).host("hard"), "");
        MeshdHost easy = new MeshdHost(lab.router("rb", NatKind.PORT_RESTRICTED).host("easy"), "");

        findEachOther(hard, easy);
    }

    @Test
    void portsThatCountAreGuessed() {
        startRelays();
        MeshdHost hard = new MeshdHost(lab.router("ra", NatKind.SYMMETRIC_SEQUENTIAL).host("hard"), "");
        MeshdHost easy = new MeshdHost(lab.router("rb", NatKind.PORT_RESTRICTED).host("easy"), "");

        findEachOther(hard, easy);
    }
}
