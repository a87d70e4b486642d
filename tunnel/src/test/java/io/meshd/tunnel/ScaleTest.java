package io.meshd.tunnel;

import static io.meshd.tunnel.Lab.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.identity.TunnelKey;
import io.meshd.protocol.DropReason;
import io.meshd.protocol.TransportHeader;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Event;
import io.meshd.tunnel.Lab.Host;
import java.util.List;
import java.util.ArrayList;
import java.util.random.RandomGenerator;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScaleTest {
    private static TunnelKey randomKey(SplittableRandom random) {
        byte[] key = new byte[32];
        random.nextBytes(key);
        return TunnelKey.of(key);
    }

    private static Lab withPeers(int peers) {
        Lab lab = new Lab(13);
        Host a = lab.host(1);
        Host b = lab.host(2);
        SplittableRandom random = new SplittableRandom(5);
        for (int i = 1; i < peers; i++) {
            b.tunnel.add(lab.nowNanos, PeerSettings.meshd(randomKey(random)));
        }
        a.add(b);
        b.add(a);
        return lab;
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 1_000})
    void costsTheSameForAnyNumberOfPeers(int peers) {
        Lab lab = withPeers(peers);
        Host a = lab.hosts.get(0);
        Host b = lab.hosts.get(1);
        a.send(b);
        lab.run(SECONDS);

        assertThat(b.delivered).hasSize(1);
        // Responder: es, ss (once for each peer), own ephemeral, ee, se. Initiator: ss, own ephemeral, es, ee, se.
        assertThat(b.tunnel.curveOperations()).isEqualTo(5);
        assertThat(a.tunnel.curveOperations()).isEqualTo(5);

        lab.run(200 * SECONDS);
        a.send(b);
        lab.run(SECONDS);
        assertThat(b.delivered).hasSize(2);
        assertThat(b.tunnel.curveOperations()).isEqualTo(9);
        assertThat(a.tunnel.curveOperations()).isEqualTo(9);
    }

    @ParameterizedTest
    @ValueSource(ints = {10, 1_000})
    void spendsOneCurveOperationOnEachStrangerForAnyNumberOfPeers(int peers) {
        Lab lab = withPeers(peers);
        Host b = lab.hosts.get(1);
        long before = b.tunnel.curveOperations();
        Host stranger = lab.host(9);
        stranger.add(b);
        for (int i = 0; i < 3; i++) {
            stranger.connect(b);
            byte[] initiation = stranger.sent(1).getLast().bytes;
            b.receive(initiation, stranger.addresses.getFirst());
            lab.nowNanos += 6 * SECONDS;
            stranger.tunnel.handleTimeout(lab.nowNanos, stranger);
        }

        assertThat(b.tunnel.curveOperations() - before).isEqualTo(3);
        assertThat(b.drops(DropReason.UNAUTHORIZED_PEER)).isEqualTo(3);
        assertThat(b.sent(2)).isEmpty();
        assertThat(b.sent(3)).isEmpty();
    }

    @Test
    void servesManyPeersAtOnceAndForgetsThemAll() {
        Lab lab = new Lab(14);
        Host hub = lab.host(1);
        int peers = 60;
        for (int i = 2; i < 2 + peers; i++) {
            Host spoke = lab.host(i);
            spoke.add(hub);
            hub.add(spoke);
            spoke.send(hub);
        }
        lab.run(SECONDS);
        assertThat(hub.delivered).hasSize(peers);
        for (int i = 1; i <= peers; i++) {
            hub.send(lab.hosts.get(i));
        }
        lab.run(SECONDS);
        assertThat(lab.hosts.stream().skip(1)).allMatch(spoke -> spoke.delivered.size() == 1);
        assertThat(hub.events(Event.SessionEstablished.class)).hasSize(peers);
        assertThat(hub.tunnel.indicesInUse()).isEqualTo(peers);

        for (Peer peer : List.copyOf(hub.tunnel.peers())) {
            hub.tunnel.remove(peer);
        }
        assertThat(hub.tunnel.indicesInUse()).isZero();
        assertThat(hub.tunnel.nextDeadlineNanos()).isEqualTo(Deadlines.NEVER);
    }

    @Test
    void freesIndicesOfAllThatEnded() {
        Lab lab = new Lab(15);
        Host a = lab.host(1);
        Host b = lab.host(2);
        a.add(b);
        b.add(a);
        for (int i = 0; i < 20; i++) {
            a.send(b);
            b.send(a);
            lab.run(130 * SECONDS);
        }
        lab.run(200 * SECONDS);

        assertThat(a.tunnel.indicesInUse()).isZero();
        assertThat(b.tunnel.indicesInUse()).isZero();
    }

    @Test
    void handsOutUniqueRandomIndicesThatAreFoundUntilReleased() {
        Lab lab = new Lab(16);
        Host a = lab.host(1);
        Peer peer = a.tunnel.add(lab.nowNanos, PeerSettings.meshd(randomKey(new SplittableRandom(1))));
        IndexTable table = new IndexTable(new SplittableRandom(2));
        Set<Integer> indices = new HashSet<>();
        for (int i = 0; i < 5_000; i++) {
            assertThat(indices.add(table.reserve(peer).index)).isTrue();
        }
        for (int index : indices) {
            IndexTable.Entry entry = Objects.requireNonNull(table.find(index));
            assertThat(entry.index).isEqualTo(index);
            assertThat(table.find(index ^ 0x8000_0000)).isNull();
        }
        for (int index : indices) {
            table.release(index);
            table.release(index);
            assertThat(table.find(index)).isNull();
        }
        assertThat(table.size()).isZero();
    }

    @Test
    void neverHandsOutTheIndexThatLooksLikeStun() {
        Lab lab = new Lab(17);
        Host a = lab.host(1);
        Peer peer = a.tunnel.add(lab.nowNanos, PeerSettings.meshd(randomKey(new SplittableRandom(1))));
        int[] offers = {0x42A41221, 0x42A41221, 7};
        int[] next = {0};
        IndexTable table = new IndexTable(new RandomGenerator() {
            @Override
            public long nextLong() {
                return nextInt();
            }

            @Override
            public int nextInt() {
                return offers[next[0]++];
            }
        });

        assertThat(table.reserve(peer).index).isEqualTo(7);
        // STUN's magic cookie 21 12 A4 42 stands where a data message has its receiver index.
        byte[] header = new byte[16];
        TransportHeader.write(header, 0, 0x42A41221, 0);
        assertThat(header).startsWith(4, 0, 0, 0, 0x21, 0x12, 0xA4, 0x42);
    }

    @Test
    void findsTheEarliestDeadlineAmongManyPeers() {
        Lab lab = new Lab(18);
        Host a = lab.host(1);
        SplittableRandom random = new SplittableRandom(3);
        List<Peer> peers = new ArrayList<>();
        for (int round = 0; round < 3_000; round++) {
            int choice = random.nextInt(10);
            if (choice < 3 || peers.isEmpty()) {
                peers.add(a.tunnel.add(lab.nowNanos, new PeerSettings(randomKey(random), null, true,
                        random.nextInt(3) * 7, List.of())));
            } else if (choice < 5) {
                a.tunnel.remove(peers.remove(random.nextInt(peers.size())));
            } else if (choice < 8) {
                Peer peer = peers.get(random.nextInt(peers.size()));
                a.tunnel.stage(lab.nowNanos, peer, new byte[20], a);
            } else {
                lab.nowNanos += random.nextLong(2 * SECONDS);
                a.tunnel.handleTimeout(lab.nowNanos, a);
            }
            long expected = Deadlines.NEVER;
            for (Peer peer : peers) {
                expected = Deadlines.earlier(expected, peer.machine.nextDeadlineNanos());
            }
            assertThat(a.tunnel.nextDeadlineNanos()).isEqualTo(expected);
        }
    }
}
