package io.meshd.discovery;

import static io.meshd.discovery.Simulation.MILLI;
import static io.meshd.discovery.Simulation.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.discovery.Simulation.Node;
import io.meshd.identity.Identity;
import io.meshd.identity.PublicKey;
import io.meshd.protocol.Frame;
import io.meshd.protocol.MemberState;
import io.meshd.protocol.NodeRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What members say of members, in the wrong order, too late or twice. */
class RumourTest {
    private Simulation mesh;
    private Node host;
    private Node about;
    private Node teller;

    @BeforeEach
    void aMeshOfFive() {
        mesh = new Simulation(51, 5, true);
        mesh.startAll(10 * MILLI);
        assertThat(mesh.await(10 * SECOND, mesh::isWhole)).isNotNegative();
        mesh.run(10 * SECOND);
        host = mesh.nodes.get(0);
        about = mesh.nodes.get(1);
        teller = mesh.nodes.get(2);
        for (Node node : mesh.nodes) {
            if (node != teller && !teller.daemon().hasSession(node)) {
                mesh.meet(teller.daemon(), node.daemon());
            }
        }
        mesh.run(SECOND);
    }

    private Rumour.Alive statement() {
        return host.daemon().statementOf(about);
    }

    private Rumour.Accusation accusation(int incarnation) {
        return teller.signatures.accusation(about.key, statement().epoch(), incarnation, teller.key);
    }

    @Test
    void whoIsToldByAPingThatItIsAccusedRefutes() {
        Rumour.Alive before = statement();

        teller.say(about, new SwimMessage.Ping(1, teller.daemon().record.epoch(), before.epoch(),
                before.incarnation()));
        mesh.run(3 * SECOND);

        assertThat(statement().incarnation()).isEqualTo(before.incarnation() + 1);
        assertThat(host.opinion(about)).isEqualTo(MemberState.ALIVE);
    }

    @Test
    void aRefutationEndsTheSuspicionEverywhere() {
        Rumour.Accusation accusation = accusation(statement().incarnation());
        mesh.nodes.stream().filter(node -> node != teller && node != about)
                .forEach(node -> teller.say(node, accusation));
        mesh.run(3 * MILLI);
        assertThat(host.opinion(about)).isEqualTo(MemberState.SUSPECT);

        assertThat(mesh.await(2 * SECOND, mesh::isWhole)).isNotNegative();
        assertThat(statement().incarnation()).isEqualTo(accusation.incarnation() + 1);
        assertThat(mesh.removals(0)).isEmpty();
    }

    @Test
    void anOldAccusationIsAnsweredWithTheNewerStatement() {
        about.daemon().turn(membership -> membership.announce(mesh.nowNanos(), about.daemon()));
        mesh.run(3 * SECOND);
        Rumour.Alive newer = statement();
        assertThat(newer.incarnation()).isPositive();
        List<SwimMessage> answers = new ArrayList<>();
        host.tap = (to, frame) -> {
            if (to.equals(teller.key)) {
                answers.addAll(Simulation.messages(frame));
            }
        };

        teller.say(host, accusation(newer.incarnation() - 1));
        mesh.run(100 * MILLI);

        assertThat(answers).contains(newer);
        assertThat(host.opinion(about)).isEqualTo(MemberState.ALIVE);
    }

    @Test
    void theSameAccusationTwiceIsOneAccusation() {
        long since = mesh.nowNanos();
        Rumour.Accusation accusation = accusation(statement().incarnation());
        mesh.way = (from, to) -> from != about.place && to != about.place;
        for (int i = 0; i < 10; i++) {
            teller.say(host, accusation);
            mesh.run(50 * MILLI);
        }
        mesh.run(SECOND);
        mesh.heal();
        mesh.run(20 * SECOND);

        assertThat(host.told.stream().filter(told -> told.atNanos() >= since)
                .filter(told -> told.event().equals(new io.meshd.protocol.Event.MemberChanged(about.key,
                        MemberState.ALIVE, MemberState.SUSPECT))))
                .hasSize(1);
        assertThat(mesh.removals(since)).isEmpty();
    }

    @Test
    void aGoodbyeThatComesBeforeTheStatementItEndsWins() {
        about.crash();
        long next = statement().epoch() + 1000;
        teller.say(host, new Rumour.Left(about.signatures.leave(next)));
        mesh.run(100 * MILLI);
        assertThat(host.opinion(about)).isEqualTo(MemberState.LEFT);

        teller.say(host, new Rumour.Described(about.record(next, 1)), about.signatures.alive(about.key, next, 0, 1));
        mesh.run(5 * SECOND);

        assertThat(host.opinion(about)).isEqualTo(MemberState.LEFT);
        assertThat(host.epochOf(about)).isEqualTo(next);
    }

    @Test
    void theGoodbyeOfAFormerRunEndsNoLaterOne() {
        Rumour.Left former = new Rumour.Left(about.signatures.leave(statement().epoch()));
        about.leave();
        mesh.run(5 * SECOND);
        about.start();
        about.connect(host);
        assertThat(mesh.await(3 * SECOND, mesh::isWhole)).isNotNegative();

        mesh.nodes.stream().filter(node -> node != teller && node != about).forEach(node -> {
            teller.say(node, former);
            teller.daemon().send(node.key, former.leave());
        });
        mesh.run(20 * SECOND);

        assertThat(mesh.isWhole()).isTrue();
        assertThat(host.opinion(about)).isEqualTo(MemberState.ALIVE);
    }

    @Test
    void aGoodbyeIsNotPassedOnForEver() {
        long[] last = {0};
        int[] times = {0};
        mesh.nodes.forEach(node -> node.tap = (_, frame) -> {
            boolean told = frame instanceof Frame.Leave
                    || Simulation.messages(frame).stream().anyMatch(Rumour.Left.class::isInstance);
            if (told) {
                times[0]++;
                last[0] = mesh.nowNanos();
            }
        });
        long since = mesh.nowNanos();
        about.leave();
        mesh.run(120 * SECOND);

        assertThat(times[0]).isBetween(4, 60);
        assertThat(last[0] - since).isLessThan(5 * SECOND);
    }

    @Test
    void aPingForAFormerRunIsAnsweredWithThePresentOne() {
        List<SwimMessage> answers = new ArrayList<>();
        about.tap = (to, frame) -> {
            if (to.equals(teller.key)) {
                answers.addAll(Simulation.messages(frame));
            }
        };
        Rumour.Alive present = statement();

        teller.say(about, new SwimMessage.Ping(77, teller.daemon().record.epoch(), present.epoch() - 1, -1));
        mesh.run(100 * MILLI);

        assertThat(answers).contains(new SwimMessage.Ack(77, true), present);
    }

    @Test
    void aRecordOfAnotherNetworkOrRunChangesNothing() {
        Identity identity = Objects.requireNonNull(about.identity);
        NodeRecord known = recordOf(about);
        NodeRecord foreign = NodeRecord.sign(identity, known.epoch(), 9, "about", "another", 0, 1420, List.of(),
                List.of(about.address));
        NodeRecord former = NodeRecord.sign(identity, known.epoch() - 1, 9, "about", "sim", 0, 1420, List.of(),
                List.of(about.address));

        teller.say(host, new Rumour.Described(foreign), new Rumour.Described(former));
        mesh.run(SECOND);

        assertThat(recordOf(about)).isEqualTo(known);
        assertThat(host.opinion(about)).isEqualTo(MemberState.ALIVE);
    }

    private NodeRecord recordOf(Node node) {
        MemberSnapshot snapshot = Objects.requireNonNull(host.membership().members().get(node.key));
        return Objects.requireNonNull(snapshot.record());
    }

    @Test
    void nobodyBringsInWhomTheHostDoesNotTrust() {
        Identity stranger = Identity.generate(new SplittableRandom(99));
        PublicKey key = stranger.publicKey();
        Signatures signatures = Signatures.of(stranger);
        NodeRecord record = NodeRecord.sign(stranger, 1_800_000_000_000L, 1, "stranger", "sim", 0, 1420, List.of(),
                List.of(teller.address));
        int before = host.told.size();

        teller.say(host, new Rumour.Described(record), signatures.alive(key, record.epoch(), 0, 1));
        teller.say(host, signatures.accusation(about.key, statement().epoch(), statement().incarnation(), key));
        teller.say(host, new Rumour.Left(signatures.leave(record.epoch())));
        mesh.run(5 * SECOND);

        assertThat(host.membership().members()).doesNotContainKey(key);
        assertThat(host.told.subList(before, host.told.size())).as("not even an event").isEmpty();
    }
}
