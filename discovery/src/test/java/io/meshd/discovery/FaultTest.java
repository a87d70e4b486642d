package io.meshd.discovery;

import static io.meshd.discovery.Simulation.MILLI;
import static io.meshd.discovery.Simulation.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.discovery.Simulation.Node;
import io.meshd.protocol.MemberState;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Networks and hosts that do not behave. */
class FaultTest {
    private static Simulation whole(long seed, int size) {
        Simulation mesh = new Simulation(seed, size, false);
        mesh.startAll(10 * MILLI);
        assertThat(mesh.await(10 * SECOND, mesh::isWhole)).as("forms").isNotNegative();
        mesh.run(20 * SECOND);
        return mesh;
    }

    @ParameterizedTest
    @CsvSource({"2, 1", "3, 1", "5, 2", "12, 6"})
    void aLongSplitHealsWithoutAnySeed(int size, int below) {
        Simulation mesh = whole(1, size);
        mesh.split(below);
        mesh.run(600 * SECOND);
        for (Node node : mesh.nodes) {
            for (Node other : mesh.nodes) {
                if (node != other) {
                    boolean together = node.place < below == other.place < below;
                    assertThat(node.opinion(other)).isEqualTo(together ? MemberState.ALIVE : MemberState.DEAD);
                }
            }
        }

        mesh.heal();

        assertThat(mesh.await(10 * SECOND, mesh::isWhole)).isNotNegative();
    }

    @Test
    void shortSplitsAgainAndAgainHeal() {
        Simulation mesh = whole(2, 6);
        for (int i = 0; i < 8; i++) {
            mesh.split(1 + i % 5);
            mesh.run((3 + 5L * i) * SECOND);
            mesh.heal();
            assertThat(mesh.await(10 * SECOND, mesh::isWhole)).as("split %d", i).isNotNegative();
        }
    }

    @Test
    void aPairWithoutAPathStaysInEachOthersView() {
        Simulation mesh = whole(3, 8);
        mesh.way = (a, b) -> !(a == 2 && b == 5) && !(a == 5 && b == 2);
        long since = mesh.nowNanos();
        mesh.run(120 * SECOND);
        mesh.nodes.get(5).update(2);
        mesh.run(5 * SECOND);

        assertThat(mesh.removals(since)).isEmpty();
        assertThat(mesh.nodes.get(2).believesIn(mesh.nodes.get(5))).isTrue();
        assertThat(mesh.nodes.get(2).sequenceOf(mesh.nodes.get(5))).isEqualTo(2);
    }

    @Test
    void helpersThatCannotHelpSaySoAndAnotherIsAsked() {
        // Of eight possible helpers of node 0 only node 9 knows node 1, which node 0 cannot reach itself.
        Simulation mesh = new Simulation(14, 10, false);
        Node asking = mesh.nodes.get(0);
        Node target = mesh.nodes.get(1);
        int[] nacks = {0};
        mesh.nodes.subList(2, 9).forEach(node -> {
            node.trusts.remove(target.key);
            target.trusts.remove(node.key);
            node.tap = (_, frame) -> nacks[0] += (int) Simulation.messages(frame).stream()
                    .filter(SwimMessage.Nack.class::isInstance).count();
        });
        mesh.startAll(10 * MILLI);
        target.connect(mesh.nodes.get(9));
        assertThat(mesh.await(20 * SECOND, mesh::isWhole)).isNotNegative();
        mesh.run(10 * SECOND);
        mesh.way = (a, b) -> !(a == 0 && b == 1) && !(a == 1 && b == 0);
        long since = mesh.nowNanos();

        mesh.run(120 * SECOND);

        assertThat(nacks[0]).isPositive();
        assertThat(asking.believesIn(target)).isTrue();
        assertThat(mesh.removals(since)).isEmpty();
    }

    @Test
    void helpersThatGetNoAnswerSaySo() {
        Simulation mesh = whole(15, 5);
        Node victim = mesh.nodes.get(2);
        int[] nacks = {0};
        mesh.nodes.forEach(node -> node.tap = (_, frame) -> nacks[0] += (int) Simulation.messages(frame).stream()
                .filter(SwimMessage.Nack.class::isInstance).count());
        mesh.run(20 * SECOND);
        assertThat(nacks[0]).as("while all answer").isZero();

        victim.crash();

        assertThat(mesh.await(12 * SECOND, () -> mesh.isForgotten(victim))).isNotNegative();
        assertThat(nacks[0]).isPositive();
    }

    @Test
    void whoWasDeafWhenItsProbeFailedAccusesAloudWhenItFailsAgain() {
        // Nobody but node 0 trusts node 4, so nobody else accuses it.
        Simulation mesh = new Simulation(16, 5, false);
        Node accuser = mesh.nodes.get(0);
        Node target = mesh.nodes.get(4);
        mesh.nodes.subList(1, 4).forEach(node -> node.trusts.remove(target.key));
        mesh.startAll(10 * MILLI);
        assertThat(mesh.await(20 * SECOND, mesh::isWhole)).isNotNegative();
        mesh.run(20 * SECOND);
        int[] accusations = {0};
        accuser.tap = (to, frame) -> accusations[0] += (int) Simulation.messages(frame).stream()
                .filter(message -> message instanceof Rumour.Accusation accusation
                        && accusation.accuser().equals(accuser.key) && accusation.target().equals(target.key))
                .count();
        target.crash();
        mesh.way = (_, to) -> to != accuser.place;
        assertThat(mesh.await(10 * SECOND, () -> accuser.opinion(target) == MemberState.SUSPECT)).isNotNegative();
        mesh.run(SECOND);
        assertThat(accusations[0]).as("while it is deaf").isZero();

        mesh.heal();

        assertThat(mesh.await(12 * SECOND, () -> accusations[0] > 0)).isNotNegative();
    }

    @Test
    void aPairThatHearsInOneDirectionOnlyHarmsNobody() {
        Simulation mesh = whole(4, 8);
        mesh.way = (a, b) -> !(a == 2 && b == 5);
        long since = mesh.nowNanos();

        mesh.run(120 * SECOND);

        assertThat(mesh.removals(since)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aNodeThatIsDeafOrDumbIsRemovedAndComesBack(boolean deaf) {
        Simulation mesh = whole(5, 8);
        mesh.way = (a, b) -> (deaf ? b : a) != 3;
        Node node = mesh.nodes.get(3);

        assertThat(mesh.await(15 * SECOND, () -> mesh.isForgotten(node))).isNotNegative();
        long since = mesh.nowNanos();
        mesh.run(60 * SECOND);
        assertThat(mesh.nodes.stream().filter(other -> other != node && other.opinion(node) != MemberState.DEAD))
                .as("it stays away").isEmpty();

        mesh.heal();
        assertThat(mesh.await(10 * SECOND, mesh::isWhole)).isNotNegative();
        assertThat(mesh.nodes.stream().filter(other -> other != node)
                .filter(other -> mesh.removalsBy(other, since).stream().anyMatch(name -> !name.equals(node.name))))
                .as("nobody healthy is removed by anybody healthy").isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"4, 5", "8, 10", "16, 20"})
    void aSlowHostHasNobodyHealthyRemoved(long blockedSeconds, long periodSeconds) {
        Simulation mesh = whole(6, 12);
        long since = mesh.nowNanos();
        for (long second = 0; second < 120; second += periodSeconds) {
            mesh.nodes.get(3).block(blockedSeconds * SECOND);
            mesh.nodes.get(8).block(blockedSeconds * SECOND);
            mesh.run(periodSeconds * SECOND);
        }

        assertThat(mesh.removals(since).keySet()).isSubsetOf("node-3", "node-8");
        assertThat(mesh.await(20 * SECOND, mesh::isWhole)).isNotNegative();
    }

    @Test
    void aFlappingLinkCostsLittle() {
        Simulation mesh = whole(7, 12);
        long since = mesh.nowNanos();
        long frames = mesh.frames;
        for (int i = 0; i < 30; i++) {
            mesh.way = (a, b) -> a != 4 && b != 4;
            mesh.run(5 * SECOND);
            mesh.heal();
            mesh.run(5 * SECOND);
        }

        assertThat((mesh.frames - frames) / 300.0 / 12).isLessThan(12);
        for (Node node : mesh.nodes) {
            if (node.place != 4) {
                assertThat(mesh.removalsBy(node, since)).isSubsetOf("node-4");
                assertThat(mesh.removalsBy(node, since)).as("patience grows").hasSizeLessThan(15);
            }
        }
        assertThat(mesh.await(10 * SECOND, mesh::isWhole)).isNotNegative();
    }

    @Test
    void aLaptopThatSleptIsBackSoonAndAccusesNobodyToDeath() {
        Simulation mesh = whole(8, 8);
        Node laptop = mesh.nodes.get(6);
        laptop.sleep(120 * SECOND);
        assertThat(mesh.await(12 * SECOND, () -> mesh.isForgotten(laptop))).isNotNegative();
        mesh.run(laptop.pausedUntilNanos - mesh.nowNanos());
        long since = mesh.nowNanos();

        assertThat(mesh.await(10 * SECOND, mesh::isWhole)).isNotNegative();
        mesh.run(30 * SECOND);
        assertThat(mesh.removals(since)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.05, 0.1, 0.2})
    void steadyLossRemovesNobody(double loss) {
        Simulation mesh = whole(9, 16);
        mesh.loss = loss;
        long since = mesh.nowNanos();

        mesh.run(300 * SECOND);

        assertThat(mesh.removals(since)).isEmpty();
        mesh.loss = 0;
        assertThat(mesh.await(15 * SECOND, mesh::isWhole)).isNotNegative();
    }

    @Test
    void burstsOfLossRemoveNobody() {
        Simulation mesh = whole(10, 16);
        long since = mesh.nowNanos();
        for (int i = 0; i < 150; i++) {
            // One host in four loses nearly everything for half a second, each time another four.
            int phase = mesh.random.nextInt(4);
            mesh.way = (a, b) -> (a % 4 != phase && b % 4 != phase) || mesh.random.nextInt(5) == 0;
            mesh.run(500 * MILLI);
            mesh.heal();
            mesh.run(1500 * MILLI);
        }

        assertThat(mesh.removals(since)).isEmpty();
        assertThat(mesh.await(15 * SECOND, mesh::isWhole)).isNotNegative();
    }

    @ParameterizedTest
    @CsvSource({"8, 80, 250", "2, 290, 400", "3, 290, 400", "6, 290, 520"})
    void longDelaysAreNoFailure(int size, long delayMinMillis, long delayMaxMillis) {
        Simulation mesh = new Simulation(11, size, false);
        mesh.delayMinNanos = delayMinMillis * MILLI;
        mesh.delayMaxNanos = delayMaxMillis * MILLI;
        mesh.startAll(10 * MILLI);
        assertThat(mesh.await(20 * SECOND, mesh::isWhole)).isNotNegative();
        long since = mesh.nowNanos();

        mesh.run(180 * SECOND);

        assertThat(mesh.removals(since)).isEmpty();
    }

    @Test
    void halfAMeshThatDiesAtOnceIsRemoved() {
        Simulation mesh = whole(12, 20);
        mesh.nodes.stream().filter(node -> node.place % 2 == 1).forEach(Node::crash);
        long since = mesh.nowNanos();

        assertThat(mesh.await(30 * SECOND, () -> mesh.nodes.stream()
                .allMatch(node -> node.isUp() || mesh.isForgotten(node)))).isNotNegative();
        assertThat(mesh.removals(since)).isEmpty();

        mesh.nodes.stream().filter(node -> !node.isUp()).forEach(Node::start);
        assertThat(mesh.await(15 * SECOND, mesh::isWhole)).as("they come back by what their disks remember")
                .isNotNegative();
    }

    @Test
    void aBigTableArrivesOverALossyPath() {
        Simulation mesh = new Simulation(13, 120, false);
        mesh.nodes.subList(0, 119).forEach(node -> {
            node.start();
            if (node.place > 0) {
                node.connect(mesh.nodes.getFirst());
            }
            mesh.run(10 * MILLI);
        });
        assertThat(mesh.await(20 * SECOND, mesh::isWhole)).isNotNegative();
        mesh.loss = 0.05;
        Node joiner = mesh.nodes.getLast();
        joiner.start();
        joiner.connect(mesh.nodes.get(60));

        assertThat(mesh.await(15 * SECOND, () -> mesh.nodes.stream()
                .allMatch(node -> node == joiner || joiner.believesIn(node)))).isNotNegative();
    }

    @Test
    void aTableOfAThousandArrivesOverALossyPath() {
        // Only three of them run; the others were heard of.
        Simulation mesh = new Simulation(17, 1000, false);
        List<Node> running = mesh.nodes.subList(0, 3);
        running.subList(0, 2).forEach(Node::start);
        running.get(1).connect(running.get(0));
        mesh.run(SECOND);
        for (Node ghost : mesh.nodes.subList(3, 1000)) {
            running.get(1).say(running.get(0), new Rumour.Described(ghost.record(1_800_000_000_000L, 1)),
                    ghost.signatures.alive(ghost.key, 1_800_000_000_000L, 0, 1));
        }
        mesh.run(SECOND);
        mesh.loss = 0.05;
        Node joiner = running.get(2);
        joiner.start();
        joiner.connect(running.get(0));

        assertThat(mesh.await(10 * SECOND, () -> mesh.nodes.stream()
                .allMatch(node -> node == joiner || joiner.believesIn(node)))).isNotNegative();
    }

    @Test
    void aMeshThatIsRestartedAllAtOnceComesTogetherByWhatItsDisksRemember() {
        Simulation mesh = whole(18, 20);
        mesh.nodes.forEach(Node::crash);
        mesh.run(SECOND);
        mesh.nodes.forEach(Node::start);

        assertThat(mesh.await(15 * SECOND, mesh::isWhole)).isNotNegative();
        mesh.run(30 * SECOND);
        assertThat(mesh.isWhole()).isTrue();
    }

    @Test
    void whoHearsNothingJoinsAsSoonAsItHears() {
        Simulation mesh = new Simulation(19, 5, false);
        Node joiner = mesh.nodes.get(4);
        mesh.way = (_, to) -> to != joiner.place;
        mesh.startAll(10 * MILLI);
        mesh.run(30 * SECOND);
        assertThat(mesh.nodes.getFirst().believesIn(joiner)).isFalse();
        assertThat(mesh.removals(0)).as("the others do not suffer").isEmpty();

        mesh.heal();
        joiner.connect(mesh.nodes.getFirst());

        assertThat(mesh.await(3 * SECOND, mesh::isWhole)).isNotNegative();
    }
}
