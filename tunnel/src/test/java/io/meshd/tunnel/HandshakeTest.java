package io.meshd.tunnel;

import static io.meshd.tunnel.Lab.MILLIS;
import static io.meshd.tunnel.Lab.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.meshd.identity.PresharedKey;
import io.meshd.identity.TunnelKey;
import io.meshd.protocol.DropReason;
import io.meshd.protocol.Event;
import io.meshd.tunnel.Lab.Datagram;
import io.meshd.tunnel.Lab.Host;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class HandshakeTest {
    private final Lab lab = new Lab(1);
    private final Host a = lab.host(1);
    private final Host b = lab.host(2);

    private static PresharedKey psk(int value) {
        byte[] secret = new byte[32];
        Arrays.fill(secret, (byte) value);
        return PresharedKey.of(secret);
    }

    private static List<Integer> types(List<Datagram> sent) {
        return sent.stream().map(Datagram::type).toList();
    }

    private void stockPeers() {
        a.add(b, true, null, 0);
        b.add(a, true, null, 0);
    }

    @Test
    void agreesOnASessionWithTwoMessagesAndConfirmsItWithAKeepalive() {
        stockPeers();

        a.connect(b);
        lab.run(SECONDS);

        assertThat(types(lab.sent)).containsExactly(1, 2, 4);
        assertThat(lab.sent).extracting(datagram -> datagram.bytes.length).containsExactly(148, 92, 32);
        assertThat(lab.sent).extracting(datagram -> datagram.trafficClass).containsExactly(0x88, 0x88, 0);
        assertThat(a.events(Event.SessionEstablished.class)).containsExactly(
                new Event.SessionEstablished(b.tunnel.publicKey(), b.addresses.getFirst(), true));
        assertThat(b.events(Event.SessionEstablished.class)).containsExactly(
                new Event.SessionEstablished(a.tunnel.publicKey(), a.addresses.getFirst(), false));
        assertThat(a.peer(b).hasSession(lab.nowNanos)).isTrue();
        assertThat(b.peer(a).hasSession(lab.nowNanos)).isTrue();
        assertThat(a.drops).isEmpty();
        assertThat(b.drops).isEmpty();
    }

    @Test
    void carriesPacketsBothWaysWithThePaddingCutOff() {
        stockPeers();
        a.send(b, Lab.ip(1, 2, 61));
        lab.run(SECONDS);
        b.send(a, Lab.ip(2, 1, 1420));
        lab.run(SECONDS);

        assertThat(b.delivered).containsExactly(Lab.ip(1, 2, 61));
        assertThat(a.delivered).containsExactly(Lab.ip(2, 1, 1420));
        assertThat(types(lab.sent)).containsExactly(1, 2, 4, 4);
        assertThat(a.sent(4).getFirst().bytes).hasSize(64 + 32);
        assertThat(b.sent(4).getFirst().bytes).hasSize(1420 + 32);
    }

    @Test
    void countsExactlyTheBytesOnTheWire() {
        stockPeers();
        for (int i = 0; i < 10; i++) {
            a.send(b, Lab.ip(1, 2, 84));
            lab.run(SECONDS);
            b.send(a, Lab.ip(2, 1, 84));
            lab.run(SECONDS);
        }

        long data = 10 * (96 + 32);
        assertThat(a.peer(b).bytesSent()).isEqualTo(148 + data);
        assertThat(a.peer(b).bytesReceived()).isEqualTo(92 + data);
        assertThat(b.peer(a).bytesSent()).isEqualTo(92 + data);
        assertThat(b.peer(a).bytesReceived()).isEqualTo(148 + data);
        assertThat(a.peer(b).packetsSent()).isEqualTo(11);
        assertThat(b.peer(a).packetsReceived()).isEqualTo(11);
    }

    @Test
    void sendsNothingOnAnUnconfirmedSession() {
        stockPeers();
        lab.fate = datagram -> datagram.type() == 4 ? new long[0] : new long[]{lab.delayNanos};
        a.connect(b);
        lab.run(SECONDS);
        lab.sent.clear();

        b.send(a);
        lab.run(SECONDS);

        assertThat(b.peer(a).hasSession(lab.nowNanos)).isFalse();
        assertThat(b.sent(4)).isEmpty();
        lab.fate = _ -> new long[]{lab.delayNanos};
        a.send(b);
        lab.run(SECONDS);
        assertThat(a.delivered).containsExactly(Lab.ip(2, 1, 60));
        assertThat(b.delivered).containsExactly(Lab.ip(1, 2, 60));
        assertThat(b.sent(1)).isEmpty();
    }

    @Test
    void triesAgainWhenTheInitiationWasLost() {
        stockPeers();
        lab.fate = datagram -> datagram.type() == 1 && a.sent(1).size() == 1 ? new long[0] : new long[]{MILLIS};
        a.send(b);
        lab.run(4900 * MILLIS);
        assertThat(b.delivered).isEmpty();
        lab.run(500 * MILLIS);

        assertThat(b.delivered).hasSize(1);
        assertThat(types(lab.sent)).containsExactly(1, 1, 2, 4);
        assertThat(lab.sent.get(1).bytes).isNotEqualTo(lab.sent.get(0).bytes);
    }

    @Test
    void triesAgainWhenTheResponseWasLost() {
        stockPeers();
        lab.fate = datagram -> datagram.type() == 2 && b.sent(2).size() == 1 ? new long[0] : new long[]{MILLIS};
        a.send(b);
        lab.run(6 * SECONDS);

        assertThat(b.delivered).hasSize(1);
        assertThat(types(lab.sent)).containsExactly(1, 2, 1, 2, 4);
        assertThat(b.tunnel.curveOperations()).isEqualTo(1 + 2 * 4);
    }

    @Test
    void confirmsWithTheNextPacketWhenTheFirstWasLost() {
        stockPeers();
        lab.fate = datagram -> datagram.type() == 4 && a.sent(4).size() == 1 ? new long[0] : new long[]{MILLIS};
        a.send(b);
        lab.run(SECONDS);
        assertThat(b.peer(a).hasSession(lab.nowNanos)).isFalse();
        a.send(b);
        lab.run(SECONDS);

        assertThat(b.delivered).hasSize(1);
        assertThat(b.peer(a).hasSession(lab.nowNanos)).isTrue();
        assertThat(types(lab.sent)).containsExactly(1, 2, 4, 4);
    }

    @Test
    void needsTheSamePresharedKeyOnBothSides() {
        a.add(b, true, psk(1), 0);
        b.add(a, true, psk(2), 0);
        a.connect(b);
        lab.run(SECONDS);
        assertThat(a.events(Event.SessionEstablished.class)).isEmpty();
        assertThat(a.drops(DropReason.MALFORMED)).isEqualTo(1);

        b.tunnel.update(lab.nowNanos, b.peer(a),
                new PeerSettings(a.tunnel.publicKey(), psk(1), true, 0, List.of()));
        lab.run(6 * SECONDS);

        assertThat(a.events(Event.SessionEstablished.class)).hasSize(1);
        assertThat(b.events(Event.SessionEstablished.class)).hasSize(1);
    }

    @Test
    void refusesAPeerThatHasNoPresharedKey() {
        a.add(b, true, null, 0);
        b.add(a, true, psk(2), 0);
        a.connect(b);
        lab.run(SECONDS);

        assertThat(a.events(Event.SessionEstablished.class)).isEmpty();
    }

    @Test
    void keepsTheSessionWhenThePresharedKeyChangesUntilTheNextHandshake() {
        a.add(b, true, psk(1), 0);
        b.add(a, true, psk(1), 0);
        a.send(b);
        lab.run(SECONDS);

        a.tunnel.update(lab.nowNanos, a.peer(b),
                new PeerSettings(b.tunnel.publicKey(), psk(3), true, 0, List.of()));
        a.send(b);
        lab.run(SECONDS);
        assertThat(b.delivered).hasSize(2);

        lab.run(121 * SECONDS);
        a.send(b);
        lab.run(SECONDS);
        assertThat(b.delivered).hasSize(3);
        assertThat(a.events(Event.SessionEstablished.class)).hasSize(1);
    }

    @Test
    void usesThePresharedKeyThatAnInitiationBeganWith() {
        a.add(b, true, psk(1), 0);
        b.add(a, true, psk(1), 0);
        a.connect(b);
        a.tunnel.update(lab.nowNanos, a.peer(b),
                new PeerSettings(b.tunnel.publicKey(), psk(3), true, 0, List.of()));
        lab.run(SECONDS);

        assertThat(a.events(Event.SessionEstablished.class)).hasSize(1);
    }

    @Test
    void answersAReplayedInitiationWithSilence() {
        stockPeers();
        a.connect(b);
        lab.run(SECONDS);
        byte[] initiation = a.sent(1).getFirst().bytes;
        lab.forget();

        b.receive(initiation, a.addresses.getFirst());
        b.receive(initiation, Lab.endpoint("192.0.2.7", 1));

        assertThat(lab.sent).isEmpty();
        assertThat(b.drops(DropReason.REPLAY)).isEqualTo(2);
        assertThat(b.peer(a).endpoint()).isEqualTo(a.addresses.getFirst());
    }

    @Test
    void refusesAnOlderTimestampEvenInANewInitiation() {
        stockPeers();
        a.connect(b);
        lab.run(6 * SECONDS);
        Host impostor = lab.host(1);
        impostor.tunnel.setWallClockOffsetNanos(Lab.WALL_CLOCK_OFFSET_NANOS - 3600 * SECONDS);
        impostor.add(b, true, null, 0);
        lab.forget();

        impostor.connect(b);
        lab.run(SECONDS);

        assertThat(b.drops(DropReason.REPLAY)).isEqualTo(1);
        assertThat(b.sent(2)).isEmpty();
    }

    @Test
    void dropsInitiationsLessThanTwentyMillisecondsApart() {
        stockPeers();
        Host twin = lab.host(1);
        twin.add(b, true, null, 0);
        twin.tunnel.setWallClockOffsetNanos(Lab.WALL_CLOCK_OFFSET_NANOS + 10 * SECONDS);
        a.connect(b);
        twin.connect(b);
        b.receive(lab.sent.get(0).bytes, a.addresses.getFirst());

        b.receive(lab.sent.get(1).bytes, a.addresses.getFirst());

        assertThat(b.drops(DropReason.RATE_LIMITED)).isEqualTo(1);
        assertThat(b.sent(2)).hasSize(1);
    }

    @Test
    void spendsOneCurveOperationOnAStranger() {
        a.add(b, true, null, 0);
        a.connect(b);
        lab.run(SECONDS);

        assertThat(b.tunnel.curveOperations()).isEqualTo(1);
        assertThat(b.drops(DropReason.UNAUTHORIZED_PEER)).isEqualTo(1);
        assertThat(b.sent(2)).isEmpty();
        assertThat(b.sent(3)).isEmpty();
    }

    @Test
    void spendsNoCurveOperationOnAWrongFirstMac() {
        stockPeers();
        a.connect(b);
        byte[] initiation = lab.sent.getFirst().bytes.clone();
        initiation[120] ^= 1;

        b.receive(initiation, a.addresses.getFirst());

        assertThat(b.tunnel.curveOperations()).isZero();
        assertThat(b.drops(DropReason.BAD_MAC)).isEqualTo(1);
        assertThat(b.sent(2)).isEmpty();
    }

    @Test
    void ignoresItsOwnInitiation() {
        stockPeers();
        a.connect(b);
        byte[] own = a.sent(1).getFirst().bytes;

        a.receive(own, a.addresses.getFirst());

        assertThat(a.drops(DropReason.BAD_MAC)).isEqualTo(1);
        assertThat(a.sent(2)).isEmpty();
    }

    @Test
    void survivesForgedAndTruncatedResponses() {
        stockPeers();
        lab.fate = _ -> new long[0];
        a.connect(b);
        b.receive(a.sent(1).getFirst().bytes, a.addresses.getFirst());
        byte[] response = b.sent(2).getFirst().bytes;
        byte[] forged = response.clone();
        forged[50] ^= 1;
        CookieJar jar = new CookieJar(a.tunnel.publicKey(), true);
        jar.stamp(lab.nowNanos, forged, a.addresses.getFirst());

        a.receive(Arrays.copyOf(response, 91), b.addresses.getFirst());
        a.receive(forged, b.addresses.getFirst());
        assertThat(a.peer(b).hasSession(lab.nowNanos)).isFalse();
        a.receive(response, b.addresses.getFirst());

        assertThat(a.peer(b).hasSession(lab.nowNanos)).isTrue();
        assertThat(a.drops(DropReason.MALFORMED)).isEqualTo(2);
    }

    @Test
    void usesAResponseOnce() {
        stockPeers();
        a.connect(b);
        lab.run(SECONDS);
        byte[] response = b.sent(2).getFirst().bytes;
        lab.forget();

        a.receive(response, b.addresses.getFirst());

        assertThat(a.drops(DropReason.REPLAY)).isEqualTo(1);
        assertThat(lab.sent).isEmpty();
    }

    @Test
    void ignoresAResponseToAnInitiationThatWasReplaced() {
        stockPeers();
        lab.fate = datagram -> datagram.type() == 2 ? new long[]{6 * SECONDS} : new long[]{MILLIS};
        a.connect(b);
        lab.run(5500 * MILLIS);
        assertThat(a.sent(1)).hasSize(2);
        lab.run(700 * MILLIS);

        assertThat(a.peer(b).hasSession(lab.nowNanos)).isFalse();
        assertThat(a.drops(DropReason.NO_SESSION)).isEqualTo(1);
    }

    @Test
    void dropsOrphanedMessagesSilently() {
        stockPeers();
        a.connect(b);
        lab.run(SECONDS);
        Host stranger = lab.host(3);
        byte[] response = b.sent(2).getFirst().bytes;
        byte[] data = a.sent(4).getFirst().bytes;
        lab.forget();

        CookieJar jar = new CookieJar(stranger.tunnel.publicKey(), true);
        jar.stamp(lab.nowNanos, response, stranger.addresses.getFirst());
        stranger.receive(response, b.addresses.getFirst());
        stranger.receive(data, b.addresses.getFirst());
        stranger.receive(new byte[]{5, 0, 0, 0}, b.addresses.getFirst());

        assertThat(lab.sent).isEmpty();
        assertThat(stranger.drops(DropReason.NO_SESSION)).isEqualTo(2);
        assertThat(stranger.drops(DropReason.MALFORMED)).isEqualTo(1);
    }

    @Test
    void neverSendsAnythingToAKeyOfLowOrder() {
        String[] lowOrder = {"0000000000000000000000000000000000000000000000000000000000000000",
                "0100000000000000000000000000000000000000000000000000000000000000",
                "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
                "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"};
        for (String key : lowOrder) {
            Peer peer = a.tunnel.add(lab.nowNanos, new PeerSettings(TunnelKey.of(Vectors.hex(key)), null, true, 1,
                    b.addresses));
            a.tunnel.stage(lab.nowNanos, peer, Lab.ip(1, 2, 60), a);
        }
        lab.run(20 * SECONDS);

        assertThat(lab.sent).isEmpty();
    }

    @Test
    void isNeverItsOwnPeer() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> a.tunnel.add(lab.nowNanos, PeerSettings.meshd(a.tunnel.publicKey())));
        a.add(b);
        assertThatIllegalArgumentException().isThrownBy(() -> a.add(b));
    }

    @Test
    void letsNothingPassOnceAPeerIsRemoved() {
        lab.connect(a, b);
        Peer removed = b.peer(a);
        a.send(b);
        b.tunnel.remove(removed);
        lab.run(SECONDS);

        assertThat(b.delivered).isEmpty();
        assertThat(b.drops(DropReason.NO_SESSION)).isEqualTo(1);
        assertThat(b.dataPath.seal(lab.nowNanos, removed, new byte[20], 0, 20, new byte[64], 0, 1420))
                .isEqualTo(DataPath.NO_SESSION);
        lab.forget();
        b.tunnel.stage(lab.nowNanos, removed, new byte[20], b);
        b.tunnel.connect(lab.nowNanos, removed, b);
        lab.run(30 * SECONDS);
        assertThat(b.sent(1)).isEmpty();
        assertThat(b.tunnel.peers()).isEmpty();
    }

    @Test
    void acceptsAPeerAgainAfterItWasRemovedAndAdded() {
        lab.connect(a, b);
        a.tunnel.remove(a.peer(b));
        a.add(b);
        lab.run(10 * MILLIS);
        lab.forget();

        a.send(b);
        lab.run(SECONDS);

        assertThat(b.delivered).hasSize(1);
    }

    @Test
    void wipesEverythingOnShutdown() {
        lab.connect(a, b);
        Keypair session = a.current(b);
        Peer peer = a.peer(b);

        a.tunnel.shutdown();

        assertThat(session.sealer.isUsable(lab.nowNanos)).isFalse();
        assertThat(session.opener.isUsable(lab.nowNanos)).isFalse();
        assertThat(peer.keypairs.isEmpty()).isTrue();
        assertThat(peer.hasSession(lab.nowNanos)).isFalse();
        a.stopped = true;
        b.send(a);
        assertThat(a.dataPath.open(lab.nowNanos, b.sent(4).getLast().bytes, 0, 96, b.addresses.getFirst(),
                new byte[100], 0)).isEqualTo(DataPath.DROPPED);
    }
}
