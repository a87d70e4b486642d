package io.meshd.nat.stun;

import static io.meshd.nat.stun.NattedWorld.LOCAL;
import static io.meshd.nat.stun.NattedWorld.OTHER;
import static io.meshd.nat.stun.NattedWorld.SECOND;
import static io.meshd.nat.stun.NattedWorld.SECOND_SERVER;
import static io.meshd.nat.stun.NattedWorld.SERVER;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.identity.HostPort;
import io.meshd.identity.Identity;
import io.meshd.nat.CandidateKind;
import io.meshd.nat.FilteringBehaviour;
import io.meshd.protocol.MappingBehaviour;
import io.meshd.nat.Observer;
import io.meshd.nat.OwnEndpoint;
import io.meshd.protocol.Deadlines;
import io.meshd.testing.RecordingOutbox;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class StunClientTest {
    private static final HostPort FIRST_PLACE = new HostPort("203.0.113.5", 3_478);
    private static final HostPort SECOND_PLACE = new HostPort("198.51.100.7", 3_478);
    private static final HostPort NAMED_PLACE = new HostPort("stun.example", 3_478);

    private final NattedWorld world = new NattedWorld();

    private void begin(HostPort... servers) {
        world.own.local(0, List.of(LOCAL));
        world.client.networkChanged(0);
        world.client.servers(0, List.of(servers));
    }

    private List<Long> sentTo(InetSocketAddress server) {
        return world.sent.stream().filter(sent -> sent.to().equals(server)).map(NattedWorld.Sent::atNanos).toList();
    }

    private MappingBehaviour mapping() {
        return world.own.mapping();
    }

    private FilteringBehaviour filtering() {
        return world.own.nat(world.now, false).filtering();
    }

    private List<InetSocketAddress> seen() {
        return world.own.publicEndpoints(world.now).stream().map(OwnEndpoint::endpoint).toList();
    }

    @Test
    void withoutServersItDoesNothing() {
        begin();
        world.runUntil(3_600 * SECOND);
        assertThat(world.sent).isEmpty();
        assertThat(world.client.nextDeadlineNanos()).isEqualTo(Deadlines.NEVER);
    }

    @Test
    void unansweredQuestionIsSentSevenTimesAndGivenUp() {
        world.answering.clear();
        begin(FIRST_PLACE);
        world.runUntil(39_499_999_999L);
        assertThat(sentTo(SERVER)).containsExactly(0L, 500_000_000L, 1_500_000_000L, 3_500_000_000L, 7_500_000_000L,
                15_500_000_000L, 31_500_000_000L);
        assertThat(world.client.questions()).isEqualTo(1);
        world.runUntil(599 * SECOND);
        assertThat(world.sent).hasSize(7);
        world.answering.add(SERVER);
        world.runUntil(601 * SECOND);
        assertThat(seen()).containsExactly(StunCodecTest.address("192.0.2.1", 40_001));
    }

    @Test
    void everyMappingAndEveryFilteringIsFoundWithOneServerOfTwoAddresses() {
        for (MappingBehaviour mapping : List.of(MappingBehaviour.ENDPOINT_INDEPENDENT,
                MappingBehaviour.ADDRESS_DEPENDENT, MappingBehaviour.ADDRESS_AND_PORT_DEPENDENT,
                MappingBehaviour.NONE)) {
            for (FilteringBehaviour filtering : List.of(FilteringBehaviour.ENDPOINT_INDEPENDENT,
                    FilteringBehaviour.ADDRESS_DEPENDENT, FilteringBehaviour.ADDRESS_AND_PORT_DEPENDENT)) {
                StunClientTest fresh = new StunClientTest();
                fresh.world.mapping = mapping;
                fresh.world.filtering = filtering;
                fresh.begin(FIRST_PLACE);
                fresh.world.runUntil(4 * SECOND);
                assertThat(fresh.mapping()).as("%s, %s", mapping, filtering).isEqualTo(mapping);
                assertThat(fresh.filtering()).as("%s, %s", mapping, filtering).isEqualTo(filtering);
            }
        }
    }

    @Test
    void withoutASecondAddressOneServerTellsNoMapping() {
        world.offersOtherAddress = false;
        begin(FIRST_PLACE);
        world.runUntil(30 * SECOND);
        assertThat(mapping()).isEqualTo(MappingBehaviour.UNKNOWN);
        assertThat(filtering()).isEqualTo(FilteringBehaviour.UNKNOWN);
        assertThat(seen()).containsExactly(StunCodecTest.address("192.0.2.1", 40_001));
    }

    @Test
    void twoServersThatSeeTheSameShowAnIndependentMapping() {
        world.offersOtherAddress = false;
        begin(FIRST_PLACE, SECOND_PLACE);
        world.runUntil(SECOND);
        assertThat(mapping()).isEqualTo(MappingBehaviour.ENDPOINT_INDEPENDENT);
    }

    @Test
    void ofTwoServersThatSeeDifferentThingsTheStrongerDependenceIsAssumed() {
        world.offersOtherAddress = false;
        world.mapping = MappingBehaviour.ADDRESS_DEPENDENT;
        begin(FIRST_PLACE, SECOND_PLACE);
        world.runUntil(SECOND);
        assertThat(mapping()).isEqualTo(MappingBehaviour.ADDRESS_AND_PORT_DEPENDENT);
    }

    @Test
    void orderOfTheOutsidePortsIsFound() {
        world.mapping = MappingBehaviour.ADDRESS_AND_PORT_DEPENDENT;
        world.nextPort = last -> last + 2;
        begin(FIRST_PLACE, SECOND_PLACE);
        world.runUntil(10 * SECOND);
        assertThat(world.own.nat(world.now, false).ports()).containsExactly(40_002, 40_004, 40_006, 40_008);
        assertThat(world.own.nat(world.now, false).portStep()).isEqualTo(2);
    }

    @Test
    void randomPortsHaveNoOrder() {
        SplittableRandom random = new SplittableRandom(4);
        world.mapping = MappingBehaviour.ADDRESS_AND_PORT_DEPENDENT;
        world.nextPort = _ -> random.nextInt(1_024, 65_536);
        begin(FIRST_PLACE, SECOND_PLACE);
        world.runUntil(10 * SECOND);
        assertThat(world.own.nat(world.now, false).ports()).hasSize(4);
        assertThat(world.own.nat(world.now, false).portStep()).isZero();
    }

    @Test
    void nothingIsSentToTheOtherAddressBeforeTheFilterWasTested() {
        begin(FIRST_PLACE);
        world.runUntil(3_499_999_999L);
        assertThat(world.sent).allMatch(sent -> sent.to().equals(SERVER));
        world.runUntil(3_500_000_000L);
        assertThat(world.sent.getLast().to())
                .isEqualTo(new InetSocketAddress(OTHER.getAddress(), SERVER.getPort()));
    }

    @Test
    void filterIsNotTestedAgainstAnAddressThatWasSentTo() {
        begin(FIRST_PLACE, new HostPort("203.0.113.9", 3_478));
        world.runUntil(10 * SECOND);
        assertThat(world.sent).noneMatch(
                sent -> sent.message().first(StunAttribute.ChangeRequest.class) != null);
        assertThat(mapping()).isEqualTo(MappingBehaviour.ENDPOINT_INDEPENDENT);
        assertThat(filtering()).isEqualTo(FilteringBehaviour.UNKNOWN);
    }

    @Test
    void silenceOfAnOtherAddressThatNeverAnswersIsNoFilter() {
        begin(FIRST_PLACE);
        world.runUntil(0);
        world.answering.clear();
        world.runUntil(60 * SECOND);
        assertThat(filtering()).isEqualTo(FilteringBehaviour.UNKNOWN);
        assertThat(world.sent.stream().filter(sent -> sent.to().getAddress().equals(OTHER.getAddress()))).hasSize(3);
    }

    @Test
    void otherAddressThatNoServerCouldHaveIsLeftAlone() {
        for (InetSocketAddress other : List.of(StunCodecTest.address("127.0.0.1", 22),
                StunCodecTest.address("192.168.1.1", 53), StunCodecTest.address("203.0.113.5", 3_479),
                StunCodecTest.address("203.0.113.9", 3_478), StunCodecTest.address("2001:db8::1", 3_479), LOCAL,
                StunCodecTest.address("239.1.1.1", 3_479), StunCodecTest.address("203.0.113.9", 0))) {
            StunClientTest fresh = new StunClientTest();
            fresh.world.answering.clear();
            fresh.begin(FIRST_PLACE);
            fresh.world.runUntil(0);
            TransactionId asked = fresh.world.sent.getFirst().message().transaction();
            fresh.world.deliver(new StunMessage(StunMessage.Kind.SUCCESS, asked,
                    List.of(new StunAttribute.XorMappedAddress(StunCodecTest.address("192.0.2.1", 7_777)),
                            new StunAttribute.OtherAddress(other)),
                    false), SERVER);
            fresh.world.runUntil(20 * SECOND);
            assertThat(fresh.world.sent).as(other.toString()).hasSize(1);
            assertThat(fresh.seen()).hasSize(1);
        }
    }

    @Test
    void forgedAnswersChangeNothing() {
        world.answering.clear();
        begin(FIRST_PLACE);
        world.runUntil(0);
        TransactionId asked = world.sent.getFirst().message().transaction();
        List<StunAttribute> lie = List.of(new StunAttribute.XorMappedAddress(StunCodecTest.address("192.0.2.66", 666)));
        StunMessage right = new StunMessage(StunMessage.Kind.SUCCESS, asked, lie, false);
        world.deliver(new StunMessage(StunMessage.Kind.SUCCESS, new TransactionId(asked.first(), asked.rest() ^ 1), lie,
                false), SERVER);
        world.deliver(right, SECOND_SERVER);
        world.deliver(right, new InetSocketAddress(SERVER.getAddress(), SERVER.getPort() + 1));
        assertThat(seen()).isEmpty();
        assertThat(world.client.unexpected()).isEqualTo(3);
        world.deliver(right, SERVER);
        assertThat(seen()).hasSize(1);
        world.deliver(right, SERVER);
        assertThat(world.client.unexpected()).isEqualTo(4);
        assertThat(world.client.heard()).isEqualTo(1);
    }

    @Test
    void errorsAndAnswersWithoutAnAddressEndTheQuestion() {
        for (StunMessage.Kind kind : List.of(StunMessage.Kind.ERROR, StunMessage.Kind.SUCCESS)) {
            StunClientTest fresh = new StunClientTest();
            fresh.world.answering.clear();
            fresh.begin(FIRST_PLACE);
            fresh.world.runUntil(0);
            fresh.world.deliver(new StunMessage(kind, fresh.world.sent.getFirst().message().transaction(), List.of(),
                    false), SERVER);
            fresh.world.runUntil(100 * SECOND);
            assertThat(fresh.world.sent).hasSize(1);
            assertThat(fresh.seen()).isEmpty();
        }
    }

    @Test
    void oneServerIsAskedEvery25SecondsUnlessPeersTellTheSame() {
        world.offersOtherAddress = false;
        begin(FIRST_PLACE, SECOND_PLACE);
        world.runUntil(101 * SECOND);
        assertThat(sentTo(SERVER)).containsExactly(0L, 25 * SECOND, 50 * SECOND, 75 * SECOND, 100 * SECOND);
        assertThat(sentTo(SECOND_SERVER)).containsExactly(0L);

        InetSocketAddress peer = StunCodecTest.address("198.51.100.99", 51_821);
        Observer observer = new Observer.Peer(Identity.generate(new SplittableRandom(3)).publicKey(), peer);
        for (int i = 0; i < 10; i++) {
            world.own.observed(world.now, observer, StunCodecTest.address("192.0.2.1", 40_001));
            world.runUntil(world.now + 30 * SECOND);
        }
        assertThat(sentTo(SERVER)).hasSize(5);
        world.runUntil(world.now + 150 * SECOND);
        assertThat(sentTo(SERVER)).hasSizeGreaterThan(5);
    }

    @Test
    void neighbourBehindTheSameNatIsNoReasonToAskNoMore() {
        world.offersOtherAddress = false;
        begin(FIRST_PLACE);
        InetSocketAddress neighbour = StunCodecTest.address("192.168.1.3", 51_821);
        Observer observer = new Observer.Peer(Identity.generate(new SplittableRandom(3)).publicKey(), neighbour);
        for (int i = 0; i < 4; i++) {
            world.own.observed(world.now, observer, LOCAL);
            world.runUntil(world.now + 25 * SECOND);
        }
        assertThat(sentTo(SERVER)).hasSize(5);
        assertThat(seen()).containsExactly(StunCodecTest.address("192.0.2.1", 40_001));
    }

    @Test
    void anOutsideThatChangedIsSurveyedAnewAndNotTakenForADependence() {
        begin(FIRST_PLACE, SECOND_PLACE);
        world.runUntil(40 * SECOND);
        world.rebind();
        world.outside = "192.0.2.2";
        world.runUntil(52 * SECOND);
        assertThat(mapping()).isEqualTo(MappingBehaviour.ENDPOINT_INDEPENDENT);
        assertThat(sentTo(SECOND_SERVER)).hasSize(2);
        assertThat(world.own.publicEndpoints(world.now).getFirst().endpoint())
                .isEqualTo(StunCodecTest.address("192.0.2.2", 40_002));
    }

    @Test
    void anotherNetworkIsSurveyedAtOnceAndOldAnswersMeanNothing() {
        world.filtering = FilteringBehaviour.ENDPOINT_INDEPENDENT;
        begin(FIRST_PLACE);
        world.runUntil(5 * SECOND);
        world.answering.clear();
        world.runUntil(26 * SECOND);
        TransactionId old = world.sent.getLast().message().transaction();

        world.own.local(world.now, List.of(StunCodecTest.address("10.0.0.7", 51_821)));
        world.client.networkChanged(world.now);
        world.rebind();
        world.outside = "192.0.2.200";
        world.filtering = FilteringBehaviour.ADDRESS_DEPENDENT;
        world.answering.add(SERVER);
        assertThat(filtering()).isEqualTo(FilteringBehaviour.UNKNOWN);
        world.deliver(new StunMessage(StunMessage.Kind.SUCCESS, old,
                List.of(new StunAttribute.XorMappedAddress(StunCodecTest.address("192.0.2.66", 666))), false), SERVER);
        world.runUntil(31 * SECOND);
        assertThat(mapping()).isEqualTo(MappingBehaviour.ENDPOINT_INDEPENDENT);
        assertThat(filtering()).isEqualTo(FilteringBehaviour.ADDRESS_DEPENDENT);
        assertThat(world.own.all(world.now)).filteredOn(own -> own.kind() == CandidateKind.REFLEXIVE)
                .extracting(own -> own.endpoint().getAddress().getHostAddress())
                .contains("192.0.2.200").doesNotContain("192.0.2.66");
        world.runUntil(37 * SECOND);
        assertThat(world.own.all(world.now)).extracting(own -> own.endpoint().getAddress().getHostAddress())
                .doesNotContain("192.0.2.1");
    }

    @Test
    void namesAreLookedUpAndAskedWhenTheyHaveAnAddress() {
        RecordingOutbox out = new RecordingOutbox();
        begin(NAMED_PLACE);
        world.runUntil(0);
        assertThat(world.client.unresolved()).containsExactly("stun.example");
        world.client.resolved(0, "stun.example", List.of(), out);
        assertThat(world.client.unresolved()).isEmpty();
        world.runUntil(30 * SECOND);
        assertThat(world.client.unresolved()).containsExactly("stun.example");
        world.client.resolved(world.now, "stun.example", List.of(OTHER.getAddress(), SERVER.getAddress(),
                StunCodecTest.address("2001:db8::1", 1).getAddress()), out);
        assertThat(out.transmissions()).hasSize(1);
        assertThat(out.transmissions().getFirst().to().toString()).isEqualTo("203.0.113.9:3478");
        assertThat(world.client.unresolved()).isEmpty();
    }

    @Test
    void removedServersAreAskedNoMore() {
        begin(FIRST_PLACE, SECOND_PLACE);
        world.answering.clear();
        world.runUntil(SECOND);
        world.client.servers(world.now, List.of(SECOND_PLACE));
        int before = sentTo(SERVER).size();
        world.runUntil(30 * SECOND);
        assertThat(sentTo(SERVER)).hasSize(before);
        world.client.servers(world.now, List.of());
        assertThat(world.client.nextDeadlineNanos()).isEqualTo(Deadlines.NEVER);
    }

    @Test
    void noMoreServersThanAreOfUse() {
        HostPort[] many = new HostPort[20];
        for (int i = 0; i < many.length; i++) {
            many[i] = new HostPort("203.0.113." + (100 + i), 3_478);
        }
        begin(many);
        world.runUntil(0);
        assertThat(world.sent).hasSize(StunClient.SERVERS_MAX);
    }

    @Test
    void questionsHaveRoomForThePeersAnswer() {
        begin(FIRST_PLACE);
        world.runUntil(0);
        int answer = StunCodec.encode(new StunMessage(StunMessage.Kind.SUCCESS, new TransactionId(1, 2),
                List.of(new StunAttribute.XorMappedAddress(StunCodecTest.address("2001:db8::1", 1))), true)).length;
        assertThat(world.sent).allMatch(sent -> sent.bytes() >= answer && sent.message().checked());
    }
}
