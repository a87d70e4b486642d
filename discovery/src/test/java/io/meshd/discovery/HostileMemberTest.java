package io.meshd.discovery;

import static io.meshd.discovery.Simulation.MILLI;
import static io.meshd.discovery.Simulation.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.discovery.Simulation.Node;
import io.meshd.identity.Bytes;
import io.meshd.identity.Identity;
import io.meshd.protocol.DropReason;
import io.meshd.protocol.Event;
import io.meshd.protocol.Frame;
import io.meshd.protocol.MemberState;
import io.meshd.testing.Property;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A trusted member that lies, forges, floods and sends rubbish. Afterwards every part of the others still works. */
class HostileMemberTest {
    private static final Bytes FORGED = Bytes.copyOf(new byte[Identity.SIGNATURE_BYTES]);

    private Simulation mesh;
    private Node hostile;
    private Node victim;
    private Node host;

    @BeforeEach
    void aMeshWithOneTraitor() {
        mesh = new Simulation(31, 5, true);
        mesh.startAll(10 * MILLI);
        assertThat(mesh.await(10 * SECOND, mesh::isWhole)).isNotNegative();
        mesh.run(10 * SECOND);
        host = mesh.nodes.get(0);
        victim = mesh.nodes.get(1);
        hostile = mesh.nodes.get(4);
        for (Node node : mesh.nodes) {
            if (node != hostile && !hostile.daemon().hasSession(node)) {
                mesh.meet(hostile.daemon(), node.daemon());
            }
        }
        mesh.run(SECOND);
    }

    /** Pings are answered, tables compared, a crash is found, a restart known: no component has died. */
    private void everythingStillWorks() {
        mesh.run(20 * SECOND);
        assertThat(mesh.await(15 * SECOND, mesh::isWhole)).as("whole afterwards").isNotNegative();
        int[] acks = new int[mesh.nodes.size()];
        mesh.nodes.forEach(node -> node.tap = (_, frame) -> {
            acks[node.place] += (int) Simulation.messages(frame).stream().filter(SwimMessage.Ack.class::isInstance)
                    .count();
        });
        mesh.run(20 * SECOND);
        assertThat(acks).as("acks of each node").doesNotContain(0);
        Node third = mesh.nodes.get(2);
        third.crash();
        // That it is found at all: how soon is what MembershipTest and the measurements look at, over many runs.
        assertThat(mesh.await(20 * SECOND, () -> mesh.isForgotten(third))).as("a crash is found").isNotNegative();
        third.start();
        third.connect(mesh.nodes.get(3));
        assertThat(mesh.await(5 * SECOND, mesh::isWhole)).as("a join is known").isNotNegative();
        third.update(2);
        assertThat(mesh.await(5 * SECOND, () -> mesh.nodes.stream()
                .allMatch(node -> node == third || node.sequenceOf(third) == 2))).as("a record is known")
                .isNotNegative();
    }

    private Rumour.Alive statementOf(Node node) {
        return host.daemon().statementOf(node);
    }

    private long drops(Node node, DropReason reason) {
        return node.told.stream().filter(told -> told.event().equals(new Event.Dropped(reason))).count();
    }

    @Test
    void cannotStateAnotherIncarnationOrRunOfAVictim() {
        Rumour.Alive true1 = statementOf(victim);
        for (int jump : new int[]{1, 1 << 21, SwimCodec.INCARNATION_MAX - 1 - true1.incarnation()}) {
            hostile.say(host, new Rumour.Alive(victim.key, true1.epoch(), true1.incarnation() + jump,
                    true1.sequence(), true1.signature()));
        }
        hostile.say(host, new Rumour.Alive(victim.key, true1.epoch() + 1, 0, 1, true1.signature()));
        mesh.run(SECOND);

        assertThat(host.epochOf(victim)).isEqualTo(true1.epoch());
        assertThat(host.daemon().statementOf(victim)).isEqualTo(true1);
        assertThat(drops(host, DropReason.MALFORMED)).isGreaterThanOrEqualTo(2);
        everythingStillWorks();
    }

    @Test
    void cannotJumpToAHugeIncarnationOfItsOwn() {
        Rumour.Alive own = statementOf(hostile);
        for (int jump : new int[]{(1 << 20) + 1, SwimCodec.INCARNATION_MAX - 1}) {
            mesh.nodes.stream().filter(node -> node != hostile).forEach(node -> hostile.say(node,
                    hostile.signatures.alive(hostile.key, own.epoch(), own.incarnation() + jump, own.sequence())));
        }
        mesh.run(5 * SECOND);

        assertThat(statementOf(hostile)).isEqualTo(own);
        everythingStillWorks();
    }

    @Test
    void cannotSayGoodbyeForAVictim() {
        Rumour.Alive statement = statementOf(victim);
        hostile.say(host, new Rumour.Left(new Frame.Leave(victim.key, statement.epoch(), FORGED)));
        hostile.daemon().send(host.key, hostile.signatures.leave(statement.epoch()));
        hostile.daemon().send(host.key, new Frame.Leave(victim.key, statement.epoch(),
                hostile.signatures.leave(statement.epoch()).signature()));
        mesh.run(SECOND);

        assertThat(host.opinion(victim)).isEqualTo(MemberState.ALIVE);
        everythingStillWorks();
    }

    @Test
    void cannotAccuseInTheNameOfOthers() {
        Rumour.Alive statement = statementOf(victim);
        for (int i = 0; i < 200; i++) {
            for (Node accuser : mesh.nodes) {
                hostile.say(host, new Rumour.Accusation(victim.key, statement.epoch(), statement.incarnation(),
                        accuser.key, FORGED));
            }
            mesh.run(20 * MILLI);
        }

        assertThat(host.opinion(victim)).isEqualTo(MemberState.ALIVE);
        assertThat(mesh.removals(0)).isEmpty();
        everythingStillWorks();
    }

    @Test
    void cannotAccuseAHealthyVictimToDeathAlone() {
        long since = mesh.nowNanos();
        for (int i = 0; i < 300; i++) {
            Rumour.Alive statement = statementOf(victim);
            Rumour.Accusation accusation = hostile.signatures.accusation(victim.key, statement.epoch(),
                    statement.incarnation(), hostile.key);
            mesh.nodes.stream().filter(node -> node != hostile).forEach(node -> hostile.say(node, accusation));
            mesh.run(100 * MILLI);
        }

        assertThat(mesh.removals(since)).isEmpty();
        everythingStillWorks();
    }

    @Test
    void cannotReviveTheDeadWithTheirOldWords() {
        Node dead = mesh.nodes.get(3);
        Rumour.Alive lastWords = statementOf(dead);
        Rumour.Described record = new Rumour.Described(dead.daemon().record);
        dead.crash();
        assertThat(mesh.await(12 * SECOND, () -> mesh.isForgotten(dead))).isNotNegative();
        mesh.run(5 * SECOND);
        long since = mesh.nowNanos();
        for (int i = 0; i < 50; i++) {
            mesh.nodes.stream().filter(node -> node != dead && node != hostile)
                    .forEach(node -> hostile.say(node, record, lastWords));
            mesh.run(200 * MILLI);
        }

        assertThat(host.hasTold(since, event -> event instanceof Event.MemberChanged changed
                && changed.peer().equals(dead.key) && changed.to() == MemberState.ALIVE)).isFalse();
        dead.start();
        dead.connect(host);
        everythingStillWorks();
    }

    @Test
    void cannotRemoveAVictimAsAHelper() {
        // Answers every request to ping for somebody with: the run that you mean is over.
        for (long cid = 1; cid < 200; cid++) {
            hostile.say(host, new SwimMessage.Ack(cid, true));
            hostile.say(victim, new SwimMessage.Ack(cid, true));
        }
        mesh.run(SECOND);

        assertThat(host.opinion(victim)).isEqualTo(MemberState.ALIVE);
        everythingStillWorks();
    }

    @Test
    void pingsAndRequestsWithWrongRunsAndTargetsAreHarmless() {
        for (long cid = 0; cid < 100; cid++) {
            hostile.say(host, new SwimMessage.Ping(cid, 7, 9, 1 << 29));
            hostile.say(host, new SwimMessage.Ping(Long.MAX_VALUE, SwimCodec.EPOCH_MAX - 1, 0, -1));
            hostile.say(host, new SwimMessage.PingRequest(cid, 1, hostile.key, 3));
            hostile.say(host, new SwimMessage.PingRequest(cid, 1, host.key, 3));
            hostile.say(host, new SwimMessage.PingRequest(cid, 1, victim.key, 3));
            hostile.say(host, new SwimMessage.Nack(cid));
            mesh.run(10 * MILLI);
        }

        everythingStillWorks();
    }

    @Test
    void theOwnNameInAnothersMouthChangesNothing() {
        Rumour.Alive own = victim.daemon().statementOf(host);
        hostile.say(host, own);
        hostile.say(host, new Rumour.Alive(host.key, own.epoch() + 5, 0, 1, FORGED));
        hostile.say(host, new Rumour.Accusation(host.key, own.epoch(), SwimCodec.INCARNATION_MAX - 1, hostile.key,
                FORGED));
        hostile.say(host, hostile.signatures.accusation(host.key, own.epoch(), SwimCodec.INCARNATION_MAX - 1,
                hostile.key));
        mesh.run(2 * SECOND);

        assertThat(host.hasTold(0, event -> event instanceof Event.IdentityConflict)).isFalse();
        Rumour.Alive now = victim.daemon().statementOf(host);
        assertThat(now.incarnation()).as("no jump").isLessThan(own.incarnation() + 5);
        everythingStillWorks();
    }

    @Test
    void countBombsAndSummariesOfStrangersAreHarmless() {
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 0; i < 40; i++) {
            List<SwimMessage.Entry> entries = new ArrayList<>();
            for (int k = 0; k < 200; k++) {
                entries.add(new SwimMessage.Entry(random.nextLong(), random.nextLong(SwimCodec.EPOCH_MAX),
                        random.nextInt(SwimCodec.INCARNATION_MAX), random.nextLong(Long.MAX_VALUE)));
            }
            entries.add(new SwimMessage.Entry(SwimMessage.shortKey(victim.key), SwimCodec.EPOCH_MAX - 1, 5, 5));
            hostile.say(host, new SwimMessage.Summary(256, List.of(0, 1, 2, 255), entries));
            hostile.say(host, new SwimMessage.Want(LongStream.range(0, 500).boxed().toList()));
            hostile.say(host, new SwimMessage.Digest(Collections.nCopies(256, random.nextInt())));
            hostile.say(host, new byte[]{10, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x7f});
            hostile.say(host, new byte[]{11, 3, (byte) 0xff, (byte) 0xff, 0x7f});
            mesh.run(50 * MILLI);
        }

        assertThat(drops(host, DropReason.MALFORMED)).isEqualTo(80);
        everythingStillWorks();
    }

    @Test
    void rubbishOfEveryKindIsHarmless() {
        SplittableRandom random = new SplittableRandom(6);
        List<byte[]> samples = SwimCodecTest.samples().stream().map(SwimCodec::encode).toList();
        for (int i = 0; i < 3000; i++) {
            hostile.say(mesh.nodes.get(random.nextInt(4)),
                    Property.mutated(random, samples.get(random.nextInt(samples.size()))));
            if (i % 20 == 0) {
                mesh.run(10 * MILLI);
            }
        }

        assertThat(drops(host, DropReason.MALFORMED)).isPositive();
        everythingStillWorks();
    }

    @Test
    void aFloodIsCutOffAndForgeriesCostMore() {
        Rumour.Alive statement = statementOf(victim);
        long since = mesh.nowNanos();
        for (int i = 0; i < 400; i++) {
            for (int k = 0; k < 50; k++) {
                hostile.say(host, new Rumour.Alive(victim.key, statement.epoch(), statement.incarnation() + 1 + k,
                        statement.sequence(), FORGED));
            }
            mesh.run(2 * MILLI);
        }

        assertThat(drops(host, DropReason.MALFORMED)).as("verifications that the flood caused").isLessThan(100);
        assertThat(drops(host, DropReason.RATE_LIMITED)).isGreaterThan(10_000);
        assertThat(mesh.removals(since).keySet()).as("only the flooder is not heard").isSubsetOf(hostile.name);
        mesh.run(60 * SECOND);
        everythingStillWorks();
    }

    @Test
    void aFloodOfOwnTrueStatementsIsPassedOnAtARateOnly() {
        Rumour.Alive own = statementOf(hostile);
        long frames = mesh.frames;
        for (int i = 1; i <= 2000; i++) {
            hostile.say(host, hostile.signatures.alive(hostile.key, own.epoch(), own.incarnation() + i,
                    own.sequence()));
            mesh.run(10 * MILLI);
        }

        // 40 at once and 4 a second in 20 s, each passed on at most 4 times by 5 nodes; and the steady traffic.
        assertThat(mesh.frames - frames - 2000).isLessThan((40 + 80) * 20 + 20 * 5 * 4);
        mesh.run(30 * SECOND);
        everythingStillWorks();
    }

    @Test
    void askingForEverythingAllTheTimeGetsALimitedAnswer() {
        long bytes = host.bytesSent;
        for (int i = 0; i < 3000; i++) {
            hostile.say(host, new SwimMessage.Summary(1, List.of(0), List.of()));
            hostile.say(host, new SwimMessage.Digest(List.of(i)));
            mesh.run(MILLI);
        }

        assertThat(host.bytesSent - bytes).isLessThan(20_000L * 400);
        assertThat(drops(host, DropReason.RATE_LIMITED)).isPositive();
        mesh.run(30 * SECOND);
        everythingStillWorks();
    }

    @Test
    void aReplayOfEverythingThatWasSaidChangesNothing() {
        List<byte[]> heard = new ArrayList<>();
        mesh.nodes.forEach(node -> node.tap = (_, frame) -> {
            if (frame instanceof Frame.Membership membership && heard.size() < 2000) {
                heard.add(membership.body().toArray());
            }
        });
        victim.update(2);
        mesh.run(20 * SECOND);
        victim.update(3);
        mesh.run(5 * SECOND);
        mesh.nodes.forEach(node -> node.tap = (_, _) -> {});
        long since = mesh.nowNanos();
        for (byte[] body : heard) {
            hostile.say(host, body);
            mesh.run(2 * MILLI);
        }

        assertThat(host.sequenceOf(victim)).isEqualTo(3);
        assertThat(mesh.removals(since)).isEmpty();
        everythingStillWorks();
    }

    @Test
    void whoIsNotTrustedIsNotHeard() {
        Node stranger = hostile;
        host.trust(new java.util.TreeSet<>(List.of(victim.key, mesh.nodes.get(2).key, mesh.nodes.get(3).key)));
        int before = host.told.size();
        stranger.say(host, SwimCodecTest.samples().toArray(SwimMessage[]::new));
        mesh.run(100 * MILLI);

        assertThat(host.told.subList(before, host.told.size())).extracting(Simulation.Told::event)
                .contains(new Event.Dropped(DropReason.UNAUTHORIZED_PEER));
        assertThat(host.membership().members()).doesNotContainKey(stranger.key);
    }
}
