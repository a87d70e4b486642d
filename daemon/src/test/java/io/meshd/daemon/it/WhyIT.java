package io.meshd.daemon.it;

import static io.meshd.daemon.lab.LabHost.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.meshd.daemon.lab.Lab;
import io.meshd.daemon.lab.MeshdHost;
import io.meshd.daemon.lab.NatKind;
import io.meshd.daemon.lab.Router;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Hosts behind real routers are told why they reach each other as they do, and what would change it. */
@NeedsLab
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class WhyIT {
    private static final Duration FORMATION = Duration.ofSeconds(20);
    private static final Duration INSIGHT = Duration.ofSeconds(40);

    private final Lab lab = Lab.open();
    private MeshdHost alpha;
    private MeshdHost beta;
    private MeshdHost delta;
    private MeshdHost zeta;
    private List<MeshdHost> relays;

    @BeforeAll
    void start() {
        relays = List.of(new MeshdHost(lab.host("relay1"), ""), new MeshdHost(lab.host("relay2"), ""));
        alpha = new MeshdHost(lab.router("ra", NatKind.SYMMETRIC_RANDOM).host("alpha"), "");
        beta = new MeshdHost(lab.router("rb", NatKind.SYMMETRIC_RANDOM).host("beta"), "");
        Router deltas = lab.router("rd", NatKind.MASQUERADE);
        delta = new MeshdHost(deltas.host("delta"), "");
        zeta = new MeshdHost(lab.host("zeta"), "");
        List<MeshdHost> all = new ArrayList<>(relays);
        all.addAll(List.of(alpha, beta, delta, zeta));
        MeshdHost.trustEachOther(all);
        for (MeshdHost relay : relays) {
            for (MeshdHost end : List.of(alpha, beta, delta)) {
                end.trust(relay, "--relay");
            }
        }
        zeta.meshd("untrust", "alpha").orThrow();
        zeta.trust(relays.getFirst(), "--relay");
        deltas.interference().blockUdp(zeta.host().address());
        relays.get(0).up();
        relays.get(1).up("--seed", relays.get(0).seed());
        for (MeshdHost end : List.of(alpha, beta, delta, zeta)) {
            end.up("--seed", relays.get(0).seed(), "--seed", relays.get(1).seed());
        }
    }

    @AfterAll
    void end() {
        lab.close();
    }

    private static String cause(MeshdHost host, String peer) {
        return host.json("why", peer).get("verdict").get("cause").asText();
    }

    /** Keeps packets flowing until the verdict is there. */
    private static void awaitCause(MeshdHost host, MeshdHost peer, String overlay, String cause) {
        boolean found = await(INSIGHT, () -> {
            boolean _ = host.pings(overlay);
            return cause(host, peer.name()).equals(cause);
        });
        assertThat(found).as("%s", host.json("why", peer.name())).isTrue();
    }

    @Test
    void twoSymmetricNatsAreNamedAsTheReasonForTheRelay() {
        String overlay = beta.overlay(false);
        assertThat(await(FORMATION, () -> alpha.pings(overlay))).isTrue();

        awaitCause(alpha, beta, overlay, "hard_nats");

        JsonNode why = alpha.json("why", "beta");
        assertThat(why.get("class").asText()).isEqualTo("relay");
        assertThat(why.get("relay").asText()).startsWith("relay");
        assertThat(why.get("nat").toString()).isEqualTo("{\"here\":\"address_and_port_dependent\","
                + "\"there\":\"address_and_port_dependent\"}");
        assertThat(why.get("verdict").get("remedy").asText()).contains("mapped port on either router");
        assertThat(why.get("candidates").findValuesAsText("kind")).contains("relay", "reflexive");
        assertThat(why.get("decisions").findValuesAsText("reason")).contains("called, to punch together",
                "a relay carries between the two now");
        assertThat(alpha.meshd("why", "beta").orThrow().out()).contains("beta is reached through the relay",
                "Both NATs give each destination its own port", "called, to punch together");
        assertThat(alpha.json("why", why.get("peer_id").asText().substring(0, 8)).get("peer").asText())
                .isEqualTo("beta");
        assertThat(alpha.json("peers").toString()).contains("\"why\":\"Both NATs");
        assertThat(alpha.meshd("doctor").out()).contains("beta is reached only through the relay relay");
        assertThat(alpha.meshd("why", "nobody").status()).isEqualTo(1);
    }

    @Test
    void blockedUdpBetweenTwoNetworksIsNamed() {
        String overlay = zeta.overlay(false);
        assertThat(await(FORMATION, () -> delta.pings(overlay))).as("by relay").isTrue();

        awaitCause(delta, zeta, overlay, "no_answer");

        String text = delta.meshd("why", "zeta").orThrow().out();
        assertThat(text).contains("zeta is reached through the relay relay", "No answer",
                zeta.host().address() + ":51821", "blocked");
    }

    @Test
    void oneSidedTrustIsSuspectedAndTheCommandThatMendsItTold() {
        String overlay = zeta.overlay(false);
        assertThat(alpha.pings(overlay)).isFalse();

        awaitCause(alpha, zeta, overlay, "untrusted_there");

        JsonNode verdict = alpha.json("why", "zeta").get("verdict");
        assertThat(verdict.get("text").asText()).startsWith("zeta is not reached now.");
        assertThat(verdict.get("remedy").asText()).startsWith("run there: meshd trust ").endsWith(" --name alpha");
    }

    @Test
    void netcheckTellsOfTheNatWithoutAnyStunServer() {
        assertThat(await(FORMATION, () -> alpha.json("netcheck").get("families").get(0).get("nat").get("mapping")
                .asText().equals("address_and_port_dependent"))).isTrue();

        JsonNode look = alpha.json("netcheck");

        JsonNode v4 = look.get("families").get(0);
        assertThat(v4.get("usable").asBoolean()).isTrue();
        assertThat(v4.get("addresses").toString()).isEqualTo("[\"" + alpha.host().address() + "\"]");
        assertThat(v4.get("default_route").asBoolean()).isTrue();
        assertThat(v4.get("router").asText()).startsWith("192.168.");
        assertThat(v4.get("source").asText()).isEqualTo(alpha.host().address());
        assertThat(v4.get("nat").get("meaning").asText()).contains("gives each destination its own port");
        assertThat(look.get("families").get(1).get("usable").asBoolean()).isFalse();
        assertThat(look.get("public_endpoints").findValuesAsText("name")).contains("relay1", "relay2");
        look.get("public_endpoints").forEach(
                endpoint -> assertThat(endpoint.get("age_seconds").asInt()).isLessThanOrEqualTo(5));
        assertThat(look.get("relays").findValuesAsText("usable")).containsOnly("true");
        assertThat(look.get("paths").findValuesAsText("peer")).contains("relay1", "relay2");
        assertThat(look.get("port_mapping").get("attempts").findValuesAsText("protocol")).contains("pcp", "upnp-igd");
        assertThat(alpha.meshd("netcheck").orThrow().out()).contains("IPv4  usable, default route to 192.168.",
                "by relay1", "none configured: peers tell where they see this host");
    }

    @Test
    void directPathIsNamedAsSuch() {
        assertThat(await(FORMATION, () -> alpha.pings(relays.getFirst().overlay(false)))).isTrue();

        JsonNode why = alpha.json("why", "relay1");

        assertThat(why.get("verdict").get("cause").asText()).isEqualTo("direct");
        assertThat(why.get("verdict").get("text").asText())
                .startsWith("relay1 is reached directly at " + relays.getFirst().seed());
        assertThat(why.get("verdict").get("remedy").isNull()).isTrue();
    }
}
