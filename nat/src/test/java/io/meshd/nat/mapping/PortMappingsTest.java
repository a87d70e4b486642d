package io.meshd.nat.mapping;

import static io.meshd.nat.mapping.RouterLab.MILLIS;
import static io.meshd.nat.mapping.RouterLab.PORT;
import static io.meshd.nat.mapping.RouterLab.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.protocol.Deadlines;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

final class PortMappingsTest {
    private static final long HOURS = 3_600 * SECONDS;

    private final RouterLab lab = new RouterLab();

    private void assertMapped(MappingProtocol protocol, int externalPort) {
        assertThat(lab.isMapped()).isTrue();
        assertThat(lab.mapped().protocol()).isEqualTo(protocol);
        assertThat(lab.mapped().external())
                .isEqualTo(new InetSocketAddress(RouterLab.address(lab.external), externalPort));
        assertThat(lab.forwarded).containsKey(externalPort);
    }

    private int count(String beginning) {
        return (int) lab.sent.stream().filter(line -> line.startsWith(beginning)).count();
    }

    // Which protocol.

    @Test
    void pcpMapsInOneRoundTripAndTheOthersAreNotUsed() {
        lab.pcp = true;
        lab.natPmp = true;
        lab.upnp = 2;
        lab.start();
        lab.pass(10 * MILLIS);
        assertMapped(MappingProtocol.PCP, PORT);
        assertThat(lab.mapped().isPublic()).isTrue();
        lab.pass(10 * SECONDS);
        assertThat(lab.sent).noneMatch(line -> line.startsWith("pmp")).noneMatch(line -> line.contains("PortMapping"));
    }

    @Test
    void routerThatRefusesTheVersionIsAskedByNatPmpAtOnce() {
        lab.natPmp = true;
        lab.start();
        lab.pass(10 * MILLIS);
        assertMapped(MappingProtocol.NAT_PMP, PORT);
        assertThat(count("pcp")).isEqualTo(1);
    }

    @Test
    void routerThatDropsOtherVersionsIsAskedByNatPmpAfterTheHeadStart() {
        lab.natPmp = true;
        lab.answersUnknownVersions = false;
        lab.start();
        lab.pass(499 * MILLIS);
        assertThat(lab.isMapped()).isFalse();
        lab.pass(10 * MILLIS);
        assertMapped(MappingProtocol.NAT_PMP, PORT);
        lab.pass(20 * SECONDS);
        assertThat(count("pcp")).as("no more questions of PCP").isLessThanOrEqualTo(2);
    }

    @Test
    void deviceOfVersionOneMapsWithAddPortMapping() {
        lab.upnp = 1;
        lab.start();
        lab.pass(799 * MILLIS);
        assertThat(lab.forwarded).isEmpty();
        lab.pass(50 * MILLIS);
        assertMapped(MappingProtocol.UPNP, PORT);
        assertThat(lab.sent).contains("get /igd.xml", "AddPortMapping " + PORT + " for 1200");
    }

    @Test
    void deviceOfVersionTwoPicksAnotherPortItself() {
        lab.upnp = 2;
        lab.taken.add(PORT);
        lab.start();
        lab.pass(SECONDS);
        assertMapped(MappingProtocol.UPNP, PORT + 1);
        assertThat(lab.sent).contains("AddAnyPortMapping " + PORT + " for 1200");
        lab.pass(20 * 60 * SECONDS);
        assertThat(lab.sent).as("the renewal is for the port that was given")
                .contains("AddPortMapping " + (PORT + 1) + " for 1200");
    }

    @Test
    void takenPortIsLeftToItsOwnerAndAnotherIsMapped() {
        lab.upnp = 1;
        lab.taken.add(PORT);
        lab.start();
        lab.pass(SECONDS);
        assertThat(lab.mapped().external().getPort()).isBetween(49_152, 65_535).isNotEqualTo(PORT);
        assertThat(lab.forwarded).containsOnlyKeys(lab.mapped().external().getPort());
        RouterLab other = new RouterLab();
        other.pcp = true;
        other.taken.add(PORT);
        other.start();
        other.pass(SECONDS);
        assertThat(other.mapped().external().getPort()).isEqualTo(PORT + 1);
    }

    @Test
    void deviceThatKnowsOnlyPermanentMappingsGetsOneAndItIsRemovedInTheEnd() {
        lab.upnp = 1;
        lab.onlyPermanentLeases = true;
        lab.start();
        lab.pass(SECONDS);
        assertMapped(MappingProtocol.UPNP, PORT);
        assertThat(lab.sent).contains("AddPortMapping " + PORT + " for 0");
        lab.machine.want(lab.now(), false, lab);
        lab.pass(100 * MILLIS);
        assertThat(lab.forwarded).isEmpty();
    }

    @Test
    void deviceOfVersionTwoWithoutItsActionIsTreatedAsVersionOne() {
        lab.upnp = 2;
        lab.lacksAnyPort = true;
        lab.start();
        lab.pass(SECONDS);
        assertMapped(MappingProtocol.UPNP, PORT);
    }

    @Test
    void privateExternalAddressIsUsedButNotPublicAndEndsNoSearch() {
        lab.pcp = true;
        lab.upnp = 1;
        lab.external = "100.64.3.4";
        lab.start();
        lab.pass(SECONDS);
        assertMapped(MappingProtocol.PCP, PORT);
        assertThat(lab.mapped().isPublic()).isFalse();
        assertThat(count("AddPortMapping")).isEqualTo(1);
        lab.machine.want(lab.now(), false, lab);
        lab.pass(SECONDS);
        assertThat(lab.forwarded).as("both are given back").isEmpty();
    }

    @Test
    void ipv6GatewayIsAskedByPcpOnlyAndForItsFamily() {
        RouterLab six = new RouterLab("fe80::1", "2001:db8::7");
        six.pcp = true;
        six.upnp = 2;
        six.natPmp = true;
        six.external = "2001:db8::7";
        six.start();
        six.pass(5 * SECONDS);
        assertThat(six.mapped().external())
                .isEqualTo(new InetSocketAddress(RouterLab.address("2001:db8::7"), PORT));
        assertThat(six.sent).allMatch(line -> line.startsWith("pcp"));
    }

    // Life.

    @Test
    void silentRouterIsAskedAFewTimesAndThenLeftAlone() {
        lab.start();
        lab.pass(60 * SECONDS);
        assertThat(lab.isMapped()).isFalse();
        assertThat(count("pcp")).isEqualTo(MappingTimings.REQUESTS_MAX);
        assertThat(lab.sent).hasSizeLessThan(40);
        int before = lab.sent.size();
        lab.pass(8 * 60 * SECONDS);
        assertThat(lab.sent).hasSize(before);
        lab.natPmp = true;
        lab.pass(3 * 60 * SECONDS);
        assertMapped(MappingProtocol.NAT_PMP, PORT);
    }

    @Test
    void leaseIsRenewedBetweenHalfAndFiveEighthsOfIt() {
        lab.pcp = true;
        lab.start();
        lab.pass(HOURS - 10 * SECONDS);
        assertThat(count("pcp 1")).isEqualTo(1);
        lab.pass(HOURS / 4 + 20 * SECONDS);
        assertThat(count("pcp 1")).isEqualTo(2);
        lab.pass(48 * HOURS);
        assertMapped(MappingProtocol.PCP, PORT);
        assertThat(lab.mapped().generation()).as("a renewal is nothing new").isEqualTo(1);
    }

    @Test
    void routerThatGrantsOneSecondIsNotAskedEverySecond() {
        lab.natPmp = true;
        lab.grantedSeconds = 1;
        lab.start();
        lab.pass(60 * SECONDS);
        assertThat(lab.sent).hasSizeLessThan(60);
    }

    @Test
    void routerThatStopsAnsweringKeepsItsMappingUntilTheLeaseEnds() {
        lab.natPmp = true;
        lab.start();
        lab.pass(SECONDS);
        lab.loses = true;
        lab.pass(2 * HOURS - 5 * SECONDS);
        assertThat(lab.isMapped()).isTrue();
        lab.pass(10 * SECONDS);
        assertThat(lab.isMapped()).isFalse();
        lab.loses = false;
        lab.pass(11 * 60 * SECONDS);
        assertMapped(MappingProtocol.NAT_PMP, PORT);
    }

    @Test
    void routerThatStartsAnewAloudIsAskedWithinTwoSeconds() {
        for (boolean pcp : new boolean[]{true, false}) {
            RouterLab one = new RouterLab();
            one.pcp = pcp;
            one.natPmp = true;
            one.start();
            one.pass(100 * SECONDS);
            MappedPort before = one.mapped();
            one.restartRouterAloud();
            one.pass(2 * SECONDS);
            assertThat(one.forwarded).containsKey(PORT);
            assertThat(one.mapped()).as("a new one, to be confirmed again").isNotEqualTo(before);
        }
    }

    @Test
    void routerThatStartsAnewInSilenceIsNoticedByItsEpoch() {
        lab.pcp = true;
        lab.start();
        lab.pass(HOURS / 4);
        lab.restartRouter();
        lab.pass(5 * 60 * SECONDS + SECONDS);
        assertMapped(MappingProtocol.PCP, PORT);
        assertThat(lab.mapped().generation()).isEqualTo(2);
    }

    @Test
    void changedExternalAddressIsNoticed() {
        lab.natPmp = true;
        lab.start();
        lab.pass(SECONDS);
        lab.external = "11.22.33.99";
        lab.pass(6 * 60 * SECONDS);
        assertMapped(MappingProtocol.NAT_PMP, PORT);
    }

    @Test
    void upnpMappingThatTheRouterForgotIsBackAfterTheNextRenewal() {
        lab.upnp = 1;
        lab.start();
        lab.pass(SECONDS);
        lab.restartRouter();
        lab.pass(13 * 60 * SECONDS);
        assertMapped(MappingProtocol.UPNP, PORT);
    }

    @Test
    void suspendedHostRenewsWhenItWakes() {
        lab.pcp = true;
        lab.start();
        lab.pass(SECONDS);
        int before = count("pcp 1");
        // The clock counts suspend, so all that was due is due at once.
        lab.pass(5 * HOURS);
        assertThat(count("pcp 1")).isGreaterThan(before);
        assertMapped(MappingProtocol.PCP, PORT);
    }

    @Test
    void refusalIsRespectedForAsLongAsTheRouterSays() {
        lab.pcp = true;
        lab.pcpRefusal = 8;
        lab.start();
        lab.pass(20 * SECONDS);
        assertThat(count("pcp 1")).isEqualTo(1);
        lab.pcpRefusal = 0;
        lab.pass(60 * SECONDS);
        assertMapped(MappingProtocol.PCP, PORT);
    }

    @Test
    void killedDaemonTakesOverWhatItLeft() {
        lab.pcp = true;
        lab.start();
        lab.pass(SECONDS);
        lab.restartHost();
        lab.pass(SECONDS);
        assertMapped(MappingProtocol.PCP, PORT);
    }

    @Test
    void otherNetworkIsAskedAtOnceAndTheOldOneForgotten() {
        lab.pcp = true;
        lab.start();
        lab.pass(SECONDS);
        Gateway other = new Gateway(RouterLab.address("10.0.0.1"), RouterLab.address("10.0.0.2"));
        lab.machine.gateways(lab.now(), List.of(other), lab);
        assertThat(lab.isMapped()).isFalse();
        assertThat(count("pcp 1")).isEqualTo(2);
        lab.machine.gateways(lab.now(), List.of(), lab);
        assertThat(lab.machine.nextDeadlineNanos()).isEqualTo(Deadlines.NEVER);
    }

    @Test
    void mappingThatNoPeerCanReachIsMadeAnewMoreAndMoreSeldom() {
        lab.pcp = true;
        lab.start();
        lab.pass(SECONDS);
        int generation = lab.mapped().generation();
        for (long minute = 0; minute < 60; minute++) {
            lab.machine.doubt(lab.now(), lab.mapped());
            lab.pass(60 * SECONDS);
        }
        assertThat(lab.mapped().generation() - generation).isBetween(4, 6);
        assertThat(count("pcp 1 0")).as("removed first").isEqualTo(lab.mapped().generation() - generation);
    }

    @Test
    void confirmedMappingIsLeftAlone() {
        lab.pcp = true;
        lab.start();
        lab.pass(SECONDS);
        lab.machine.doubt(lab.now(), lab.mapped());
        lab.machine.confirmed(lab.mapped());
        lab.pass(HOURS / 2);
        assertThat(lab.mapped().generation()).isEqualTo(1);
    }

    // The end.

    @Test
    void everyProtocolRemovesItsMappingInTheEnd() {
        for (String protocol : List.of("pcp", "pmp", "upnp")) {
            RouterLab one = new RouterLab();
            one.pcp = protocol.equals("pcp");
            one.natPmp = protocol.equals("pmp");
            one.upnp = protocol.equals("upnp") ? 2 : 0;
            one.start();
            one.pass(SECONDS);
            assertThat(one.forwarded).containsEntry(PORT, protocol);
            one.machine.want(one.now(), false, one);
            one.pass(10 * MILLIS);
            assertThat(one.forwarded).isEmpty();
            assertThat(one.machine.isReleased()).isTrue();
            assertThat(one.isMapped()).isFalse();
        }
    }

    @Test
    void everyProtocolGivesTheOldPortBackAndMapsTheNewOneWhenThePortMoves() {
        for (String protocol : List.of("pcp", "pmp", "upnp")) {
            RouterLab one = new RouterLab();
            one.pcp = protocol.equals("pcp");
            one.natPmp = protocol.equals("pmp");
            one.upnp = protocol.equals("upnp") ? 2 : 0;
            one.start();
            one.pass(SECONDS);
            assertThat(one.forwarded).containsOnlyKeys(PORT);

            one.machine.port(one.now(), PORT + 1, one);
            one.pass(SECONDS);

            assertThat(one.forwarded).as(protocol).containsOnlyKeys(PORT + 1);
            assertThat(one.mapped().external().getPort()).isEqualTo(PORT + 1);
            one.machine.port(one.now(), PORT + 1, one);
            assertThat(one.isMapped()).as("the same port again").isTrue();
        }
    }

    @Test
    void removalEndsInASecondHoweverSilentTheRouter() {
        for (String protocol : List.of("pcp", "upnp")) {
            RouterLab one = new RouterLab();
            one.pcp = protocol.equals("pcp");
            one.upnp = protocol.equals("upnp") ? 1 : 0;
            one.start();
            one.pass(SECONDS);
            one.loses = true;
            one.machine.want(one.now(), false, one);
            one.pass(SECONDS);
            assertThat(one.machine.isReleased()).isTrue();
        }
    }

    @Test
    void mappingThatIsNotWantedIsGivenBackAndWantedAgainIsMadeAgain() {
        lab.pcp = true;
        lab.start();
        lab.pass(SECONDS);
        lab.machine.want(lab.now(), false, lab);
        lab.pass(SECONDS);
        assertThat(lab.forwarded).isEmpty();
        assertThat(lab.machine.inUse()).isEmpty();
        lab.machine.want(lab.now(), true, lab);
        lab.pass(SECONDS);
        assertMapped(MappingProtocol.PCP, PORT);
        lab.machine.want(lab.now(), false, lab);
        lab.machine.want(lab.now(), true, lab);
        lab.pass(SECONDS);
        assertThat(lab.isMapped()).as("before the removal was answered").isTrue();
    }

    @Test
    void slowRouterThatGrantsByTwoProtocolsGetsBothBack() {
        lab.loses = true;
        lab.start();
        lab.pass(600 * MILLIS);
        lab.inject(lab.server(), grant());
        assertThat(lab.mapped().protocol()).isEqualTo(MappingProtocol.PCP);
        lab.machine.want(lab.now(), false, lab);
        assertThat(lab.sent).contains("pcp 1 0", "pmp 1 0");
    }

    @Test
    void requestWithoutAnswerIsRemovedToo() {
        lab.loses = true;
        lab.start();
        lab.pass(SECONDS);
        lab.machine.want(lab.now(), false, lab);
        assertThat(lab.sent).contains("pcp 1 0");
        lab.machine.gateways(lab.now(), List.of(lab.gateway), lab);
        lab.pass(2 * SECONDS);
        assertThat(lab.machine.isReleased()).isTrue();
    }

    // Forgeries.

    @Test
    void grantsFromElsewhereOrOfSomethingElseChangeNothing() {
        lab.loses = true;
        lab.start();
        byte[] good = grant();
        lab.inject(new InetSocketAddress(RouterLab.address("192.168.1.66"), 5351), good);
        lab.inject(new InetSocketAddress(lab.router, 5352), good);
        for (int at : new int[]{0, 1, 3, 24, 35, 36, 40}) {
            byte[] forged = good.clone();
            forged[at] ^= 0x55;
            lab.inject(lab.server(), forged);
            assertThat(lab.isMapped()).as("byte %d", at).isFalse();
        }
    }

    /** What a PCP router answers to this host's own question. */
    private byte[] grant() {
        RouterLab honest = new RouterLab();
        honest.pcp = true;
        byte[][] first = new byte[1][];
        MappingOutbox ear = new MappingOutbox() {
            @Override
            public void send(Gateway gateway, InetSocketAddress to, byte[] datagram) {
                first[0] = first[0] == null && datagram[0] == 2 ? datagram : first[0];
            }

            @Override
            public void call(Gateway gateway, HttpCall call) {
                throw new AssertionError("nothing was found yet");
            }
        };
        honest.machine.gateways(honest.now(), List.of(honest.gateway), ear);
        byte[] answer = new byte[60];
        ByteBuffer.wrap(answer).put((byte) 2).put((byte) 0x81).putShort((short) 0).putInt(7_200).putInt(5).position(24)
                .put(first[0], 24, 18).putShort((short) PORT).put(new byte[10]).put((byte) -1).put((byte) -1)
                .put(new byte[]{11, 22, 33, 1});
        return answer;
    }

    @Test
    void theForgeryTestWouldTakeTheGoodGrant() {
        lab.loses = true;
        lab.start();
        lab.inject(lab.server(), grant());
        assertThat(lab.isMapped()).isTrue();
    }

    @Test
    void natPmpGrantForAnotherPortIsIgnored() {
        lab.loses = true;
        lab.start();
        lab.pass(600 * MILLIS);
        lab.inject(lab.server(), lab.natPmpAddress());
        lab.inject(lab.server(), ByteBuffer.allocate(16).put((byte) 0).put((byte) 129).putShort((short) 0).putInt(1)
                .putShort((short) 22).putShort((short) 22).putInt(7_200).array());
        assertThat(lab.isMapped()).isFalse();
    }

    @Test
    void announcementsOfOthersAndFloodsOfThemCostNothing() {
        lab.pcp = true;
        lab.start();
        lab.pass(10 * SECONDS);
        int before = lab.sent.size();
        byte[] forged = lab.announcement();
        ByteBuffer.wrap(forged).putInt(8, 0);
        lab.machine.announced(lab.now(), new InetSocketAddress(RouterLab.address("192.168.1.66"), 5351), forged);
        lab.pass(10 * SECONDS);
        assertThat(lab.sent).hasSize(before);
        for (int i = 0; i < 10_000; i++) {
            lab.machine.announced(lab.now(), lab.server(), forged);
            lab.pass(MILLIS);
        }
        assertThat(lab.sent.size() - before).as("one question a second").isLessThanOrEqualTo(12);
        assertThat(lab.mapped().generation()).as("the router itself says that it runs on").isEqualTo(1);
    }

    /** Whoever can send from the router's address may say anything: NAT-PMP has nothing to tell who speaks. */
    @Test
    void floodOfRepliesInTheRoutersNameCausesFewQuestionsAndIsForgottenAfterwards() {
        lab.natPmp = true;
        lab.start();
        lab.pass(10 * SECONDS);
        assertMapped(MappingProtocol.NAT_PMP, PORT);
        int before = lab.sent.size();
        for (int i = 0; i < 10_000; i++) {
            byte kind = (byte) (i % 3 == 0 ? 128 : 129);
            ByteBuffer forged = ByteBuffer.allocate(kind == (byte) 128 ? 12 : 16).put((byte) 0).put(kind)
                    .putShort((short) 0).putInt(i * 7_919);
            lab.inject(lab.server(), kind == (byte) 128
                    ? forged.put(new byte[]{11, 22, 44, (byte) i}).array()
                    : forged.putShort((short) PORT).putShort((short) i).putInt(7_200).array());
            lab.pass(MILLIS);
        }
        assertThat(lab.sent.size() - before).as("questions in ten seconds").isLessThanOrEqualTo(30);
        assertThat(lab.machine.mapped()).as("one of each gateway and protocol").hasSizeLessThanOrEqualTo(1);

        lab.pass(3_600 * SECONDS);
        assertMapped(MappingProtocol.NAT_PMP, PORT);
    }

    @Test
    void deviceThatIsNotTheGatewayIsNotUsed() {
        lab.upnp = 1;
        lab.loses = true;
        lab.start();
        lab.inject(new InetSocketAddress(RouterLab.address("192.168.1.66"), 1900),
                RouterLab.ssdpAnswer("http://192.168.1.66:5000/igd.xml"));
        for (String place : List.of("http://192.168.1.66:5000/igd.xml", "https://192.168.1.1/igd.xml",
                "http://router.example/igd.xml", "file:///etc/passwd", "http://192.168.1.1:0/x", "nonsense")) {
            lab.inject(new InetSocketAddress(lab.router, 1900), RouterLab.ssdpAnswer(place));
        }
        assertThat(lab.sent).noneMatch(line -> line.startsWith("get"));
        lab.inject(new InetSocketAddress(lab.router, 1900), RouterLab.ssdpAnswer("http://192.168.1.1:5000/igd.xml"));
        assertThat(lab.sent).contains("get /igd.xml");
    }

    @Test
    void descriptionThatLeadsElsewhereIsNotFollowed() {
        lab.upnp = 1;
        lab.description = RouterLab.describe("WANIPConnection:1", "http://192.168.1.66/ctl");
        lab.start();
        lab.pass(5 * SECONDS);
        assertThat(lab.isMapped()).isFalse();
        assertThat(lab.sent).noneMatch(line -> line.contains("Get") || line.contains("Add"));
    }
}
