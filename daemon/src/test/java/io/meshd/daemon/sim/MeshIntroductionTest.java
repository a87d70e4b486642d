package io.meshd.daemon.sim;

import static io.meshd.daemon.sim.SimulatedNetwork.MILLI;
import static io.meshd.daemon.sim.SimulatedNetwork.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.identity.Identity;
import io.meshd.identity.PublicKey;
import io.meshd.protocol.DropReason;
import io.meshd.protocol.Introduction;
import io.meshd.protocol.IntroductionSet;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whom an introducer names reaches those who trust it as one, whole, and again when it changes. */
class MeshIntroductionTest {
    private static final int SEEDS = 5;

    /** What happens between an introducer and a host that believes it. */
    private interface Scene {
        void play(SimulatedNetwork network, SimulatedHost alpha, SimulatedHost beta);
    }

    /** Two hosts that trust each other, the second of which believes the first. */
    private static void simulate(String name, Scene scene) {
        Simulation.run(name, SEEDS, network -> {
            List<SimulatedHost> hosts = network.mesh(2);
            hosts.forEach(host -> {
                host.seed(hosts.getFirst());
                host.start();
            });
            believes(hosts.get(1), hosts.getFirst());
            scene.play(network, hosts.getFirst(), hosts.get(1));
        });
    }

    private static void believes(SimulatedHost host, SimulatedHost introducer) {
        host.turn(node -> node.introducers(host.clockNanos(), List.of(introducer.key)));
    }

    private static IntroductionSet set(SimulatedNetwork network, SimulatedHost introducer, int count) {
        List<Introduction> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            all.add(Introduction.sign(introducer.identity, Identity.generate(network.random.split()).publicKey(),
                    "home-net", "n" + i, List.of(), false, 1));
        }
        return IntroductionSet.of(all);
    }

    private static void says(SimulatedHost introducer, IntroductionSet toAll, IntroductionSet toInvited,
            List<PublicKey> invited) {
        introducer.turn(node -> node.introduce(introducer.clockNanos(), toAll, toInvited, invited));
    }

    @Test
    void setIsHeardWholeAndSoIsItsSuccessor() {
        simulate("introductions", (network, alpha, beta) -> {
            says(alpha, set(network, alpha, 40), IntroductionSet.EMPTY, List.of());
            network.await(10 * SECOND, "all forty", () -> {
                List<String> heard = beta.introducedBy(alpha);
                return heard != null && heard.size() == 40;
            });
            network.run(5 * SECOND);
            int times = beta.introducedTimes();

            says(alpha, IntroductionSet.EMPTY, IntroductionSet.EMPTY, List.of());
            network.await(3 * SECOND, "nobody any more", () -> List.of().equals(beta.introducedBy(alpha)));

            // Nothing is repeated when nothing is new.
            network.run(600 * SECOND);
            assertThat(beta.introducedTimes()).isEqualTo(times + 1);
        });
    }

    @Test
    void introducerThatRunsAnewIsAskedAgainAndSaysNothingTwice() {
        simulate("introductions-restart", (network, alpha, beta) -> {
            IntroductionSet first = set(network, alpha, 3);
            says(alpha, first, IntroductionSet.EMPTY, List.of());
            network.await(10 * SECOND, "three", () -> List.of("n0", "n1", "n2").equals(beta.introducedBy(alpha)));
            int times = beta.introducedTimes();

            alpha.crash();
            alpha.start();
            says(alpha, first, IntroductionSet.EMPTY, List.of());
            network.run(60 * SECOND);
            assertThat(beta.introducedTimes()).isEqualTo(times);

            says(alpha, set(network, alpha, 1), IntroductionSet.EMPTY, List.of());
            network.await(3 * SECOND, "one", () -> List.of("n0").equals(beta.introducedBy(alpha)));
        });
    }

    @Test
    void invitedHearWhatIsForThem() {
        simulate("introductions-invited", (network, alpha, beta) -> {
            says(alpha, set(network, alpha, 1), set(network, alpha, 2), List.of(beta.key));
            network.await(10 * SECOND, "both", () -> List.of("n0", "n1").equals(beta.introducedBy(alpha)));
        });
    }

    @Test
    void whoIsNoIntroducerIsNotHeardAndWhoDoesNotAskIsNotTold() {
        simulate("introductions-unwanted", (network, alpha, beta) -> {
            says(alpha, set(network, alpha, 1), IntroductionSet.EMPTY, List.of());
            says(beta, set(network, beta, 1), IntroductionSet.EMPTY, List.of());
            network.run(30 * SECOND);
            assertThat(alpha.introducedBy(beta)).isNull();
            int times = beta.introducedTimes();

            beta.turn(node -> node.introducers(beta.clockNanos(), List.of()));
            says(alpha, set(network, alpha, 2), IntroductionSet.EMPTY, List.of());
            network.run(30 * SECOND);
            assertThat(beta.introducedTimes()).isEqualTo(times);
        });
    }

    @Test
    void statementOfAnotherIsRefused() {
        simulate("introductions-foreign", (network, alpha, beta) -> {
            says(alpha, set(network, network.host("mallory"), 1), IntroductionSet.EMPTY, List.of());
            network.run(30 * SECOND);
            assertThat(beta.introducedBy(alpha)).satisfiesAnyOf(heard -> assertThat(heard).isNull(),
                    heard -> assertThat(heard).isEmpty());
        });
    }

    @Test
    void introducerThatLiesAboutItsDigestIsNotHeardAndHardlyAskedAgain() {
        simulate("introductions-lie", (network, alpha, beta) -> {
            says(alpha, new IntroductionSet(set(network, alpha, 1).introductions(), IntroductionSet.EMPTY.digest()),
                    IntroductionSet.EMPTY, List.of());
            network.run(600 * SECOND);
            assertThat(beta.introducedBy(alpha)).isNull();
            assertThat(beta.node().counters().drops(DropReason.MALFORMED)).isBetween(1L, 4L);
        });
    }

    @Test
    void introducerThatChangesItsMindAllTheTimeIsFollowedAtARate() {
        simulate("introductions-flicker", (network, alpha, beta) -> {
            IntroductionSet one = set(network, alpha, 1);
            network.run(20 * SECOND);
            int before = beta.introducedTimes();
            int seconds = 60;
            for (int i = 0; i < seconds * 50; i++) {
                says(alpha, i % 2 == 0 ? one : IntroductionSet.EMPTY, IntroductionSet.EMPTY, List.of());
                network.run(20 * MILLI);
            }
            // Two questions each, 20 a second and 256 at once.
            assertThat(beta.introducedTimes() - before).isBetween(10, (256 + 20 * seconds) / 2);
            says(alpha, one, IntroductionSet.EMPTY, List.of());
            network.await(600 * SECOND, "the last word", () -> List.of("n0").equals(beta.introducedBy(alpha)));
        });
    }
}
