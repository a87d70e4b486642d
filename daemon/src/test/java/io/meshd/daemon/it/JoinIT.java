package io.meshd.daemon.it;

import static io.meshd.daemon.lab.LabHost.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.meshd.daemon.Schemas;
import io.meshd.daemon.lab.Commands;
import io.meshd.daemon.lab.Lab;
import io.meshd.daemon.lab.LabHost;
import io.meshd.daemon.lab.MappingRouter;
import io.meshd.daemon.lab.MeshdHost;
import io.meshd.daemon.lab.NatKind;
import io.meshd.daemon.lab.Router;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Two commands from nothing to a network: {@code up} and {@code invite} on one host, {@code join} on another. */
@NeedsLab
class JoinIT {
    /** The goal, from the beginning of `join` to the first pong. */
    private static final Duration GOAL = Duration.ofSeconds(5);
    /** So many hosts may try: a machine that does something else for a while makes one of them late, not all. */
    private static final int TRIES = 3;
    /** Wherever a host joins, and whatever else the machine does: more is a host that waits for something to time out. */
    private static final Duration LIMIT = GOAL.multipliedBy(3);

    private static final System.Logger LOG = System.getLogger(JoinIT.class.getName());

    private final Lab lab = Lab.open();

    @AfterEach
    void end() {
        lab.close();
    }

    private MeshdHost host(String name) {
        return MeshdHost.onBareHost(lab.host(name));
    }

    private static String invite(MeshdHost inviter, String... options) {
        Commands.Result result = inviter.meshd(words("invite", options)).orThrow();
        assertThat(result.out().lines()).as("nothing but the token").hasSize(1);
        assertThat(result.out()).startsWith("meshd://");
        return result.out().strip();
    }

    private static String[] words(String first, String... more) {
        String[] words = new String[more.length + 1];
        words[0] = first;
        System.arraycopy(more, 0, words, 1, more.length);
        return words;
    }

    /** Joins; an overlay ping of the inviter is answered. How long that took, counted from the beginning of `join` on. */
    private static Duration joinAndPing(MeshdHost newcomer, MeshdHost inviter, String token) {
        String overlay = inviter.overlay(false);
        long begun = System.nanoTime();
        String joined = newcomer.meshd("join", token, "--json").orThrow().out();
        boolean answered = await(LIMIT, () -> newcomer.pings(overlay));
        Duration took = Duration.ofNanos(System.nanoTime() - begun);

        Schemas.requireValid("join", joined);
        assertThat(answered).as(log(newcomer)).isTrue();
        LOG.log(System.Logger.Level.INFO, "from `join` to the first pong: {0} ms", took.toMillis());
        assertThat(took).isLessThan(LIMIT);
        return took;
    }

    private static String log(MeshdHost host) {
        return host.host().log("state/meshd.log");
    }

    @Test
    void overlayPingIsAnsweredWithinFiveSecondsOfJoin() {
        MeshdHost alpha = host("alpha");
        alpha.up();
        List<Duration> took = new ArrayList<>();
        do {
            MeshdHost newcomer = host("n" + took.size());
            took.add(joinAndPing(newcomer, alpha, invite(alpha)));
            newcomer.meshd("down").orThrow();
        } while (took.getLast().compareTo(GOAL) > 0 && took.size() < TRIES);
        assertThat(Collections.min(took)).as("all of %s", took).isLessThanOrEqualTo(GOAL);
    }

    @Test
    void twoHostsMeetByTwoCommandsAndATokenIsGoodOnce() {
        MeshdHost alpha = host("alpha");
        MeshdHost beta = host("beta");
        alpha.up();
        String token = invite(alpha, "--name", "beta");

        joinAndPing(beta, alpha, token);

        JsonNode listed = alpha.json("invite", "list").get("invitations").get(0);
        assertThat(listed.get("state").asText()).isEqualTo("used");
        assertThat(listed.get("peer").asText()).isEqualTo("beta");
        assertThat(listed.get("trust_line").asText()).startsWith("meshd trust 'ssh-ed25519 ").endsWith(" beta'");
        assertThat(alpha.pings(beta.overlay(false))).isTrue();
        assertThat(alpha.pings(beta.overlay(true))).isTrue();
        assertThat(text(alpha.host().home().resolve("state/invitations.json"))).doesNotContain(secretOf(token));

        // Once more by the same host: an answer may have been lost.
        beta.meshd("join", token).orThrow();
        // By another host.
        MeshdHost gamma = host("gamma");
        String brief = invite(alpha, "--expires", "10s");
        assertThat(refused(gamma, token)).contains("used already");
        assertThat(alpha.json("peers").get("peers")).hasSize(1);
        // Altered, cancelled, brought back, unknown there.
        assertThat(refused(gamma, token.substring(0, 60) + "A" + token.substring(61))).contains("altered");
        String cancelled = invite(alpha);
        alpha.meshd("invite", "cancel", cancelled).orThrow();
        assertThat(refused(gamma, cancelled)).contains("cancelled");
        assertThat(refused(alpha, invite(alpha))).contains("this very host made it");
        // Late: the inviter says so in its list, and the newcomer before it calls anybody.
        assertThat(await(Duration.ofSeconds(15), () -> states(alpha).contains("expired"))).isTrue();
        assertThat(refused(gamma, brief)).contains("has expired");
    }

    private static List<String> states(MeshdHost inviter) {
        return inviter.json("invite", "list").get("invitations").findValuesAsText("state");
    }

    private static String refused(MeshdHost host, String token) {
        Commands.Result result = host.meshd("join", token);
        assertThat(result.status()).as(result.toString()).isEqualTo(1);
        return result.err();
    }

    private static String secretOf(String token) {
        return token.substring("meshd://".length() + 4, "meshd://".length() + 40);
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void newcomerBehindANatJoinsAndGetsThePrefixOfItsInvitation() {
        Router home = lab.router("home", NatKind.PORT_RESTRICTED);
        MeshdHost alpha = host("alpha");
        MeshdHost beta = MeshdHost.onBareHost(home.host("beta"));
        alpha.up();

        joinAndPing(beta, alpha, invite(alpha, "--prefix", "10.42.1.0/24"));

        assertThat(beta.overlay(false)).isEqualTo("10.42.1.1");
        assertThat(alpha.pings("10.42.1.1")).isTrue();
        assertThat(text(beta.host().home().resolve("meshd.toml"))).contains("address = \"10.42.1.1\"");
    }

    @Test
    void inviterBehindARouterThatMapsItsPortIsReached() {
        MappingRouter router = new MappingRouter(lab, "router", "enable_natpmp=yes\n");
        LabHost inside = lab.host("alpha");
        router.adopt(inside);
        MeshdHost alpha = MeshdHost.onBareHost(inside);
        MeshdHost beta = host("beta");
        MappingRouter.join(beta.host(), 9);
        router.start();
        alpha.up();

        // The daemon asks its router first, if it has not answered yet.
        JsonNode invitation = alpha.json("invite");
        Schemas.requireValid("invite", invitation.toString());
        assertThat(invitation.get("endpoints").toString()).contains(router.address() + ":51821");
        joinAndPing(beta, alpha, invitation.get("token").asText());
    }

    @Test
    void introducersAdmitNewcomersToTheWholeMeshAndTakeThemBack() {
        MeshdHost alpha = host("alpha");
        MeshdHost gamma = host("gamma");
        MeshdHost beta = host("beta");
        alpha.meshd("identity", "init").orThrow();
        gamma.meshd("identity", "init").orThrow();
        alpha.trust(gamma);
        gamma.trust(alpha, "--introducer", "--seed", alpha.seed());
        alpha.up();
        gamma.up();

        joinAndPing(beta, alpha, invite(alpha, "--name", "beta"));

        String overlay = beta.overlay(false);
        assertThat(await(Duration.ofSeconds(10), () -> gamma.pings(overlay))).as(log(gamma) + log(beta)).isTrue();
        assertThat(text(gamma.host().home().resolve("authorized_keys/beta.pub"))).contains("# introduced by alpha, ");
        assertThat(beta.pings(gamma.overlay(false))).isTrue();

        alpha.meshd("untrust", "beta").orThrow();

        assertThat(await(Duration.ofSeconds(5), () -> !gamma.pings(overlay))).as(log(gamma)).isTrue();
        assertThat(gamma.json("trust", "list").get("trust")).hasSize(1);
        assertThat(List.of(alpha.stateOf(gamma), gamma.stateOf(alpha))).containsOnly("alive");
    }
}
