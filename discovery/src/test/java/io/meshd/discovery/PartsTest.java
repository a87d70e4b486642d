package io.meshd.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.identity.Identity;
import io.meshd.identity.PublicKey;
import io.meshd.protocol.MemberState;
import io.meshd.testing.RecordingOutbox;
import io.scalecube.cluster.Member;
import io.scalecube.cluster.membership.MemberStatus;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The small parts of membership, each by itself. */
class PartsTest {
    private static final long SECOND = 1_000_000_000L;
    private static final PublicKey A = Identity.generate(new SplittableRandom(1)).publicKey();
    private static final PublicKey B = Identity.generate(new SplittableRandom(2)).publicKey();

    @Test
    void aStatementIsPassedOnSoOftenAndNotToWhoHasIt() {
        assertThat(List.of(1, 8, 9, 10, 99, 100, 999, 1000).stream().map(Ledger::limit))
                .containsExactly(4, 4, 4, 8, 8, 12, 12, 16);
        Ledger ledger = new Ledger();
        Rumour.Alive statement = new CheapSignatures(A).alive(A, 1, 2, 3);
        ledger.heard(statement, B);
        assertThat(ledger.pass(statement, B, 5)).isFalse();
        for (int i = 0; i < 4; i++) {
            assertThat(ledger.pass(statement, A, 5)).isTrue();
        }
        assertThat(ledger.pass(statement, A, 5)).isFalse();
        ledger.forget(statement);
        assertThat(ledger.pass(statement, B, 5)).isTrue();
        ledger.silence(statement);
        assertThat(ledger.pass(statement, B, 5)).isFalse();
    }

    @Test
    void aBucketLetsThroughABurstAndThenARate() {
        TokenBucket bucket = new TokenBucket(10, 5, 0);
        int burst = 0;
        while (bucket.take(1, 0)) {
            burst++;
        }
        assertThat(burst).isEqualTo(10);
        int later = 0;
        for (long now = 0; now < 10 * SECOND; now += SECOND / 100) {
            later += bucket.take(1, now) ? 1 : 0;
        }
        assertThat(later).isBetween(49, 51);
        bucket.charge(100, 10 * SECOND);
        assertThat(bucket.take(1, 25 * SECOND)).isFalse();
        assertThat(bucket.take(1, 31 * SECOND)).isTrue();
    }

    @Test
    void aSignatureStandsForOneStatementOnly() {
        Identity identity = Identity.generate(new SplittableRandom(1));
        Signatures signatures = Signatures.of(identity);
        Rumour.Alive alive = signatures.alive(A, 5, 6, 7);
        assertThat(signatures.verifies(alive)).isTrue();
        assertThat(List.of(new Rumour.Alive(B, 5, 6, 7, alive.signature()),
                new Rumour.Alive(A, 4, 6, 7, alive.signature()), new Rumour.Alive(A, 5, 7, 7, alive.signature()),
                new Rumour.Alive(A, 5, 6, 8, alive.signature())).stream().anyMatch(signatures::verifies)).isFalse();
        Rumour.Accusation accusation = signatures.accusation(B, 5, 6, A);
        assertThat(signatures.verifies(accusation)).isTrue();
        assertThat(List.of(new Rumour.Accusation(A, 5, 6, A, accusation.signature()),
                new Rumour.Accusation(B, 4, 6, A, accusation.signature()),
                new Rumour.Accusation(B, 5, 5, A, accusation.signature()),
                new Rumour.Accusation(B, 5, 6, B, accusation.signature())).stream().anyMatch(signatures::verifies))
                .isFalse();
        assertThat(signatures.verifies(new Rumour.Left(signatures.leave(9)))).isTrue();
    }

    @Test
    void theLibrarysValuesCanBeMadeAndRead() {
        Member one = Peer.member(A, 1_800_000_000_000L);
        Member two = Peer.member(B, 7);
        Object ack = LibraryTypes.pingAck(one, two, one, LibraryTypes.DEST_GONE);
        assertThat(LibraryTypes.pingTarget(ack)).isEqualTo(two);
        assertThat(LibraryTypes.pingIssuer(ack)).isEqualTo(one);
        assertThat(LibraryTypes.isGone(ack)).isTrue();
        assertThat(LibraryTypes.isGone(LibraryTypes.ping(one, two, null))).isFalse();
        assertThat(LibraryTypes.pingIssuer(LibraryTypes.ping(one, two, null))).isNull();
        LibraryTypes.TableRow row = new LibraryTypes.TableRow(one, MemberStatus.LEAVING, 9);
        assertThat(LibraryTypes.rows(LibraryTypes.syncData(List.of(row)))).containsExactly(row);
        assertThat(Peer.epoch(one)).isEqualTo(1_800_000_000_000L);
        assertThat(one.address()).isEqualTo(A.peerId() + ":1");
    }

    @Test
    void anAccusationIsPassedOnWhileItsCaseIsOpenAndWhenItDecidedTheCase() {
        CheapSignatures signatures = new CheapSignatures(A);
        PublicKey self = Identity.generate(new SplittableRandom(3)).publicKey();
        Timers timers = new Timers();
        timers.begin(0);
        Links links = new Links(timers);
        Roster roster = new Roster(self, _ -> {});
        roster.update(new TreeSet<>(List.of(A, B)));
        Peer accused = Objects.requireNonNull(roster.peer(A));
        Peer listener = Objects.requireNonNull(roster.peer(B));
        listener.session = true;
        roster.state(listener, MemberState.ALIVE);
        accused.epoch = 7;
        accused.alive = signatures.alive(A, 7, 3, 1);
        Rumour.Accusation accusation = signatures.accusation(A, 7, 3, B);
        Dissemination dissemination = new Dissemination(
                new Self(CheapSignatures.record(self, 1, 1, "self", new InetSocketAddress("192.0.2.1", 1)), signatures),
                timers, roster, links, new Ledger(), new SplittableRandom(4));

        assertThat(passed(dissemination, listener, accusation, timers, links)).as("no case").isEmpty();
        accused.suspicion = new Suspicion(3, 0);
        assertThat(passed(dissemination, listener, accusation, timers, links)).containsExactly(accusation);
        accused.suspicion = null;
        assertThat(passed(dissemination, listener, accusation, timers, links)).as("refuted").isEmpty();
        accused.verdict = List.of(accusation);
        assertThat(passed(dissemination, listener, accusation, timers, links)).containsExactly(accusation);
    }

    private static List<SwimMessage> passed(Dissemination dissemination, Peer to, Rumour.Accusation accusation,
            Timers timers, Links links) {
        dissemination.pass(to, accusation);
        timers.advance(timers.callersNanos() + SECOND / 100);
        timers.run();
        RecordingOutbox outbox = new RecordingOutbox();
        links.flush(outbox);
        return outbox.frames().stream().flatMap(sent -> Simulation.messages(sent.frame()).stream()).toList();
    }

    @Test
    void patienceGrowsWithRemovalsAndIsForgotten() {
        Peer peer = new Peer(A);
        assertThat(peer.patience(0)).isOne();
        for (int expected : new int[]{2, 4, 8, 8}) {
            peer.countRemoval(SECOND);
            assertThat(peer.patience(SECOND)).isEqualTo(expected);
        }
        assertThat(peer.patience(62 * SECOND)).isOne();
        peer.countRemoval(62 * SECOND);
        assertThat(peer.patience(62 * SECOND)).isEqualTo(2);
    }

    @Test
    void aRunThatTheOwnerDeniedIsOver() {
        Peer peer = new Peer(A);
        peer.epoch = 100;
        peer.supersededEpoch = 200;
        assertThat(peer.isOver(100)).isFalse();
        assertThat(peer.isOver(99)).isTrue();
        assertThat(peer.isOver(200)).isTrue();
        assertThat(peer.isOver(201)).isFalse();
    }

    @Test
    void digestsHaveAPowerOfTwoOfBuckets() {
        for (int members = 1; members < 5000; members++) {
            int shape = TableSync.shape(members);
            assertThat(Integer.bitCount(shape)).isOne();
            assertThat(shape).isBetween(1, SwimCodec.BUCKETS_MAX);
        }
        assertThat(TableSync.shape(100)).isEqualTo(8);
        assertThat(TableSync.shape(4096)).isEqualTo(256);
    }
}
