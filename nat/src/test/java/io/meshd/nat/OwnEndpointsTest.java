package io.meshd.nat;

import io.meshd.protocol.MappingBehaviour;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.identity.Identity;
import io.meshd.identity.IpAddress;
import io.meshd.identity.PublicKey;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.NodeRecord;
import io.meshd.testing.Property;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class OwnEndpointsTest {
    private static final long SECOND = 1_000_000_000L;
    private static final PublicKey KEY = Identity.generate(new SplittableRandom(1)).publicKey();
    private static final InetSocketAddress HOME = address("192.168.1.2", 51_821);
    private static final InetSocketAddress HOME6 = address("2001:db8::2", 51_821);
    private static final InetSocketAddress OUTSIDE = address("192.0.2.1", 40_000);
    private static final InetSocketAddress OUTSIDE_2 = address("192.0.2.1", 40_001);

    private final OwnEndpoints own = new OwnEndpoints();
    private long now = 7 * SECOND;

    private static InetSocketAddress address(String host, int port) {
        return new InetSocketAddress(IpAddress.parse(host).orThrow().toInetAddress(), port);
    }

    private void local(InetSocketAddress... endpoints) {
        own.local(now, List.of(endpoints));
    }

    private boolean peer(String host, int port, InetSocketAddress self) {
        return own.observed(now, new Observer.Peer(KEY, address(host, port)), self);
    }

    private List<InetSocketAddress> seen() {
        return own.publicEndpoints(now).stream().map(OwnEndpoint::endpoint).toList();
    }

    private MappingBehaviour mapping() {
        return own.mapping();
    }

    @Test
    void knowsNothingAtFirst() {
        assertThat(own.all(now)).isEmpty();
        assertThat(own.forRecord(now)).isEmpty();
        assertThat(mapping()).isEqualTo(MappingBehaviour.UNKNOWN);
        assertThat(own.isPortMapped(now)).isFalse();
        assertThat(own.nextDeadlineNanos()).isEqualTo(Deadlines.NEVER);
    }

    @Test
    void withoutNatEverybodySeesAnOwnAddress() {
        InetSocketAddress flat = address("198.18.0.3", 51_821);
        local(flat, HOME6);
        peer("198.18.0.4", 51_821, flat);
        assertThat(seen()).containsExactly(flat);
        assertThat(mapping()).isEqualTo(MappingBehaviour.NONE);
        assertThat(own.forRecord(now)).containsExactly(flat, HOME6);
        assertThat(own.nextDeadlineNanos()).isEqualTo(Deadlines.NEVER);
    }

    @Test
    void onePeerShowsANatButNotItsKind() {
        local(HOME);
        peer("203.0.113.1", 51_821, OUTSIDE);
        assertThat(seen()).containsExactly(OUTSIDE);
        assertThat(mapping()).isEqualTo(MappingBehaviour.UNKNOWN);
        assertThat(own.forRecord(now)).as("what a NAT gave is told in signals").containsExactly(HOME);
        peer("203.0.113.1", 51_822, OUTSIDE);
        assertThat(mapping()).as("two ports of one address").isEqualTo(MappingBehaviour.UNKNOWN);
    }

    @Test
    void peersAtTwoAddressesTellTheMapping() {
        local(HOME);
        peer("203.0.113.1", 51_821, OUTSIDE);
        peer("203.0.113.2", 51_821, OUTSIDE);
        assertThat(mapping()).isEqualTo(MappingBehaviour.ENDPOINT_INDEPENDENT);
        assertThat(own.publicEndpoints(now).getFirst().observers()).hasSize(2);
    }

    @Test
    void peersThatSeeDifferentThingsShowTheStrongerDependenceUnlessTwoPortsOfOneTellMore() {
        local(HOME);
        peer("203.0.113.1", 51_821, OUTSIDE);
        peer("203.0.113.2", 51_821, OUTSIDE_2);
        assertThat(mapping()).isEqualTo(MappingBehaviour.ADDRESS_AND_PORT_DEPENDENT);
        peer("203.0.113.2", 51_822, OUTSIDE_2);
        assertThat(mapping()).isEqualTo(MappingBehaviour.ADDRESS_DEPENDENT);
        now += 100 * SECOND;
        peer("203.0.113.1", 51_821, OUTSIDE);
        peer("203.0.113.2", 51_821, OUTSIDE_2);
        assertThat(mapping()).as("found out is found out").isEqualTo(MappingBehaviour.ADDRESS_DEPENDENT);
        peer("203.0.113.2", 51_822, address("192.0.2.1", 40_002));
        peer("203.0.113.2", 51_821, OUTSIDE_2);
        assertThat(mapping()).isEqualTo(MappingBehaviour.ADDRESS_AND_PORT_DEPENDENT);
    }

    @Test
    void whatANatGaveForOneDestinationIsNotTold() {
        local(HOME);
        peer("203.0.113.1", 51_821, OUTSIDE);
        peer("203.0.113.2", 51_821, OUTSIDE_2);
        assertThat(own.forRecord(now)).containsExactly(HOME);
        assertThat(own.all(now)).extracting(OwnEndpoint::endpoint).contains(OUTSIDE, OUTSIDE_2);
    }

    @Test
    void neighbourBehindTheSameNatIsNoWitness() {
        local(HOME);
        peer("192.168.1.3", 51_821, HOME);
        assertThat(mapping()).isEqualTo(MappingBehaviour.NONE);
        peer("203.0.113.1", 51_821, OUTSIDE);
        assertThat(mapping()).isEqualTo(MappingBehaviour.UNKNOWN);
        peer("100.64.3.3", 51_821, address("100.64.7.7", 40_400));
        assertThat(mapping()).isEqualTo(MappingBehaviour.UNKNOWN);
        peer("203.0.113.2", 51_821, OUTSIDE);
        assertThat(mapping()).isEqualTo(MappingBehaviour.ENDPOINT_INDEPENDENT);
        assertThat(seen()).containsExactly(OUTSIDE);
        assertThat(own.forRecord(now)).containsExactly(HOME);
    }

    @Test
    void rebindingIsNoDependence() {
        local(HOME);
        peer("203.0.113.1", 51_821, OUTSIDE);
        peer("203.0.113.2", 51_821, OUTSIDE);
        now += 20 * SECOND;
        assertThat(peer("203.0.113.1", 51_821, OUTSIDE_2)).isTrue();
        assertThat(mapping()).isEqualTo(MappingBehaviour.ENDPOINT_INDEPENDENT);
        assertThat(seen()).first().isEqualTo(OUTSIDE_2);
        now += 5 * SECOND;
        peer("203.0.113.2", 51_821, OUTSIDE_2);
        assertThat(mapping()).isEqualTo(MappingBehaviour.ENDPOINT_INDEPENDENT);
        assertThat(seen()).containsExactly(OUTSIDE_2);
    }

    @Test
    void rebindingThatObserversNoticeOneAfterTheOtherIsCompared() {
        local(HOME);
        peer("203.0.113.1", 51_821, OUTSIDE);
        peer("203.0.113.2", 51_821, OUTSIDE_2);
        assertThat(mapping()).isEqualTo(MappingBehaviour.ADDRESS_AND_PORT_DEPENDENT);
        now += 20 * SECOND;
        InetSocketAddress after = address("192.0.2.1", 40_009);
        peer("203.0.113.1", 51_821, after);
        now += 5 * SECOND;
        peer("203.0.113.2", 51_821, after);
        assertThat(mapping()).isEqualTo(MappingBehaviour.ENDPOINT_INDEPENDENT);
    }

    @Test
    void whatWasSeenLongAgoIsNotCompared() {
        local(HOME);
        peer("203.0.113.1", 51_821, OUTSIDE);
        now += NatBehaviour.COMPARABLE_NANOS + 1;
        peer("203.0.113.2", 51_821, OUTSIDE_2);
        assertThat(mapping()).isEqualTo(MappingBehaviour.UNKNOWN);
    }

    @Test
    void evidenceEndsUnlessItIsRenewed() {
        local(HOME);
        peer("203.0.113.1", 51_821, OUTSIDE);
        for (int i = 0; i < 10; i++) {
            now += 30 * SECOND;
            assertThat(peer("203.0.113.1", 51_821, OUTSIDE)).isFalse();
        }
        assertThat(own.publicEndpoints(now).getFirst().sinceNanos()).isEqualTo(7 * SECOND);
        assertThat(own.publicEndpoints(now).getFirst().lastNanos()).isEqualTo(now);
        long endNanos = now + OwnEndpoints.EVIDENCE_NANOS;
        while (own.nextDeadlineNanos() != Deadlines.NEVER) {
            assertThat(own.nextDeadlineNanos()).isLessThanOrEqualTo(endNanos);
            now = own.nextDeadlineNanos();
            own.handleTimeout(now);
        }
        assertThat(now).isEqualTo(endNanos);
        assertThat(seen()).isEmpty();
        assertThat(own.forRecord(now)).containsExactly(HOME);
    }

    @Test
    void newAddressesPutIntoDoubtWhatWasSeenOfTheOldOnes() {
        local(HOME, HOME6);
        peer("203.0.113.1", 51_821, OUTSIDE);
        peer("203.0.113.2", 51_821, OUTSIDE);
        own.filtering(false, FilteringBehaviour.ADDRESS_DEPENDENT);
        peer("2001:db8:1::1", 51_821, HOME6);
        assertThat(own.local(now, List.of(HOME6, HOME))).as("another order").isFalse();
        assertThat(mapping()).isEqualTo(MappingBehaviour.ENDPOINT_INDEPENDENT);
        assertThat(own.local(now, List.of(address("10.0.0.9", 51_821), HOME6))).isTrue();
        assertThat(own.nat(now, false).mapping()).isEqualTo(MappingBehaviour.UNKNOWN);
        assertThat(own.nat(now, false).filtering()).isEqualTo(FilteringBehaviour.UNKNOWN);
        assertThat(own.nat(now, true).mapping()).as("the other family").isEqualTo(MappingBehaviour.NONE);
        assertThat(own.nextDeadlineNanos()).isEqualTo(now + OwnEndpoints.DOUBT_NANOS);
        now += SECOND;
        peer("203.0.113.1", 51_821, OUTSIDE);
        now += OwnEndpoints.DOUBT_NANOS;
        assertThat(own.publicEndpoints(now).stream().filter(e -> e.endpoint().equals(OUTSIDE)).findFirst()
                .orElseThrow().observers()).hasSize(1);
    }

    @Test
    void lateWordOfAnAddressThatThisHostHadIsNotBelieved() {
        InetSocketAddress before = address("198.18.0.3", 51_821);
        InetSocketAddress after = address("198.18.0.77", 51_821);
        local(before);
        peer("198.18.0.4", 51_821, before);
        local(after);
        peer("198.18.0.4", 51_821, before);
        assertThat(own.forRecord(now + 11 * SECOND)).containsExactly(after);
        peer("198.18.0.4", 51_821, after);
        assertThat(mapping()).isEqualTo(MappingBehaviour.NONE);
        now += OwnEndpoints.DOUBT_NANOS;
        peer("198.18.0.4", 51_821, before);
        assertThat(seen()).as("it really is behind a NAT with that address").contains(before);
    }

    @Test
    void recordHasRoomForEachKind() {
        List<InetSocketAddress> many = new ArrayList<>();
        for (int i = 1; i <= 12; i++) {
            many.add(address("172.17." + i + ".1", 51_821));
            many.add(address("2001:db8::" + i, 51_821));
        }
        own.local(now, many);
        peer("203.0.113.1", 51_821, OUTSIDE);
        own.portMapped(now, address("192.0.2.1", 51_821), now + 3_600 * SECOND);
        assertThat(own.forRecord(now)).as("not everybody gets in there").doesNotContain(OUTSIDE);
        peer("203.0.113.2", 51_821, OUTSIDE);
        own.filtering(false, FilteringBehaviour.ENDPOINT_INDEPENDENT);
        List<InetSocketAddress> told = own.forRecord(now);
        assertThat(told).hasSize(NodeRecord.ENDPOINTS_MAX).startsWith(address("2001:db8::1", 51_821))
                .contains(OUTSIDE, address("192.0.2.1", 51_821), address("172.17.1.1", 51_821));
        assertThat(told.indexOf(address("192.0.2.1", 51_821))).isLessThan(told.indexOf(OUTSIDE));
    }

    @Test
    void portMappingsCountUntilTheyEnd() {
        local(HOME);
        InetSocketAddress mapped = address("192.0.2.1", 51_821);
        own.portMapped(now, mapped, now + 60 * SECOND);
        assertThat(own.isPortMapped(now)).isTrue();
        assertThat(seen()).containsExactly(mapped);
        assertThat(own.forRecord(now)).containsExactly(mapped, HOME);
        own.portMapped(now + 30 * SECOND, mapped, now + 90 * SECOND);
        assertThat(own.nextDeadlineNanos()).isEqualTo(now + 90 * SECOND);
        assertThat(own.isPortMapped(now + 89 * SECOND)).isTrue();
        assertThat(own.isPortMapped(now + 90 * SECOND)).isFalse();
        own.portMapped(now, mapped, now + 60 * SECOND);
        own.portUnmapped(mapped);
        assertThat(own.isPortMapped(now)).isFalse();
    }

    @Test
    void nonsenseIsIgnored() {
        local(HOME);
        for (String host : List.of("127.0.0.1", "0.0.0.0", "0.1.2.3", "224.0.0.1", "255.255.255.255", "169.254.1.1",
                "::1", "fe80::1", "ff02::1")) {
            assertThat(peer("203.0.113.1", 51_821, address(host, 4_711))).as(host).isFalse();
            own.portMapped(now, address(host, 4_711), now + SECOND);
        }
        assertThat(peer("203.0.113.1", 51_821, address("192.0.2.1", 0))).isFalse();
        assertThat(own.all(now)).extracting(OwnEndpoint::endpoint).containsExactly(HOME);
    }

    @Test
    void scopesAreThoseOfTheRfcs() {
        for (String host : List.of("10.1.1.1", "172.31.0.1", "192.168.0.1", "100.64.0.1", "100.127.255.255", "fd00::1",
                "fc00::1")) {
            assertThat(AddressScope.of(address(host, 1))).as(host).isEqualTo(AddressScope.PRIVATE);
        }
        for (String host : List.of("100.63.0.1", "100.128.0.1", "172.32.0.1", "198.18.0.1", "2001:db8::1")) {
            assertThat(AddressScope.of(address(host, 1))).as(host).isEqualTo(AddressScope.GLOBAL);
        }
    }

    @Test
    void anyObservationsFillNoMemoryAndGiveARecordThatCanBeSigned() {
        Property.forAll(200, random -> {
            OwnEndpoints any = new OwnEndpoints();
            long moment = random.nextLong();
            for (int i = 0; i < 300; i++) {
                moment += random.nextLong(20 * SECOND);
                InetSocketAddress self = address("192.0.2." + random.nextInt(1, 9), random.nextInt(1, 12));
                InetSocketAddress at = address("203.0.113." + random.nextInt(256), random.nextInt(1, 4));
                switch (random.nextInt(6)) {
                    case 0 -> any.local(moment, List.of(self, HOME6));
                    case 1 -> any.portMapped(moment, self, moment + random.nextLong(100 * SECOND));
                    case 2 -> any.observed(moment, new Observer.StunServer(at, i), self);
                    default -> any.observed(moment, new Observer.Peer(KEY, at), self);
                }
                if (Deadlines.isDue(any.nextDeadlineNanos(), moment)) {
                    any.handleTimeout(moment);
                    assertThat(Deadlines.isDue(any.nextDeadlineNanos(), moment)).isFalse();
                }
                List<InetSocketAddress> told = any.forRecord(moment);
                assertThat(told).hasSizeLessThanOrEqualTo(NodeRecord.ENDPOINTS_MAX).doesNotHaveDuplicates();
                assertThat(any.all(moment).size()).isLessThanOrEqualTo(OwnEndpoints.OBSERVATIONS_MAX + 2 + 8);
                assertThat(any.nat(moment, false).ports().size()).isLessThanOrEqualTo(PortSequence.PORTS_MAX);
                assertThat(told).isSubsetOf(any.all(moment).stream().map(OwnEndpoint::endpoint).toList());
            }
        });
    }
}
