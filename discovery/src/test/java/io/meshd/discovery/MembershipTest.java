package io.meshd.discovery;

import static io.meshd.discovery.Simulation.MILLI;
import static io.meshd.discovery.Simulation.SECOND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.meshd.discovery.Simulation.Node;
import io.meshd.identity.PublicKey;
import io.meshd.protocol.Event;
import io.meshd.protocol.MemberState;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole meshes on virtual time: joining, leaving, dying and coming back. */
class MembershipTest {
    private static Simulation whole(long seed, int size) {
        Simulation mesh = new Simulation(seed, size, size <= 5);
        mesh.startAll(10 * MILLI);
        assertThat(mesh.await(10 * SECOND, mesh::isWhole)).as("forms").isNotNegative();
        mesh.run(20 * SECOND);
        return mesh;
    }

    @Test
    void fiveNodesFindEachOtherThroughOne() {
        Simulation mesh = new Simulation(1, 5, true);
        mesh.startAll(10 * MILLI);

        assertThat(mesh.await(5 * SECOND, mesh::isWhole)).isBetween(0L, 2 * SECOND);
    }

    @Test
    void nodesThatStartTogetherFindEachOther() {
        Simulation mesh = new Simulation(2, 12, false);
        mesh.nodes.forEach(Node::start);
        for (int i = 1; i < mesh.nodes.size(); i++) {
            mesh.nodes.get(i).connect(mesh.nodes.get(i - 1));
        }

        assertThat(mesh.await(5 * SECOND, mesh::isWhole)).isBetween(0L, 2 * SECOND);
    }

    @Test
    void repeatsExactlyFromItsSeed() {
        assertThat(eventful(77)).isEqualTo(eventful(77)).isNotEqualTo(eventful(78));
    }

    private static long eventful(long seed) {
        Simulation mesh = new Simulation(seed, 12, false);
        mesh.loss = 0.1;
        mesh.startAll(50 * MILLI);
        mesh.run(10 * SECOND);
        mesh.nodes.get(3).crash();
        mesh.run(10 * SECOND);
        mesh.nodes.get(3).start();
        mesh.nodes.get(5).leave();
        mesh.split(6);
        mesh.run(20 * SECOND);
        mesh.heal();
        mesh.run(10 * SECOND);
        return mesh.trace();
    }

    @Test
    void aLoneNodeIsReadyAtOnce() {
        Simulation mesh = new Simulation(3, 1, true);
        mesh.startAll(0);

        mesh.run(60 * SECOND);

        assertThat(mesh.frames).isZero();
        assertThat(mesh.nodes.getFirst().membership().members()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 5, 8})
    void aKilledNodeIsRemovedEverywhereAndComesBack(int size) {
        for (int seed = 0; seed < 3; seed++) {
            Simulation mesh = whole(seed, size);
            Node victim = mesh.nodes.getLast();
            victim.crash();

            assertThat(mesh.await(12 * SECOND, () -> mesh.isForgotten(victim))).isBetween(SECOND, 9 * SECOND);
            mesh.nodes.stream().filter(Node::isUp)
                    .forEach(node -> assertThat(node.opinion(victim)).isEqualTo(MemberState.DEAD));

            victim.start();
            victim.connect(mesh.nodes.getFirst());
            assertThat(mesh.await(3 * SECOND, mesh::isWhole)).isNotNegative();
        }
    }

    @Test
    void theFirstOpinionOfASilentNodeIsSuspicion() {
        Simulation mesh = whole(4, 5);
        Node victim = mesh.nodes.get(2);
        victim.crash();
        long since = mesh.nowNanos();
        mesh.await(12 * SECOND, () -> mesh.isForgotten(victim));

        List<MemberState> course = mesh.nodes.getFirst().told.stream().filter(told -> told.atNanos() >= since)
                .flatMap(told -> told.event() instanceof Event.MemberChanged changed
                        && changed.peer().equals(victim.key) ? List.of(changed.to()).stream() : null)
                .toList();

        assertThat(course).containsExactly(MemberState.SUSPECT, MemberState.DEAD);
    }

    @Test
    void twoThatDieTogetherAreRemovedTogether() {
        Simulation mesh = whole(5, 5);
        mesh.nodes.get(3).crash();
        mesh.nodes.get(4).crash();

        assertThat(mesh.await(14 * SECOND,
                () -> mesh.isForgotten(mesh.nodes.get(3)) && mesh.isForgotten(mesh.nodes.get(4)))).isNotNegative();
    }

    @Test
    void leavingIsKnownAtOnceAndIsNotDying() {
        for (int size : new int[]{2, 3, 5, 12}) {
            Simulation mesh = whole(6, size);
            Node leaver = mesh.nodes.getLast();
            long since = mesh.nowNanos();
            leaver.leave();

            assertThat(mesh.await(2 * SECOND, () -> mesh.nodes.stream()
                    .allMatch(node -> node == leaver || node.opinion(leaver) == MemberState.LEFT))).isNotNegative();
            mesh.run(60 * SECOND);
            assertThat(mesh.nodes.stream().filter(node -> node != leaver)).allSatisfy(node -> {
                assertThat(node.opinion(leaver)).isEqualTo(MemberState.LEFT);
                Event suspected = new Event.MemberChanged(leaver.key, MemberState.ALIVE, MemberState.SUSPECT);
                assertThat(node.hasTold(since, suspected::equals)).isFalse();
            });
        }
    }

    @Test
    void leavingEndsWithinThreeSecondsAlsoWithNobodyThere() {
        Simulation alone = new Simulation(7, 1, true);
        alone.startAll(0);
        alone.nodes.getFirst().leave();
        alone.run(4 * SECOND);
        assertThat(alone.nodes.getFirst().membership().hasLeft()).isTrue();

        Simulation cut = whole(7, 5);
        cut.way = (_, _) -> false;
        cut.nodes.getFirst().leave();
        cut.run(4 * SECOND);
        assertThat(cut.nodes.getFirst().membership().hasLeft()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"300, false", "1000, false", "300, true", "1000, true", "30000, true"})
    void aRestartedNodeIsKnownByItsNewRunEverywhere(long pauseMillis, boolean leavesBefore) {
        Simulation mesh = whole(8, 12);
        Node node = mesh.nodes.get(5);
        if (leavesBefore) {
            node.leave();
            mesh.run(200 * MILLI);
        }
        node.crash();
        mesh.run(pauseMillis * MILLI);
        node.start();
        node.connect(mesh.nodes.getFirst());
        long epoch = node.daemon().record.epoch();

        assertThat(mesh.await(2 * SECOND, () -> mesh.nodes.stream()
                .allMatch(other -> other == node || (other.epochOf(node) == epoch && other.believesIn(node)))))
                .isNotNegative();
        mesh.run(30 * SECOND);
        assertThat(mesh.isWhole()).isTrue();
    }

    @Test
    void aRunThatBeginsWithAnEarlierEpochIsBelievedOnItsOwnSession() {
        Simulation mesh = whole(9, 5);
        Node node = mesh.nodes.get(2);
        long before = node.daemon().record.epoch();
        node.crash();
        mesh.run(SECOND);
        node.start(before - 1_000_000);
        mesh.nodes.stream().filter(other -> other != node).forEach(node::connect);

        assertThat(mesh.await(5 * SECOND, () -> mesh.nodes.stream().allMatch(other -> other == node
                || (other.epochOf(node) == before - 1_000_000 && other.believesIn(node))))).isNotNegative();
        mesh.run(30 * SECOND);
        assertThat(mesh.isWhole()).isTrue();
    }

    @Test
    void aNewRecordReachesEverybody() {
        Simulation mesh = whole(10, 12);
        Node node = mesh.nodes.get(4);
        for (long sequence = 2; sequence < 5; sequence++) {
            node.update(sequence);
            long expected = sequence;

            assertThat(mesh.await(2 * SECOND, () -> mesh.nodes.stream()
                    .allMatch(other -> other == node || other.sequenceOf(node) == expected))).isNotNegative();
        }
        assertThat(mesh.nodes.getFirst().hasTold(0, event -> event instanceof Event.RecordLearned learned
                && learned.record().node().equals(node.key) && learned.record().sequence() == 4)).isTrue();
    }

    @Test
    void refusesAnOwnRecordOfAnotherRunOrWithoutProgress() {
        Simulation mesh = new Simulation(11, 1, true);
        mesh.startAll(0);
        Node node = mesh.nodes.getFirst();
        Membership membership = node.membership();

        assertThatThrownBy(() -> membership.updateOwnRecord(0, node.record(1, 9), node.daemon()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> membership.updateOwnRecord(0, node.daemon().record, node.daemon()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void announcingMovesOnWithoutHarm() {
        Simulation mesh = whole(12, 5);
        Node node = mesh.nodes.get(1);
        node.daemon().turn(membership -> membership.announce(mesh.nowNanos(), node.daemon()));

        mesh.run(30 * SECOND);

        assertThat(mesh.isWhole()).isTrue();
        assertThat(mesh.removals(0)).isEmpty();
    }

    @Test
    void aRevokedKeyIsGoneAtOnceAndStaysOut() {
        Simulation mesh = whole(13, 12);
        Node revoked = mesh.nodes.get(7);
        Node knowing = mesh.nodes.getFirst();
        SortedSet<PublicKey> rest = new TreeSet<>(knowing.trusts);
        rest.remove(revoked.key);

        knowing.trust(rest);

        assertThat(knowing.opinion(revoked)).isEqualTo(MemberState.UNKNOWN);
        assertThat(knowing.membership().members()).doesNotContainKey(revoked.key);
        knowing.tap = (to, _) -> assertThat(to).isNotEqualTo(revoked.key);
        long since = mesh.nowNanos();
        mesh.run(60 * SECOND);
        assertThat(knowing.opinion(revoked)).isEqualTo(MemberState.UNKNOWN);
        assertThat(mesh.nodes.get(1).opinion(revoked)).as("others still trust it").isEqualTo(MemberState.ALIVE);
        assertThat(mesh.removals(since)).isEmpty();
    }

    @Test
    void aKeyThatIsTrustedLaterJoins() {
        Simulation mesh = whole(14, 5);
        Node late = mesh.nodes.get(4);
        Node host = mesh.nodes.getFirst();
        SortedSet<PublicKey> all = host.trusts;
        SortedSet<PublicKey> rest = new TreeSet<>(all);
        rest.remove(late.key);
        host.trust(rest);
        mesh.run(10 * SECOND);

        host.trust(new TreeSet<>(all));

        assertThat(mesh.await(20 * SECOND, mesh::isWhole)).isNotNegative();
    }

    @Test
    void partialTrustSuspectsNobody() {
        Simulation mesh = new Simulation(15, 8, false);
        // Each node trusts its neighbours in a ring, two to each side, and node 0 trusts and is trusted by all.
        for (Node node : mesh.nodes) {
            node.trusts = new TreeSet<>();
            for (Node other : mesh.nodes) {
                int distance = Math.floorMod(node.place - other.place, 8);
                boolean near = distance <= 2 || distance >= 6;
                if (node != other && (near || node.place == 0 || other.place == 0)) {
                    node.trusts.add(other.key);
                }
            }
        }
        mesh.startAll(10 * MILLI);
        assertThat(mesh.await(20 * SECOND, mesh::isWhole)).isNotNegative();
        long since = mesh.nowNanos();
        mesh.loss = 0.1;

        mesh.run(120 * SECOND);

        assertThat(mesh.removals(since)).isEmpty();
        for (Node node : mesh.nodes) {
            assertThat(node.membership().members().keySet()).isEqualTo(node.trusts);
        }
        mesh.loss = 0;
        mesh.nodes.get(3).crash();
        assertThat(mesh.await(15 * SECOND, () -> mesh.isForgotten(mesh.nodes.get(3)))).isNotNegative();
    }

    @Test
    void twoDaemonsWithOneKeyRaiseAnAlarm() {
        Simulation mesh = whole(16, 5);
        Node node = mesh.nodes.get(3);
        Simulation.Daemon first = node.daemon();
        node.start();
        Simulation.Daemon second = node.daemon();
        for (int i = 0; i < 4; i++) {
            mesh.nodes.subList(0, 3).forEach(other -> mesh.meet(first, other.daemon()));
            mesh.run(2 * SECOND);
            mesh.nodes.subList(0, 3).forEach(other -> mesh.meet(second, other.daemon()));
            mesh.run(2 * SECOND);
        }

        assertThat(mesh.nodes.getFirst().hasTold(0, event -> event instanceof Event.IdentityConflict conflict
                && conflict.node().equals(node.key))).as("told by a third").isTrue();
        assertThat(node.hasTold(0, event -> event instanceof Event.IdentityConflict)).as("told by itself").isTrue();
    }

    @Test
    void aNodeOfAnotherNetworkIsNoMember() {
        Simulation mesh = new Simulation(17, 3, true);
        Node foreign = mesh.nodes.get(2);
        foreign.network = "other";
        mesh.startAll(10 * MILLI);
        foreign.connect(mesh.nodes.get(1));
        mesh.run(30 * SECOND);

        assertThat(mesh.nodes.get(0).opinion(mesh.nodes.get(1))).isEqualTo(MemberState.ALIVE);
        assertThat(mesh.nodes.get(0).opinion(foreign)).isEqualTo(MemberState.UNKNOWN);
        assertThat(mesh.nodes.get(1).opinion(foreign)).isEqualTo(MemberState.UNKNOWN);
    }

    @Test
    void theSteadyStateIsCheapAndEveryFrameFitsAPath() {
        Simulation mesh = new Simulation(18, 50, false);
        mesh.nodes.forEach(node -> node.tap = (_, frame) -> {
            if (frame instanceof io.meshd.protocol.Frame.Membership membership) {
                assertThat(membership.body().length()).isLessThanOrEqualTo(Links.BODY_BYTES);
            }
        });
        mesh.startAll(10 * MILLI);
        assertThat(mesh.await(10 * SECOND, mesh::isWhole)).isNotNegative();
        mesh.run(30 * SECOND);
        long frames = mesh.frames;
        long bytes = mesh.bytes;

        mesh.run(50 * SECOND);

        assertThat((mesh.frames - frames) / 50.0 / 50).isBetween(1.9, 2.2);
        assertThat((mesh.bytes - bytes) / 50.0 / 50).isLessThan(100);
    }

    @Test
    void oneJoinIsKnownSoonAndCostsLittle() {
        Simulation mesh = new Simulation(19, 60, false);
        Node joiner = mesh.nodes.getLast();
        mesh.nodes.subList(0, 59).forEach(node -> {
            node.start();
            if (node.place > 0) {
                node.connect(mesh.nodes.getFirst());
            }
            mesh.run(10 * MILLI);
        });
        mesh.await(20 * SECOND, mesh::isWhole);
        mesh.run(20 * SECOND);
        long frames = mesh.frames;
        joiner.start();
        joiner.connect(mesh.nodes.get(30));

        assertThat(mesh.await(5 * SECOND, mesh::isWhole)).isBetween(0L, 3 * SECOND / 2);
        mesh.run(5 * SECOND);
        assertThat((mesh.frames - frames) / 60.0).isLessThan(20 + 6.5 * 2.2);
    }
}
