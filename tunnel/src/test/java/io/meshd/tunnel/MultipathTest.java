package io.meshd.tunnel;

import static io.meshd.tunnel.Lab.MILLIS;
import static io.meshd.tunnel.Lab.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.identity.IpAddress;
import io.meshd.identity.Prefix;
import io.meshd.protocol.DropReason;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Event;
import io.meshd.tunnel.Lab.Datagram;
import io.meshd.tunnel.Lab.Host;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Where meshd peers differ from stock ones: several paths at once. */
class MultipathTest {
    private final Lab lab = new Lab(4);
    private final Host a = lab.host(1);
    private final Host b = lab.host(2);
    private final Host relay = lab.host(3);
    private final Endpoint b1 = Lab.endpoint("10.0.0.2", 51820);
    private final Endpoint b2 = Lab.endpoint("192.168.0.2", 51820);
    private final Endpoint a1 = Lab.endpoint("10.0.0.1", 51820);
    private final Endpoint a2 = Lab.endpoint("192.168.0.1", 51820);
    private final Endpoint viaRelayToB = new Endpoint.Relayed(relay.identity, b.identity);

    @BeforeEach
    void giveTwoAddressesToEach() {
        a.addresses = List.of(a1, a2);
        b.addresses = List.of(b1, b2);
    }

    private long sinceFirst(Datagram datagram) {
        return datagram.sentNanos - a.sent(1).getFirst().sentNanos;
    }

    @Test
    void sendsOneInitiationToEveryEndpointFiveTimes() {
        Peer peer = a.tunnel.add(lab.nowNanos, PeerSettings.meshd(b.tunnel.publicKey()));
        peer.setPaths(b1, List.of(b2, viaRelayToB));
        lab.fate = _ -> new long[0];
        a.connect(b);
        lab.run(4900 * MILLIS);

        assertThat(a.sent(1)).hasSize(15);
        assertThat(a.sent(1).stream().filter(d -> d.to.equals(b2)).map(this::sinceFirst)).containsExactly(0L,
                100 * MILLIS, 300 * MILLIS, 700 * MILLIS, 1500 * MILLIS);
        assertThat(a.sent(1)).allSatisfy(copy -> assertThat(Arrays.copyOf(copy.bytes, 132))
                .isEqualTo(Arrays.copyOf(a.sent(1).getFirst().bytes, 132)));
        assertThat(a.tunnel.curveOperations()).isEqualTo(3);
        lab.run(500 * MILLIS);
        assertThat(a.sent(1)).hasSizeGreaterThanOrEqualTo(18);
        assertThat(a.sent(1).get(15).bytes).isNotEqualTo(a.sent(1).getFirst().bytes);
    }

    @Test
    void initiationUnderWayGoesWherePortsAreSearched() {
        Peer peer = a.add(b);
        b.add(a);
        // Only there it arrives, and nothing else leads there.
        lab.fate = d -> d.from == a && !d.to.equals(b2) ? new long[0] : new long[]{10 * MILLIS};
        peer.setPaths(b1, List.of());
        a.tunnel.punch(lab.nowNanos, peer, b2, a);
        assertThat(a.sent(1)).as("none is under way").isEmpty();
        a.connect(b);
        a.tunnel.punch(lab.nowNanos, peer, b2, a);
        lab.run(100 * MILLIS);

        assertThat(a.sent(1).stream().filter(d -> d.to.equals(b2))).hasSize(1).allSatisfy(copy -> assertThat(
                Arrays.copyOf(copy.bytes, 132)).isEqualTo(Arrays.copyOf(a.sent(1).getFirst().bytes, 132)));
        assertThat(a.events(Event.SessionEstablished.class).getFirst().via()).isEqualTo(b2);
    }

    @Test
    void usesWhicheverPathAnswersFirst() {
        a.add(b);
        b.add(a);
        lab.fate = d -> d.to.equals(b1) || d.to.equals(a1) ? new long[0] : new long[]{30 * MILLIS};
        a.send(b);
        lab.run(200 * MILLIS);
        b.send(a);
        lab.run(200 * MILLIS);

        assertThat(b.delivered).hasSize(1);
        assertThat(a.delivered).hasSize(1);
        assertThat(a.peer(b).endpoint()).isEqualTo(b2);
        assertThat(b.peer(a).endpoint()).isEqualTo(a2);
        assertThat(a.events(Event.SessionEstablished.class).getFirst().via()).isEqualTo(b2);
    }

    @Test
    void makesASessionThroughARelay() {
        Peer peer = a.tunnel.add(lab.nowNanos, PeerSettings.meshd(b.tunnel.publicKey()));
        peer.setPaths(null, List.of(viaRelayToB));
        b.tunnel.add(lab.nowNanos, PeerSettings.meshd(a.tunnel.publicKey()));
        a.send(b);
        lab.run(SECONDS);
        b.send(a);
        lab.run(SECONDS);

        assertThat(b.delivered).hasSize(1);
        assertThat(a.delivered).hasSize(1);
        assertThat(b.peer(a).endpoint()).isEqualTo(new Endpoint.Relayed(relay.identity, a.identity));
    }

    @Test
    void refusesHandshakesThatARelayLedAstray() {
        a.add(b);
        b.add(a);
        b.add(relay);
        Host third = lab.host(4);
        Endpoint viaThirdForRelay = new Endpoint.Relayed(third.identity, relay.identity);
        lab.fate = _ -> new long[0];
        a.connect(b);
        byte[] initiation = a.sent(1).getFirst().bytes;
        b.receive(initiation.clone(), viaThirdForRelay);
        assertThat(b.drops).containsOnlyKeys(DropReason.UNAUTHORIZED_PEER);
        assertThat(b.sent(2)).isEmpty();

        // It was not used up, and its copies are refused as well; so is the response.
        b.receive(initiation.clone(), new Endpoint.Relayed(third.identity, a.identity));
        assertThat(b.sent(2)).hasSize(1);
        b.receive(initiation.clone(), viaThirdForRelay);
        assertThat(b.sent(2)).hasSize(1);
        a.receive(b.sent(2).getFirst().bytes.clone(), viaThirdForRelay);
        assertThat(a.drops).containsOnlyKeys(DropReason.UNAUTHORIZED_PEER);
        a.receive(b.sent(2).getFirst().bytes.clone(), new Endpoint.Relayed(third.identity, b.identity));
        assertThat(a.peer(b).hasSession(lab.nowNanos)).isTrue();
    }

    @Test
    void answersCopiesByTheSameResponseWithoutAnyCurveOperation() {
        a.add(b);
        b.add(a);
        lab.fate = d -> d.type() == 1 ? new long[]{MILLIS} : new long[0];
        a.connect(b);
        lab.run(50 * MILLIS);

        assertThat(b.sent(2)).hasSize(2);
        assertThat(b.sent(2).get(0).to).isEqualTo(a1);
        assertThat(b.sent(2).get(1).to).isEqualTo(a2);
        assertThat(b.sent(2).get(0).bytes).isEqualTo(b.sent(2).get(1).bytes);
        assertThat(b.tunnel.curveOperations()).isEqualTo(5);
        assertThat(b.drops).isEmpty();
    }

    @Test
    void completesWhenTheFirstResponseIsLostByOneRepeatedOverTheOtherPath() {
        a.add(b);
        b.add(a);
        lab.fate = d -> d.to.equals(a1) ? new long[0] : new long[]{10 * MILLIS};
        a.send(b);
        lab.run(100 * MILLIS);

        assertThat(b.delivered).hasSize(1);
        assertThat(a.drops(DropReason.MALFORMED)).isZero();
    }

    @Test
    void repeatsAResponseAtMostFiveTimesASecondAndForFiveSeconds() {
        lab.fate = _ -> new long[0];
        a.add(b);
        b.add(a);
        a.connect(b);
        byte[] initiation = a.sent(1).getFirst().bytes;
        for (int i = 0; i < 20; i++) {
            b.receive(initiation, a1);
        }
        assertThat(b.sent(2)).hasSize(1 + 5);
        assertThat(b.drops(DropReason.RATE_LIMITED)).isEqualTo(14);

        lab.nowNanos += SECONDS;
        for (int i = 0; i < 20; i++) {
            b.receive(initiation, a1);
        }
        assertThat(b.sent(2)).hasSize(1 + 5 + 5);
        lab.nowNanos += 4 * SECONDS;
        b.receive(initiation, a1);
        assertThat(b.sent(2)).hasSize(1 + 5 + 5);
        assertThat(b.drops(DropReason.REPLAY)).isEqualTo(1);
    }

    @Test
    void learnsNothingFromCopies() {
        a.add(b);
        b.add(a);
        a.connect(b);
        lab.run(100 * MILLIS);
        byte[] initiation = a.sent(1).getFirst().bytes;
        Endpoint elsewhere = Lab.endpoint("203.0.113.9", 9);
        a.send(b);
        byte[] data = a.sent(4).getLast().bytes;
        lab.run(100 * MILLIS);
        lab.forget();

        b.receive(initiation, elsewhere);
        b.receive(data, elsewhere);

        assertThat(b.peer(a).endpoint()).isEqualTo(a1);
        assertThat(b.events(Event.HeardFrom.class)).isEmpty();
        assertThat(b.drops(DropReason.DUPLICATE)).isEqualTo(1);
        assertThat(b.drops(DropReason.REPLAY)).isZero();
    }

    @Test
    void countsCopiesAsDuplicatesAndOnlyWhatIsTooOldAsReplays() {
        lab.connect(a, b);
        a.send(b);
        byte[] old = a.sent(4).getLast().bytes;
        lab.run(100 * MILLIS);
        b.receive(old, a2);
        assertThat(b.drops(DropReason.DUPLICATE)).isEqualTo(1);

        a.current(b).sealer.counter.set(20_000);
        a.send(b);
        lab.run(100 * MILLIS);
        b.receive(old, a2);
        assertThat(b.drops(DropReason.REPLAY)).isEqualTo(1);
    }

    @Test
    void tellsOfOtherAddressesWithoutMovingThere() {
        lab.connect(a, b);
        lab.forget();
        a.peer(b).setPaths(b2, List.of(b1));
        a.send(b);
        lab.run(100 * MILLIS);

        assertThat(b.delivered).hasSize(1);
        assertThat(b.peer(a).endpoint()).isEqualTo(a1);
        assertThat(b.events(Event.HeardFrom.class))
                .containsExactly(new Event.HeardFrom(a.tunnel.publicKey(), a2));
        assertThat(b.peer(a).lastHeardNanos()).isGreaterThan(b.peer(a).endpointHeardNanos());
    }

    @Test
    void staysOnItsPathWhenTheSessionIsRenewedOverAnother() {
        lab.connect(a, b);
        lab.run(121 * SECONDS);
        lab.forget();
        lab.fate = d -> d.to.equals(b1) && d.type() == 1 ? new long[0] : new long[]{10 * MILLIS};
        a.send(b);
        lab.run(SECONDS);

        assertThat(a.events(Event.SessionEstablished.class)).hasSize(1);
        assertThat(a.peer(b).endpoint()).isEqualTo(b1);
        assertThat(b.peer(a).endpoint()).isEqualTo(a1);
        assertThat(a.events(Event.HeardFrom.class)).containsExactly(new Event.HeardFrom(b.tunnel.publicKey(), b2));
    }

    @Test
    void spreadsTheInitiationInFlightToEndpointsThatBecomeKnown() {
        Peer peer = a.tunnel.add(lab.nowNanos, PeerSettings.meshd(b.tunnel.publicKey()));
        b.add(a);
        peer.setPaths(Lab.endpoint("198.51.100.1", 1), List.of());
        a.send(b);
        lab.run(3 * SECONDS);
        int before = a.sent(1).size();

        peer.setPaths(b1, List.of());
        a.connect(b);
        lab.run(100 * MILLIS);

        assertThat(b.delivered).hasSize(1);
        assertThat(a.sent(1).get(before).bytes).isEqualTo(a.sent(1).getFirst().bytes);
    }

    @Test
    void waitsForAnEndpointAndThenBeginsAtOnce() {
        Peer peer = a.tunnel.add(lab.nowNanos, PeerSettings.meshd(b.tunnel.publicKey()));
        b.add(a);
        a.send(b);
        lab.run(3 * SECONDS);
        assertThat(lab.sent).isEmpty();

        peer.setPaths(b1, List.of());
        a.connect(b);
        lab.run(100 * MILLIS);

        assertThat(b.delivered).hasSize(1);
    }

    @Test
    void boundsTheEndpointsOfOneInitiation() {
        Peer peer = a.tunnel.add(lab.nowNanos, PeerSettings.meshd(b.tunnel.publicKey()));
        List<Endpoint> many = IntStream.range(1, 100).mapToObj(i -> Lab.endpoint("10.9.9." + i, i))
                .toList();
        peer.setPaths(b1, many);
        a.connect(b);

        assertThat(a.sent(1)).hasSize(33);
    }

    @Test
    void sendsOneCopyToAStockPeerAndFollowsIt() {
        a.add(b, true, null, 0);
        b.add(a, true, null, 0);
        a.send(b);
        lab.run(3 * SECONDS);
        assertThat(a.sent(1)).hasSize(1);
        lab.forget();

        a.addresses = List.of(a2);
        a.send(b);
        lab.run(SECONDS);

        assertThat(b.peer(a).endpoint()).isEqualTo(a2);
        assertThat(b.events(Event.HeardFrom.class)).hasSize(1);
        b.send(a);
        lab.run(SECONDS);
        assertThat(a.delivered).hasSize(1);
    }

    @Test
    void followsAStockPeerAcrossFamiliesAndByItsHandshakes() {
        a.add(b, true, null, 0);
        b.add(a, true, null, 0);
        a.send(b);
        lab.run(130 * SECONDS);
        Endpoint v6 = Lab.endpoint("2001:db8::1", 9998);
        a.addresses = List.of(v6);
        lab.fate = d -> d.type() == 4 ? new long[0] : new long[]{MILLIS};
        a.send(b);
        lab.run(SECONDS);

        assertThat(b.peer(a).endpoint()).isEqualTo(v6);
    }

    @Test
    void movesNoEndpointForAPacketThatIsNotAuthentic() {
        a.add(b, true, null, 0);
        b.add(a, true, null, 0);
        a.send(b);
        lab.run(SECONDS);
        a.send(b);
        byte[] datagram = a.sent(4).getLast().bytes.clone();
        datagram[20] ^= 1;
        b.receive(datagram, a2);

        assertThat(b.peer(a).endpoint()).isEqualTo(a1);
        assertThat(b.drops(DropReason.MALFORMED)).isEqualTo(1);
        lab.run(SECONDS);
        assertThat(b.delivered).hasSize(2);
    }

    @Test
    void movesTheEndpointEvenForAPacketWhoseSourceAnotherPeerOwns() {
        a.add(b, true, null, 0);
        b.add(a, true, null, 0);
        a.send(b);
        lab.run(SECONDS);
        Peer sender = b.peer(a);
        Peer victim = b.add(relay);
        Routes<Peer> routes = Routes.of(List.of(
                new Routes.Route<>(Prefix.around(IpAddress.of(new byte[]{10, 42, 0, 0}), 24), sender),
                new Routes.Route<>(Prefix.host(IpAddress.of(new byte[]{10, 42, 0, 9})), victim)));
        a.addresses = List.of(a2);
        a.send(b, Lab.ip(9, 2, 60));
        a.send(b, Lab.ip(8, 2, 60));
        lab.run(SECONDS);

        assertThat(b.peer(a).endpoint()).isEqualTo(a2);
        assertThat(routes.sourceOwner(b.delivered.get(1), 0)).isSameAs(victim);
        assertThat(routes.sourceOwner(b.delivered.get(2), 0)).isSameAs(sender);
    }

    @Test
    void leavesARoamedStockPeerWhereItIsWhenSettingsAreReadAgain() {
        a.add(b, true, null, 0);
        Peer peer = b.add(a, true, null, 0);
        a.send(b);
        lab.run(SECONDS);
        a.addresses = List.of(a2);
        a.send(b);
        lab.run(SECONDS);

        b.tunnel.update(lab.nowNanos, peer,
                new PeerSettings(a.tunnel.publicKey(), null, true, 0, List.of(a1, a2)));
        assertThat(peer.endpoint()).isEqualTo(a2);
        b.tunnel.update(lab.nowNanos, peer, new PeerSettings(a.tunnel.publicKey(), null, true, 0, List.of(b1)));
        assertThat(peer.endpoint()).isEqualTo(b1);
    }

    @Test
    void renewsASessionThatThePeerLost() {
        lab.connect(a, b);
        lab.run(6 * SECONDS);
        Host reborn = lab.host(2, new Tai64n(Long.MAX_VALUE, 0));
        reborn.addresses = List.of(b1, b2);
        reborn.add(a);

        a.tunnel.renew(lab.nowNanos, a.peer(b), a);
        lab.run(100 * MILLIS);
        a.send(b);
        lab.run(100 * MILLIS);

        assertThat(reborn.delivered).hasSize(1);
    }
}
