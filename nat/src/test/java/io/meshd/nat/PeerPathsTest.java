package io.meshd.nat;

import org.jspecify.annotations.Nullable;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.identity.PublicKey;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Event;
import io.meshd.protocol.Frame;
import io.meshd.protocol.Outbox;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** What the machine of one peer does with single inputs. */
final class PeerPathsTest {
    private static final long MILLIS = 1_000_000L;
    private static final long SECONDS = 1_000 * MILLIS;
    private static final PublicKey PEER = TwoNodes.key(2);
    private static final Endpoint.Direct FIRST = TwoNodes.direct("192.0.2.1");
    private static final Endpoint.Direct SECOND = TwoNodes.direct("192.0.2.2");
    private static final Endpoint RELAY = new Endpoint.Relayed(TwoNodes.key(7), PEER);

    private final Paths all = new Paths(TwoNodes.key(1), new SplittableRandom(5));
    private final PeerPaths paths = all.of(PEER);
    private final Recorder out = new Recorder();
    private long now = 1_000 * SECONDS;

    private record Sent(long atNanos, Endpoint via, Frame frame) {}

    private final class Recorder implements Outbox {
        private final List<Sent> sent = new ArrayList<>();
        private final ArrayDeque<Sent> unanswered = new ArrayDeque<>();
        private final List<Event.PathChosen> moves = new ArrayList<>();

        @Override
        public void sendVia(PublicKey peer, Endpoint via, Frame frame) {
            assertThat(peer).isEqualTo(PEER);
            if (frame instanceof Frame.MtuProbe) {
                // How large packets may be has tests of its own.
                return;
            }
            sent.add(new Sent(now, via, frame));
            unanswered.add(sent.getLast());
        }

        @Override
        public void emit(Event event) {
            moves.add((Event.PathChosen) event);
        }

        @Override
        public void transmit(Endpoint to, byte[] datagram, int trafficClass) {
            throw new AssertionError();
        }

        @Override
        public void send(PublicKey peer, Frame frame) {
            throw new AssertionError();
        }

        @Override
        public void connect(PublicKey peer, @Nullable Endpoint at) {
            throw new AssertionError();
        }

        @Override
        public void renew(PublicKey peer) {
            throw new AssertionError();
        }

        @Override
        public void deliver(byte[] packet) {
            throw new AssertionError();
        }
    }

    private void candidate(Endpoint endpoint, CandidateKind kind) {
        paths.candidate(now, new Candidate(endpoint, kind), out);
    }

    private void establish(Endpoint via) {
        paths.sessionEstablished(now, via, false, out);
    }

    private List<Long> tokensTo(Endpoint via) {
        return out.sent.stream().filter(sent -> sent.via.equals(via))
                .flatMap(sent -> sent.frame instanceof Frame.PathProbe probe
                        ? List.of(probe.token()).stream()
                        : List.<Long>of().stream())
                .toList();
    }

    private void reply(long token, Endpoint from) {
        paths.handle(now, new Frame.PathProbeReply(token, null), from, out);
    }

    /** Lets time pass; every probe to a path that answers is answered after 20 ms. */
    private void pass(long nanos, Predicate<Endpoint> answers) {
        long end = now + nanos;
        while (true) {
            Sent first = out.unanswered.peekFirst();
            long arrival = first == null ? Deadlines.NEVER : first.atNanos + 20 * MILLIS;
            long next = Deadlines.earlier(all.nextDeadlineNanos(), arrival);
            if (next == Deadlines.NEVER || next - end > 0) {
                now = end;
                return;
            }
            now = Math.max(now, next);
            if (first != null && arrival <= now) {
                out.unanswered.removeFirst();
                if (first.frame instanceof Frame.PathProbe probe && answers.test(first.via)) {
                    reply(probe.token(), first.via);
                }
            }
            all.handleTimeout(now, out);
        }
    }

    private PathView view(Endpoint endpoint) {
        return paths.candidates(now).stream().filter(view -> view.endpoint().equals(endpoint)).findFirst()
                .orElseThrow();
    }

    @Test
    void probesNothingWithoutSession() {
        candidate(FIRST, CandidateKind.CONFIGURED);
        paths.heardFrom(now, SECOND, out);
        assertThat(paths.nextDeadlineNanos()).isEqualTo(Deadlines.NEVER);
        assertThat(out.sent).isEmpty();
        assertThat(paths.chosen()).isNull();
        assertThat(paths.pathClass()).isEqualTo(PathClass.NONE);
    }

    @Test
    void usesThePathOfTheHandshakeAndProbesAllAtOnce() {
        candidate(SECOND, CandidateKind.RECORD);
        establish(FIRST);
        assertThat(paths.chosen()).isEqualTo(FIRST);
        assertThat(out.moves).singleElement()
                .satisfies(move -> assertThat(move.reason()).startsWith("first to complete a handshake"));
        assertThat(tokensTo(FIRST)).hasSize(1);
        assertThat(tokensTo(SECOND)).hasSize(1);
    }

    @Test
    void candidateIsProbedAtOnceAndOnlyOnceWhenItIsToldAgain() {
        establish(FIRST);
        candidate(SECOND, CandidateKind.RECORD);
        candidate(SECOND, CandidateKind.RECORD);
        assertThat(tokensTo(SECOND)).hasSize(1);
        candidate(SECOND, CandidateKind.LAN);
        assertThat(tokensTo(SECOND)).as("new evidence").hasSize(2);
        assertThat(view(SECOND).kind()).isEqualTo(CandidateKind.LAN);
        assertThat(view(SECOND).evidence()).containsExactly(CandidateKind.LAN, CandidateKind.RECORD);
    }

    @Test
    void answerWithUnknownTokenProvesNothing() {
        candidate(SECOND, CandidateKind.RECORD);
        establish(RELAY);
        reply(tokensTo(SECOND).getFirst() + 1, SECOND);
        assertThat(view(SECOND).state()).isEqualTo(PathState.UNPROVEN);
        assertThat(paths.chosen()).isEqualTo(RELAY);
        assertThat(all.counters().unknownTokens()).isEqualTo(1);
    }

    @Test
    void answerByAnotherPathProvesNeither() {
        candidate(FIRST, CandidateKind.RECORD);
        candidate(SECOND, CandidateKind.RECORD);
        establish(RELAY);
        reply(tokensTo(FIRST).getFirst(), SECOND);
        assertThat(view(FIRST).state()).isEqualTo(PathState.UNPROVEN);
        assertThat(view(SECOND).state()).isEqualTo(PathState.UNPROVEN);
        assertThat(paths.chosen()).isEqualTo(RELAY);
        assertThat(all.counters().answersElsewhere()).isEqualTo(1);
        reply(tokensTo(FIRST).getFirst(), FIRST);
        assertThat(paths.chosen()).isEqualTo(FIRST);
    }

    @Test
    void secondAnswerToOneProbeCountsForNothing() {
        candidate(SECOND, CandidateKind.RECORD);
        establish(FIRST);
        long token = tokensTo(SECOND).getFirst();
        reply(token, SECOND);
        reply(token, SECOND);
        assertThat(all.counters().probesAnswered()).isEqualTo(1);
        assertThat(all.counters().unknownTokens()).isEqualTo(1);
    }

    @Test
    void answersProbeByItsOwnPathWithTheAddressSeen() {
        establish(FIRST);
        out.sent.clear();
        paths.handle(now, new Frame.PathProbe(77), SECOND, out);
        paths.handle(now, new Frame.PathProbe(78), RELAY, out);
        assertThat(out.sent).contains(new Sent(now, SECOND, new Frame.PathProbeReply(77, SECOND.address())),
                new Sent(now, RELAY, new Frame.PathProbeReply(78, null)));
        assertThat(tokensTo(SECOND)).as("and probes the new address").hasSize(1);
    }

    @Test
    void answersFloodOfProbesOnlyWithinItsAllowance() {
        establish(FIRST);
        for (int probe = 0; probe < 10_000; probe++) {
            paths.handle(now + probe * MILLIS / 10, new Frame.PathProbe(probe), FIRST, out);
        }
        long answers = out.sent.stream().filter(sent -> sent.frame instanceof Frame.PathProbeReply).count();
        assertThat(answers).isEqualTo(PathTimings.ANSWER_BURST + PathTimings.ANSWER_RATE - 1);
        assertThat(all.counters().answersWithheld()).isEqualTo(10_000 - answers);
    }

    @Test
    void namingVictimsBringsThemFewProbes() {
        establish(FIRST);
        SplittableRandom random = new SplittableRandom(3);
        CandidateKind[] kinds = {CandidateKind.RECORD, CandidateKind.REFLEXIVE, CandidateKind.LOCAL,
                CandidateKind.PORT_MAPPED};
        for (int second = 0; second < 60; second++) {
            for (int naming = 0; naming < 50; naming++) {
                Endpoint victim = TwoNodes.direct("198.51.100." + (1 + random.nextInt(250)));
                candidate(victim, kinds[random.nextInt(kinds.length)]);
            }
            pass(SECONDS, FIRST::equals);
        }
        long toVictims = out.sent.stream().filter(sent -> !sent.via.equals(FIRST)).count();
        assertThat(toVictims)
                .isLessThanOrEqualTo(PathTimings.UNPROVEN_BURST + 61L * PathTimings.UNPROVEN_RATE).isGreaterThan(100);
        assertThat(all.counters().probesWithheld()).isPositive();
        assertThat(paths.chosen()).isEqualTo(FIRST);
        assertThat(out.moves).hasSize(1);
    }

    @Test
    void silentCandidateIsTriedForEverButRarely() {
        candidate(SECOND, CandidateKind.CONFIGURED);
        establish(FIRST);
        pass(60 * SECONDS, FIRST::equals);
        assertThat(tokensTo(SECOND)).hasSizeBetween(6, 10);
        int before = tokensTo(SECOND).size();
        pass(24 * 3_600 * SECONDS, FIRST::equals);
        assertThat(tokensTo(SECOND).size() - before).isBetween(100, 160);
        pass(3_600 * SECONDS, endpoint -> true);
        assertThat(view(SECOND).state()).isEqualTo(PathState.ALIVE);
    }

    @Test
    void doesNotChooseUnprovenAddressWhileThePathInUseIsHeard() {
        establish(FIRST);
        pass(SECONDS, FIRST::equals);
        paths.received(now, FIRST, 1, out);
        now += 149 * MILLIS;
        paths.received(now, SECOND, 1, out);
        assertThat(paths.chosen()).isEqualTo(FIRST);
        assertThat(tokensTo(SECOND)).hasSize(1);
    }

    @Test
    void choosesUnprovenAddressWhereThePeerIsHeardAfterSilence() {
        establish(FIRST);
        pass(SECONDS, FIRST::equals);
        paths.received(now, FIRST, 1, out);
        now += 150 * MILLIS;
        paths.received(now, SECOND, 1, out);
        assertThat(paths.chosen()).isEqualTo(SECOND);
        assertThat(view(SECOND).state()).isEqualTo(PathState.UNPROVEN);
        assertThat(view(SECOND).kind()).isEqualTo(CandidateKind.OBSERVED);
    }

    @Test
    void idleSilenceIsNoReasonToFollowThePeerToRelayOrToWhatFailedBefore() {
        candidate(SECOND, CandidateKind.RECORD);
        establish(FIRST);
        pass(20 * SECONDS, FIRST::equals);
        paths.received(now, RELAY, 1, out);
        paths.received(now, SECOND, 1, out);
        assertThat(paths.chosen()).isEqualTo(FIRST);
    }

    @Test
    void whomEverybodyReachesNeededNoPunch() {
        paths.candidate(now, new Candidate(FIRST, CandidateKind.REFLEXIVE, TwoNodes.key(9)), out);
        establish(FIRST);
        all.open(false, true);
        assertThat(paths.pathClass()).as("IPv4").isEqualTo(PathClass.SIGNALING_THEN_DIRECT);
        all.open(true, false);
        assertThat(paths.pathClass()).isEqualTo(PathClass.DIRECT);
        all.open(false, false);
        assertThat(paths.pathClass()).isEqualTo(PathClass.SIGNALING_THEN_DIRECT);
    }

    @Test
    void labelsPunchedPathUntilItIsKnownWithoutHelp() {
        paths.candidate(now, new Candidate(FIRST, CandidateKind.REFLEXIVE, TwoNodes.key(9)), out);
        establish(FIRST);
        paths.received(now, FIRST, 1, out);
        assertThat(paths.pathClass()).isEqualTo(PathClass.SIGNALING_THEN_DIRECT);
        candidate(FIRST, CandidateKind.RECORD);
        assertThat(paths.pathClass()).isEqualTo(PathClass.DIRECT);
        assertThat(PathClass.SIGNALING_THEN_DIRECT.label()).isEqualTo("signaling_then_direct");
    }

    @Test
    void addressSeenByOthersButHeardFirstIsDirect() {
        establish(FIRST);
        assertThat(paths.pathClass()).isEqualTo(PathClass.DIRECT);
    }

    @Test
    void sessionLossEndsChoiceAndKeepsWhatWorked() {
        candidate(SECOND, CandidateKind.RECORD);
        candidate(RELAY, CandidateKind.RELAY);
        establish(FIRST);
        pass(SECONDS, endpoint -> !endpoint.equals(SECOND));
        paths.sessionLost(now, out);
        assertThat(paths.chosen()).isNull();
        assertThat(out.moves.getLast().to()).isNull();
        assertThat(paths.nextDeadlineNanos()).isEqualTo(Deadlines.NEVER);
        assertThat(paths.lastGood()).containsExactly(FIRST);
        assertThat(paths.endpointsToTry()).containsExactly(FIRST, RELAY, SECOND);
        int before = out.sent.size();
        pass(3_600 * SECONDS, endpoint -> true);
        assertThat(out.sent).hasSize(before);
    }

    @Test
    void answerFromAnEarlierSessionProvesNothing() {
        candidate(SECOND, CandidateKind.RECORD);
        establish(FIRST);
        long token = tokensTo(SECOND).getFirst();
        paths.sessionLost(now, out);
        establish(FIRST);
        reply(token, SECOND);
        assertThat(view(SECOND).state()).isEqualTo(PathState.UNPROVEN);
    }

    @Test
    void withdrawnPathIsLeftForOneThatWorks() {
        candidate(SECOND, CandidateKind.RECORD);
        establish(FIRST);
        pass(SECONDS, endpoint -> true);
        paths.withdraw(now, FIRST, out);
        assertThat(paths.chosen()).isEqualTo(SECOND);
        paths.withdraw(now, SECOND, out);
        assertThat(paths.chosen()).isNull();
    }

    @Test
    void saysOfEachReplyWhetherItProvesItsPath() {
        establish(FIRST);
        long token = tokensTo(FIRST).getFirst();
        assertThat(paths.handle(now, new Frame.PathProbeReply(token + 1, SECOND.address()), FIRST, out)).isFalse();
        assertThat(paths.handle(now, new Frame.PathProbeReply(token, SECOND.address()), SECOND, out)).isFalse();
        assertThat(paths.handle(now, new Frame.PathProbeReply(token, SECOND.address()), FIRST, out)).isTrue();
        assertThat(paths.handle(now, new Frame.PathProbeReply(token, SECOND.address()), FIRST, out)).isFalse();
    }

    @Test
    void reasonsCarryFigures() {
        candidate(RELAY, CandidateKind.RELAY);
        candidate(SECOND, CandidateKind.RECORD);
        establish(RELAY);
        now += 20 * MILLIS;
        reply(tokensTo(SECOND).getFirst(), SECOND);
        assertThat(paths.decisions().getLast().reason()).isEqualTo("straight, not relayed");
        assertThat(paths.decisions().getLast().figures()).startsWith(
                "192.0.2.2:51821 (rtt 20.0 ms ±10.0, lost 0 of 1 probes), was via ");
        assertThat(paths.decisions()).extracting(Decision::reason).containsExactly("first to complete a handshake",
                "a candidate answers", "straight, not relayed");
        assertThat(paths.decisions().getLast().atNanos()).isEqualTo(now);
    }

    @Test
    void viewShowsLossOfTheLastProbes() {
        establish(FIRST);
        assertThat(view(FIRST).rttMillis()).isNull();
        assertThat(view(FIRST).loss()).isNull();
        reply(tokensTo(FIRST).getFirst(), FIRST);
        pass(10 * SECONDS, endpoint -> false);
        assertThat(view(FIRST).loss()).isNotNull().isGreaterThan(0.5);
        assertThat(view(FIRST).chosen()).isTrue();
    }

    @Test
    void removedPeerIsForgotten() {
        establish(FIRST);
        all.remove(now, PEER, out);
        assertThat(all.find(PEER)).isNull();
        assertThat(all.nextDeadlineNanos()).isEqualTo(Deadlines.NEVER);
        assertThat(out.moves.getLast().to()).isNull();
        paths.sessionEstablished(now, FIRST, false, out);
        assertThat(all.nextDeadlineNanos()).isEqualTo(Deadlines.NEVER);
    }

    @Test
    void networkChangeThatChangesNothingKeepsThePath() {
        candidate(SECOND, CandidateKind.RECORD);
        establish(FIRST);
        pass(10 * SECONDS, endpoint -> true);
        Endpoint before = paths.chosen();
        all.networkChanged(now, out);
        pass(10 * SECONDS, endpoint -> true);
        assertThat(paths.chosen()).isEqualTo(before);
        assertThat(out.moves).hasSize(1);
        assertThat(view(SECOND).state()).isEqualTo(PathState.ALIVE);
    }
}
