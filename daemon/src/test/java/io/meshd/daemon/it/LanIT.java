package io.meshd.daemon.it;

import static io.meshd.daemon.lab.LabHost.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.meshd.daemon.lab.Lab;
import io.meshd.daemon.lab.LabHost;
import io.meshd.daemon.lab.MeshdHost;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Hosts on one switch that know nothing but each other's keys: no seed, no DNS, no route to anywhere. */
@NeedsLab
class LanIT {
    /** From the ready line of the second host to the first answer. */
    private static final Duration GOAL = Duration.ofSeconds(5);
    private static final Duration LONG_ENOUGH = Duration.ofSeconds(12);

    private final Lab lab = Lab.open();

    @AfterEach
    void end() {
        lab.close();
    }

    private MeshdHost host(String name, String config) {
        LabHost host = lab.host(name);
        host.run("ip", "-4", "route", "flush", "root", "198.18.0.0/15", "via", "198.18.0.254").orThrow();
        host.run("ip", "-6", "route", "flush", "root", "fdaa:18::/32", "via", "fdaa:18::fe").orThrow();
        return new MeshdHost(host, config);
    }

    private static boolean isAnswered(MeshdHost from, MeshdHost to, Duration patience) {
        return from.meshd("ping", to.name(), "-c", "1", "-W", Long.toString(patience.toSeconds())).status() == 0;
    }

    /** A derived address, which is known before anybody runs; so nothing but {@code ping} itself takes time afterwards. */
    private static String overlay(MeshdHost host, boolean v6) {
        for (JsonNode address : host.json("identity", "show").get("addresses")) {
            if (address.asText().contains(":") == v6) {
                return address.asText();
            }
        }
        throw new IllegalStateException(host.name() + " has no such address");
    }

    /** A ping is answered in time from now on. */
    private static void assertMeets(MeshdHost from, String overlay) {
        assertThat(await(GOAL, () -> from.pings(overlay))).as("%s pings %s", from.name(), overlay).isTrue();
    }

    private static JsonNode lan(MeshdHost host) {
        return host.json("counters").get("lan");
    }

    private static List<String> kinds(MeshdHost host) {
        return host.json("sessions").get("sessions").findValuesAsText("kind");
    }

    @Test
    void twoHostsMeetWithinSecondsAndAThirdJoinsThem() {
        MeshdHost alpha = host("alpha", "");
        MeshdHost beta = host("beta", "");
        MeshdHost gamma = host("gamma", "");
        List<MeshdHost> all = List.of(alpha, beta, gamma);
        MeshdHost.trustEachOther(all);
        assertThat(alpha.host().run("ip", "route").out()).doesNotContain("via");
        String ofBeta = overlay(beta, false);
        String ofGamma = overlay(gamma, false);

        alpha.up();
        beta.up();
        assertMeets(alpha, ofBeta);
        assertThat(isAnswered(beta, alpha, LONG_ENOUGH)).isTrue();
        assertThat(beta.json("sessions").get("by_class").get("direct").asInt()).isEqualTo(1);
        assertThat(kinds(beta)).contains("lan");
        gamma.up();
        assertMeets(alpha, ofGamma);
        assertMeets(beta, ofGamma);

        for (MeshdHost one : all) {
            for (MeshdHost other : all) {
                assertThat(one == other || one.pings(other.overlay(false))).isTrue();
            }
        }
    }

    @Test
    void hostsWithLinkLocalAddressesAloneMeet() {
        MeshdHost alpha = host("alpha", "");
        MeshdHost beta = host("beta", "");
        MeshdHost.trustEachOther(List.of(alpha, beta));
        for (MeshdHost host : List.of(alpha, beta)) {
            host.host().withdraw(false);
            host.host().withdraw(true);
        }
        String ofAlpha = overlay(alpha, false);
        alpha.up();
        beta.up();

        assertMeets(beta, ofAlpha);
        assertThat(beta.pings(overlay(alpha, true))).isTrue();
    }

    @Test
    void switchedOffFindsNobodyUntilItIsSwitchedOnLive() {
        MeshdHost alpha = host("alpha", "");
        MeshdHost beta = host("beta", "[nat]\nlan_discovery = false\n");
        MeshdHost.trustEachOther(List.of(alpha, beta));
        alpha.up();
        beta.up();

        assertThat(isAnswered(alpha, beta, LONG_ENOUGH)).isFalse();
        assertThat(lan(beta).get("calls_sent").asLong() + lan(beta).get("calls_heard").asLong()).isZero();

        String ofBeta = overlay(beta, false);
        beta.configure("[nat]\nlan_discovery = true\n");
        beta.meshd("reload").orThrow();
        assertMeets(alpha, ofBeta);
    }

    @Test
    void hostThatIsNotTrustedBackIsNotFoundAndGetsNoHandshake() {
        MeshdHost alpha = host("alpha", "");
        MeshdHost stranger = host("stranger", "");
        stranger.trust(alpha);
        MeshdHost away = host("away", "");
        alpha.trust(away);
        stranger.host().run("nft", "add table inet watch { chain in { type filter hook input priority 0; "
                + "udp dport 51821 counter; }; }").orThrow();
        alpha.up();
        stranger.up();

        assertThat(isAnswered(stranger, alpha, LONG_ENOUGH)).isFalse();
        assertThat(lan(stranger).get("answers_heard").asLong()).as("noise").isPositive();
        assertThat(lan(stranger).get("found").asLong() + lan(alpha).get("found").asLong()).isZero();
        assertThat(stranger.host().run("nft", "list", "table", "inet", "watch").out()).contains("packets 0");
        assertThat(alpha.json("counters").get("rejected_handshakes").asLong()).isZero();
    }

    @Test
    void hostThatComesBackWithAnotherAddressIsFoundAnew() {
        MeshdHost alpha = host("alpha", "");
        MeshdHost beta = host("beta", "");
        MeshdHost.trustEachOther(List.of(alpha, beta));
        alpha.up();
        String ofAlpha = overlay(alpha, false);
        String ofBeta = overlay(beta, false);
        beta.up();
        assertMeets(alpha, ofBeta);

        beta.host().run("ip", "link", "set", "eth0", "down").orThrow();
        beta.host().run("ip", "addr", "flush", "dev", "eth0").orThrow();
        assertThat(alpha.pings(ofBeta)).isFalse();
        beta.host().run("ip", "addr", "add", "198.18.0.77/24", "dev", "eth0").orThrow();
        beta.host().run("ip", "link", "set", "eth0", "up").orThrow();

        assertMeets(beta, ofAlpha);
        assertMeets(alpha, ofBeta);
    }

    @Test
    void linkThatComesUpLaterIsEnough() {
        MeshdHost alpha = host("alpha", "");
        MeshdHost beta = host("beta", "");
        MeshdHost.trustEachOther(List.of(alpha, beta));
        beta.host().run("ip", "link", "set", "eth0", "down").orThrow();
        alpha.up();
        beta.up();
        String ofAlpha = overlay(alpha, false);
        assertThat(beta.pings(ofAlpha)).isFalse();

        beta.host().run("ip", "link", "set", "eth0", "up").orThrow();

        assertMeets(beta, ofAlpha);
    }
}
