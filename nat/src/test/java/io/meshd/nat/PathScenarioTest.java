package io.meshd.nat;

import static io.meshd.nat.TwoNodes.MILLIS;
import static io.meshd.nat.TwoNodes.MINUTES;
import static io.meshd.nat.TwoNodes.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.nat.TwoNodes.Link;
import io.meshd.protocol.Endpoint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What two nodes do on links that fail, recover, lose and move. */
final class PathScenarioTest {
    private static final long PACKET_EVERY_NANOS = 10 * MILLIS;

    private static TwoNodes bothPump(TwoNodes nodes) {
        nodes.a.pump(PACKET_EVERY_NANOS);
        nodes.b.pump(PACKET_EVERY_NANOS);
        return nodes;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 20, 60, 150})
    void leavesCutPathWithinOneSecondAndReturnsWithinTen(int delayMillis) {
        for (int seed = 0; seed < 10; seed++) {
            TwoNodes nodes = new TwoNodes(seed);
            Link straight = nodes.directLink("192.0.2.1", "192.0.2.2", delayMillis * MILLIS);
            Link relay = nodes.relayLink(1, delayMillis * MILLIS * 3 / 2);
            nodes.establish(straight);
            bothPump(nodes);
            nodes.run(20 * SECONDS + seed * 37L * MILLIS);
            assertThat(nodes.a.chosen()).isEqualTo(straight.atB);

            straight.cut(true);
            long cutNanos = nodes.now();
            nodes.run(20 * SECONDS);
            assertThat(nodes.a.chosen()).as(nodes.a.story()).isEqualTo(relay.atB);
            assertThat(nodes.b.chosen()).as(nodes.b.story()).isEqualTo(relay.atA);
            assertThat(nodes.a.movesAtNanos.getLast() - cutNanos).as(nodes.a.story()).isLessThan(SECONDS);
            assertThat(nodes.b.longestGapNanos(cutNanos, nodes.now())).as(nodes.a.story()).isLessThan(SECONDS);

            straight.cut(false);
            nodes.run(10 * SECONDS);
            assertThat(nodes.a.chosen()).as(nodes.a.story()).isEqualTo(straight.atB);
            assertThat(nodes.b.chosen()).as(nodes.b.story()).isEqualTo(straight.atA);
            assertThat(nodes.a.moves).hasSize(3);
        }
    }

    @Test
    void leavesPathThatIsCutInOneDirectionOnly() {
        for (int seed = 0; seed < 10; seed++) {
            TwoNodes nodes = new TwoNodes(seed);
            Link straight = nodes.directLink("192.0.2.1", "192.0.2.2", 15 * MILLIS);
            Link relay = nodes.relayLink(1, 25 * MILLIS);
            nodes.establish(straight);
            bothPump(nodes);
            nodes.run(10 * SECONDS + seed * 41L * MILLIS);

            straight.isCutToB = true;
            long cutNanos = nodes.now();
            nodes.run(10 * SECONDS);
            assertThat(nodes.a.chosen()).as(nodes.a.story()).isEqualTo(relay.atB);
            assertThat(nodes.b.longestGapNanos(cutNanos, nodes.now())).as(nodes.a.story() + nodes.b.story())
                    .isLessThan(1200 * MILLIS);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void leavesLossyStraightPathForCleanRelayAndReturnsWhenClean(boolean isLossyBothWays) {
        int late = 0;
        int runs = 24;
        for (int seed = 0; seed < runs; seed++) {
            TwoNodes nodes = new TwoNodes(seed);
            Link straight = nodes.directLink("192.0.2.1", "192.0.2.2", 10 * MILLIS);
            Link relay = nodes.relayLink(1, 20 * MILLIS);
            nodes.establish(straight);
            bothPump(nodes);
            nodes.run(30 * SECONDS);
            assertThat(nodes.a.moves).hasSize(1);

            straight.lossToB = 0.2;
            straight.lossToA = isLossyBothWays ? 0.2 : 0;
            nodes.run(10 * SECONDS);
            late += relay.atB.equals(nodes.a.chosen()) ? 0 : 1;
            nodes.run(20 * SECONDS);
            assertThat(nodes.a.chosen()).as(nodes.a.story()).isEqualTo(relay.atB);

            straight.lose(0);
            nodes.run(130 * SECONDS);
            assertThat(nodes.a.chosen()).as(nodes.a.story()).isEqualTo(straight.atB);
            assertThat(nodes.a.moves.size()).as(nodes.a.story()).isLessThanOrEqualTo(5);
        }
        assertThat(late).as("of %d later than 10 s", runs).isLessThanOrEqualTo(isLossyBothWays ? 0 : 1);
    }

    @Test
    void keepsStraightPathWithOrdinaryLoss() {
        TwoNodes nodes = new TwoNodes(3);
        Link straight = nodes.directLink("192.0.2.1", "192.0.2.2", 10 * MILLIS);
        Link relay = nodes.relayLink(1, 20 * MILLIS);
        straight.lose(0.005);
        relay.lose(0.005);
        nodes.establish(straight);
        bothPump(nodes);
        nodes.run(30 * MINUTES);
        assertThat(nodes.a.moves).as(nodes.a.story()).hasSize(1);
        assertThat(nodes.b.moves).as(nodes.b.story()).hasSize(1);
    }

    @Test
    void staysStraightWhenTheLastMileLosesOnBothPaths() {
        int moves = 0;
        for (int seed = 0; seed < 5; seed++) {
            TwoNodes nodes = new TwoNodes(seed);
            Link straight = nodes.directLink("192.0.2.1", "192.0.2.2", 10 * MILLIS);
            Link relay = nodes.relayLink(1, 20 * MILLIS);
            nodes.establish(straight);
            bothPump(nodes);
            nodes.run(10 * SECONDS);
            straight.lose(0.2);
            relay.lose(0.2);
            nodes.run(10 * MINUTES);
            moves += nodes.a.moves.size() - 1;
        }
        assertThat(moves).as("in 50 minutes").isLessThanOrEqualTo(20);
    }

    @Test
    void makesNoChangeAndHardlyAnyPacketInAnIdleHour() {
        TwoNodes nodes = new TwoNodes(5);
        Link straight = nodes.directLink("192.0.2.1", "192.0.2.2", 20 * MILLIS);
        nodes.directLink("2001:db8::1", "2001:db8::2", 22 * MILLIS);
        nodes.relayLink(1, 40 * MILLIS);
        for (int unreachable = 1; unreachable <= 6; unreachable++) {
            nodes.directLink("10.0.0." + unreachable, "10.0.1." + unreachable, MILLIS).cut(true);
        }
        nodes.establish(straight);
        nodes.run(20 * MINUTES);
        int movesBefore = nodes.a.moves.size() + nodes.b.moves.size();
        int framesBefore = nodes.a.framesSent + nodes.b.framesSent;
        nodes.run(60 * MINUTES);
        int frames = nodes.a.framesSent + nodes.b.framesSent - framesBefore;
        assertThat(nodes.a.moves.size() + nodes.b.moves.size()).isEqualTo(movesBefore);
        assertThat(frames).as("in 60 minutes").isBetween(60, 300);
    }

    @Test
    void idleRelayedPairStaysWithinTheSameBudget() {
        TwoNodes nodes = new TwoNodes(6);
        Link relay = nodes.relayLink(1, 40 * MILLIS);
        for (int unreachable = 1; unreachable <= 8; unreachable++) {
            nodes.directLink("10.0.0." + unreachable, "10.0.1." + unreachable, MILLIS).cut(true);
        }
        nodes.establish(relay);
        nodes.run(60 * MINUTES);
        int framesBefore = nodes.a.framesSent + nodes.b.framesSent;
        nodes.run(60 * MINUTES);
        int frames = nodes.a.framesSent + nodes.b.framesSent - framesBefore;
        assertThat(frames).as("in 60 minutes").isBetween(60, 300);
    }

    @Test
    void doesNotFlapBetweenEqualPathsWithJitter() {
        for (int seed = 0; seed < 3; seed++) {
            TwoNodes nodes = new TwoNodes(seed);
            Link first = nodes.directLink("192.0.2.1", "192.0.2.2", 20 * MILLIS);
            Link second = nodes.directLink("2001:db8::1", "2001:db8::2", 20 * MILLIS);
            first.jitterNanos = 10 * MILLIS;
            second.jitterNanos = 10 * MILLIS;
            nodes.establish(first);
            bothPump(nodes);
            nodes.run(MINUTES);
            int movesBefore = nodes.a.moves.size() + nodes.b.moves.size();
            assertThat(movesBefore).as(nodes.a.story() + nodes.b.story()).isLessThanOrEqualTo(6);
            nodes.run(15 * MINUTES);
            assertThat(nodes.a.moves.size() + nodes.b.moves.size()).as(nodes.a.story() + nodes.b.story())
                    .isEqualTo(movesBefore);
            assertThat(first.atB.equals(nodes.a.chosen())).as("both use the same path")
                    .isEqualTo(first.atA.equals(nodes.b.chosen()));
        }
    }

    @Test
    void movesToClearlyFasterPathAndStays() {
        TwoNodes nodes = new TwoNodes(8);
        Link slow = nodes.directLink("192.0.2.1", "192.0.2.2", 60 * MILLIS);
        Link fast = nodes.directLink("10.0.0.1", "10.0.0.2", MILLIS);
        nodes.establish(slow);
        nodes.run(5 * SECONDS);
        assertThat(nodes.a.chosen()).as(nodes.a.story()).isEqualTo(fast.atB);
        nodes.run(60 * MINUTES);
        assertThat(nodes.a.moves).hasSize(2);
    }

    @Test
    void movesFromSessionRelayToStraightPathWithinTwoRoundTrips() {
        TwoNodes nodes = new TwoNodes(9);
        Link straight = nodes.directLink("192.0.2.1", "192.0.2.2", 25 * MILLIS);
        Link relay = nodes.relayLink(1, 30 * MILLIS);
        long startNanos = nodes.now();
        nodes.establish(relay);
        nodes.run(SECONDS);
        assertThat(nodes.a.chosen()).isEqualTo(straight.atB);
        assertThat(nodes.a.movesAtNanos.getLast() - startNanos).isLessThanOrEqualTo(150 * MILLIS);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 20, 80})
    void followsPeerThatMovesToAnAddressNobodyKnew(int delayMillis) {
        for (int seed = 0; seed < 10; seed++) {
            TwoNodes nodes = new TwoNodes(seed);
            Link straight = nodes.directLink("192.0.2.1", "192.0.2.2", delayMillis * MILLIS);
            nodes.establish(straight);
            bothPump(nodes);
            nodes.run(10 * SECONDS + seed * 13L * MILLIS);
            straight.atA = TwoNodes.direct("198.51.100.7");
            long movedNanos = nodes.now();
            nodes.run(5 * SECONDS);
            assertThat(nodes.b.chosen()).as(nodes.b.story()).isEqualTo(straight.atA);
            assertThat(nodes.a.longestGapNanos(movedNanos, nodes.now())).as(nodes.b.story())
                    .isLessThan(2L * delayMillis * MILLIS * 2 + 120 * MILLIS);
        }
    }

    @Test
    void followsPeerAtOnceWhenItMovesWhileIdle() {
        TwoNodes nodes = new TwoNodes(11);
        Link straight = nodes.directLink("192.0.2.1", "192.0.2.2", 20 * MILLIS);
        nodes.establish(straight);
        nodes.run(10 * SECONDS);
        straight.atA = TwoNodes.direct("198.51.100.7");
        nodes.a.sendData();
        nodes.run(21 * MILLIS);
        assertThat(nodes.b.chosen()).as(nodes.b.story()).isEqualTo(straight.atA);
        nodes.run(60 * MINUTES);
        assertThat(nodes.b.chosen()).as(nodes.b.story()).isEqualTo(straight.atA);
        assertThat(nodes.b.moves).hasSize(2);
    }

    @Test
    void findsThePeerAgainAfterItsOwnNetworkChanged() {
        for (int seed = 0; seed < 10; seed++) {
            TwoNodes nodes = new TwoNodes(seed);
            Link home = nodes.directLink("192.168.1.5", "192.168.1.6", MILLIS);
            Link wide = nodes.directLink("192.0.2.1", "192.0.2.2", 20 * MILLIS);
            nodes.establish(home);
            bothPump(nodes);
            nodes.run(10 * SECONDS);
            assertThat(nodes.a.chosen()).isEqualTo(home.atB);
            home.cut(true);
            wide.atA = TwoNodes.direct("198.51.100.7");
            long movedNanos = nodes.now();
            nodes.a.all.networkChanged(movedNanos, nodes.a);
            nodes.run(5 * SECONDS);
            assertThat(nodes.a.chosen()).as(nodes.a.story()).isEqualTo(wide.atB);
            assertThat(nodes.b.chosen()).as(nodes.b.story()).isEqualTo(wide.atA);
            long gap = Math.max(nodes.a.longestGapNanos(movedNanos, nodes.now()),
                    nodes.b.longestGapNanos(movedNanos, nodes.now()));
            assertThat(gap).as(nodes.a.story() + nodes.b.story()).isLessThan(240 * MILLIS);
        }
    }

    @Test
    void oneWayFlowKeepsItsPathWithFewProbes() {
        TwoNodes nodes = new TwoNodes(13);
        Link straight = nodes.directLink("192.0.2.1", "192.0.2.2", 20 * MILLIS);
        nodes.relayLink(1, 30 * MILLIS);
        nodes.establish(straight);
        nodes.a.pump(PACKET_EVERY_NANOS);
        nodes.run(10 * SECONDS);
        int probesBefore = nodes.a.probesSent;
        nodes.run(10 * MINUTES);
        assertThat(nodes.a.moves).as(nodes.a.story()).hasSize(1);
        assertThat(nodes.a.probesSent - probesBefore).isLessThan(600 * 4);

        straight.cut(true);
        long cutNanos = nodes.now();
        nodes.run(5 * SECONDS);
        assertThat(nodes.b.longestGapNanos(cutNanos, nodes.now())).as(nodes.a.story()).isLessThan(SECONDS);
    }

    @Test
    void keepsTheOnlyPathWhileItIsCutAndUsesItAgainAtOnce() {
        TwoNodes nodes = new TwoNodes(14);
        Link straight = nodes.directLink("192.0.2.1", "192.0.2.2", 20 * MILLIS);
        nodes.establish(straight);
        bothPump(nodes);
        nodes.run(5 * SECONDS);
        straight.cut(true);
        nodes.run(2 * SECONDS);
        assertThat(nodes.a.chosen()).isEqualTo(straight.atB);
        assertThat(nodes.a.paths().pathClass()).isEqualTo(PathClass.NONE);
        nodes.run(MINUTES);
        straight.cut(false);
        nodes.run(5 * SECONDS);
        assertThat(nodes.a.paths().pathClass()).isEqualTo(PathClass.DIRECT);
        assertThat(nodes.a.moves).hasSize(1);
    }

    @Test
    void pathThatFailsAgainAndAgainReturnsEverMoreRarely() {
        TwoNodes nodes = new TwoNodes(15);
        Link straight = nodes.directLink("192.0.2.1", "192.0.2.2", 20 * MILLIS);
        nodes.relayLink(1, 30 * MILLIS);
        nodes.establish(straight);
        bothPump(nodes);
        for (int failure = 0; failure < 60; failure++) {
            nodes.run(12 * SECONDS);
            straight.cut(true);
            nodes.run(3 * SECONDS);
            straight.cut(false);
        }
        assertThat(nodes.a.moves.size()).as(nodes.a.story()).isLessThan(40);
        nodes.run(5 * MINUTES);
        assertThat(nodes.a.chosen()).as(nodes.a.story()).isEqualTo(straight.atB);
    }

    @Test
    void copiesGoToTheRelayWhileTheStraightPathIsInDoubt() {
        TwoNodes nodes = new TwoNodes(16);
        Link straight = nodes.directLink("192.0.2.1", "192.0.2.2", 20 * MILLIS);
        Link relay = nodes.relayLink(1, 30 * MILLIS);
        nodes.establish(straight);
        bothPump(nodes);
        nodes.run(10 * SECONDS);
        assertThat(nodes.a.paths().standby()).isNull();
        straight.cut(true);
        long cutNanos = nodes.now();
        Endpoint copied = null;
        while (copied == null && nodes.now() - cutNanos < SECONDS) {
            nodes.run(10 * MILLIS);
            copied = nodes.a.paths().standby();
        }
        assertThat(copied).isEqualTo(relay.atB);
        assertThat(nodes.a.chosen()).isEqualTo(straight.atB);
        assertThat(nodes.now() - cutNanos).isLessThan(500 * MILLIS);
    }

    @Test
    void returnsToTheOldPathWhenTheNewAddressDoesNotAnswer() {
        TwoNodes nodes = new TwoNodes(17);
        Link straight = nodes.directLink("192.0.2.1", "192.0.2.2", 20 * MILLIS);
        nodes.establish(straight);
        nodes.run(10 * SECONDS);
        // One packet of a comes from elsewhere, and nothing can be sent there.
        Endpoint elsewhere = TwoNodes.direct("203.0.113.9");
        nodes.b.paths().received(nodes.now(), elsewhere, 1, nodes.b);
        assertThat(nodes.b.chosen()).isEqualTo(elsewhere);
        nodes.run(3 * SECONDS);
        assertThat(nodes.b.chosen()).as(nodes.b.story()).isEqualTo(straight.atA);
        nodes.run(60 * MINUTES);
        assertThat(nodes.b.moves).as(nodes.b.story()).hasSize(3);
    }

    @Test
    void doesNotFollowPacketsFromElsewhereWhileThePathInUseIsHeard() {
        TwoNodes nodes = new TwoNodes(18);
        Link straight = nodes.directLink("192.0.2.1", "192.0.2.2", 20 * MILLIS);
        nodes.establish(straight);
        bothPump(nodes);
        nodes.run(10 * SECONDS);
        for (int packet = 0; packet < 200; packet++) {
            nodes.b.paths().received(nodes.now(), TwoNodes.direct("203.0.113." + packet), 1, nodes.b);
            nodes.run(50 * MILLIS);
        }
        assertThat(nodes.b.moves).as(nodes.b.story()).hasSize(1);
        assertThat(nodes.b.probesWasted).isLessThanOrEqualTo(PathTimings.UNPROVEN_BURST
                + 10 * PathTimings.UNPROVEN_RATE);
    }

    @Test
    void joinsThePathThatTheOtherSideUsesWhenItIsAsGood() {
        TwoNodes nodes = new TwoNodes(19);
        Link first = nodes.directLink("192.0.2.1", "192.0.2.2", 20 * MILLIS);
        Link second = nodes.directLink("2001:db8::1", "2001:db8::2", 21 * MILLIS);
        nodes.a.paths().sessionEstablished(nodes.now(), first.atB, true, nodes.a);
        nodes.b.paths().sessionEstablished(nodes.now(), second.atA, false, nodes.b);
        bothPump(nodes);
        nodes.run(30 * SECONDS);
        assertThat(nodes.a.chosen()).isEqualTo(first.atB);
        assertThat(nodes.b.chosen()).as(nodes.b.story()).isEqualTo(first.atA);
        int probesBefore = nodes.a.probesSent + nodes.b.probesSent;
        nodes.run(MINUTES);
        assertThat(nodes.a.probesSent + nodes.b.probesSent - probesBefore).isLessThan(2 * 60 * 4);
    }

    @Test
    void probesBusyPathOnlyForKeepaliveWhenThereIsNoOther() {
        TwoNodes nodes = new TwoNodes(20);
        Link only = nodes.directLink("192.0.2.1", "192.0.2.2", 20 * MILLIS);
        nodes.establish(only);
        bothPump(nodes);
        nodes.run(10 * SECONDS);
        int probesBefore = nodes.a.probesSent + nodes.b.probesSent;
        nodes.run(10 * MINUTES);
        assertThat(nodes.a.probesSent + nodes.b.probesSent - probesBefore).isZero();
    }
}
