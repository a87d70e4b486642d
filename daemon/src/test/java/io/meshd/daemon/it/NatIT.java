package io.meshd.daemon.it;

import static io.meshd.daemon.lab.LabHost.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.meshd.daemon.lab.Commands;
import io.meshd.daemon.lab.Lab;
import io.meshd.daemon.lab.MeshdHost;
import io.meshd.daemon.lab.NatKind;
import io.meshd.daemon.lab.Router;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Hosts behind real routers find straight paths to each other, or a relay where there is none. */
@NeedsLab
class NatIT {
    private static final Duration FORMATION = Duration.ofSeconds(20);

    private final Lab lab = Lab.open();

    @AfterEach
    void end() {
        lab.close();
    }

    private record Pair(MeshdHost alpha, MeshdHost beta) {}

    /** Two hosts behind routers of these kinds, and a third that both reach. */
    private Pair start(NatKind ofAlpha, NatKind ofBeta, boolean isRelay) {
        Router routerA = lab.router("ra", ofAlpha);
        Router routerB = lab.router("rb", ofBeta);
        MeshdHost common = new MeshdHost(lab.host("common"), isRelay ? "" : "[relay]\nserve = false\n");
        MeshdHost alpha = new MeshdHost(routerA.host("alpha"), "");
        MeshdHost beta = new MeshdHost(routerB.host("beta"), "");
        MeshdHost.trustEachOther(List.of(common, alpha, beta));
        if (isRelay) {
            alpha.trust(common, "--relay");
            beta.trust(common, "--relay");
        }
        common.up();
        alpha.up("--seed", common.seed());
        beta.up("--seed", common.seed());
        return new Pair(alpha, beta);
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
    void coneNatsArePunchedThroughACommonPeerThatIsNoRelay() {
        Pair pair = start(NatKind.PORT_RESTRICTED, NatKind.PORT_RESTRICTED, false);
        MeshdHost alpha = pair.alpha();
        MeshdHost beta = pair.beta();
        String overlay = beta.overlay(false);

        assertThat(await(FORMATION, () -> alpha.pings(overlay))).as("ping").isTrue();
        assertThat(beta.pings(alpha.overlay(false))).as("and back").isTrue();

        assertThat(pathClass(alpha, beta)).isEqualTo("signaling_then_direct");
        assertThat(pathClass(beta, alpha)).isEqualTo("signaling_then_direct");
    }

    @Test
    void symmetricNatsWithRandomPortsTalkThroughARelay() {
        Pair pair = start(NatKind.SYMMETRIC_RANDOM, NatKind.SYMMETRIC_RANDOM, true);
        MeshdHost alpha = pair.alpha();
        MeshdHost beta = pair.beta();
        String overlay = beta.overlay(false);

        assertThat(await(FORMATION, () -> alpha.pings(overlay))).as("ping").isTrue();

        assertThat(pathClass(alpha, beta)).isEqualTo("relay");
    }

    @Test
    void narrowPathWithoutIcmpCarriesALargeTransfer() {
        Router narrow = lab.router("narrow", NatKind.PORT_RESTRICTED);
        MeshdHost alpha = new MeshdHost(narrow.host("alpha"), "");
        MeshdHost beta = new MeshdHost(lab.host("beta"), "");
        MeshdHost.trustEachOther(List.of(alpha, beta));
        narrow.mtu(1_280);
        narrow.interference().hideMtu();
        beta.up();
        alpha.up("--seed", beta.seed());
        String overlay = beta.overlay(false);
        assertThat(await(FORMATION, () -> alpha.pings(overlay))).isTrue();
        beta.host().start("iperf3.log", "iperf3", "-s");
        assertThat(await(Duration.ofSeconds(5), () -> beta.host().run("ss", "-tln").out().contains(":5201"))).isTrue();

        for (List<String> direction : List.of(List.<String>of(), List.of("-R"))) {
            List<String> words = new ArrayList<>(List.of("iperf3", "-c", overlay, "-n", "8M"));
            words.addAll(direction);
            Commands.Result result = alpha.host().run(Duration.ofSeconds(60), words.toArray(String[]::new));

            assertThat(result.status()).as(result.toString()).isZero();
        }
        // What is more than one packet of the path still arrives.
        assertThat(alpha.host().run("ping", "-n", "-c", "3", "-W", "2", "-M", "dont", "-s", "4000", overlay).status())
                .isZero();
    }
}
