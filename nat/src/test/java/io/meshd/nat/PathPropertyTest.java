package io.meshd.nat;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.identity.PublicKey;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Event;
import io.meshd.protocol.Frame;
import io.meshd.protocol.Outbox;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What holds whatever happens: every verb in any order, answers that come or not, several peers. */
final class PathPropertyTest {
    private static final long MILLIS = 1_000_000L;
    private static final int PEERS = 5;
    private static final int ENDPOINTS = 60;

    private final SplittableRandom random = new SplittableRandom(42);
    private long now = Long.MAX_VALUE - 1_000_000 * MILLIS;
    private final Paths paths = new Paths(TwoNodes.key(0), random.split());
    private final Map<PublicKey, Facts> facts = new HashMap<>();
    private final Recorder out = new Recorder();
    private final List<Sent> inFlight = new ArrayList<>();

    private record Sent(PublicKey peer, Endpoint via, long token) {}

    /** What this test knows of a peer, in the plainest way. */
    private static final class Facts {
        private boolean hasSession;
        private @Nullable Endpoint told;
        private final Set<Endpoint> proven = new HashSet<>();
    }

    private final class Recorder implements Outbox {
        @Override
        public void sendVia(PublicKey peer, Endpoint via, Frame frame) {
            if (frame instanceof Frame.PathProbe probe) {
                Facts known = factsOf(peer);
                assertThat(known.hasSession).as("probes travel in sessions").isTrue();
                inFlight.add(new Sent(peer, via, probe.token()));
            }
        }

        @Override
        public void emit(Event event) {
            Event.PathChosen chosen = (Event.PathChosen) event;
            Facts known = factsOf(chosen.peer());
            assertThat(chosen.from()).isEqualTo(known.told);
            assertThat(chosen.reason()).isNotBlank();
            known.told = chosen.to();
            boolean isProven = chosen.to() == null || known.proven.contains(chosen.to());
            assertThat(isProven || chosen.reason().startsWith("the peer is heard there")).as(chosen.toString())
                    .isTrue();
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

    private Facts factsOf(PublicKey peer) {
        return Objects.requireNonNull(facts.get(peer));
    }

    @Test
    void invariantsHoldWhateverHappens() {
        for (int number = 1; number <= PEERS; number++) {
            facts.put(TwoNodes.key(number), new Facts());
        }
        int moves = 0;
        for (int step = 0; step < 20_000; step++) {
            advance();
            PublicKey peer = TwoNodes.key(1 + random.nextInt(PEERS));
            act(peer, paths.of(peer));
            check(peer, paths.of(peer));
        }
        moves += (int) paths.counters().pathChanges();
        assertThat(moves).as("the test does something").isGreaterThan(200);
        assertThat(paths.counters().probesAnswered()).isGreaterThan(300);
        assertThat(paths.counters().candidatesRefused()).isPositive();
        assertThat(paths.counters().answersElsewhere()).isPositive();
        assertThat(paths.counters().unknownTokens()).isPositive();
    }

    private void advance() {
        now += random.nextInt(20) == 0 ? random.nextLong(20_000 * MILLIS) : random.nextLong(40 * MILLIS);
        if (random.nextInt(3) > 0) {
            paths.handleTimeout(now, out);
            long next = paths.nextDeadlineNanos();
            assertThat(next == Deadlines.NEVER || next - now > 0).as("nothing due is left").isTrue();
        }
    }

    private void act(PublicKey peer, PeerPaths machine) {
        Facts known = factsOf(peer);
        Endpoint endpoint = endpoint(peer);
        switch (random.nextInt(40)) {
            case 0 -> {
                known.hasSession = true;
                known.proven.add(endpoint);
                machine.sessionEstablished(now, endpoint, false, out);
            }
            case 1 -> {
                if (random.nextInt(10) == 0) {
                    machine.sessionLost(now, out);
                    known.hasSession = false;
                    known.proven.clear();
                }
            }
            case 2 -> machine.networkChanged(now, out);
            case 3 -> machine.withdraw(now, endpoint, out);
            case 4, 5, 6 -> machine.candidate(now, new Candidate(endpoint, endpoint instanceof Endpoint.Relayed
                    ? CandidateKind.RELAY
                    : CandidateKind.values()[random.nextInt(CandidateKind.RELAY.ordinal())],
                    random.nextInt(10) == 0 ? TwoNodes.key(9) : null), out);
            case 7, 8, 9, 10, 11, 12, 13, 14 -> machine.sent(now, 1 + random.nextInt(10));
            case 15, 16, 17, 18 -> machine.received(now, heard(machine, endpoint), random.nextInt(10), out);
            case 19 -> machine.heardFrom(now, endpoint, out);
            case 20, 21 -> machine.handle(now, new Frame.PathProbe(random.nextLong()), endpoint, out);
            case 22 -> machine.handle(now, new Frame.PathProbeReply(random.nextLong(), null), endpoint, out);
            default -> answerOne();
        }
    }

    private Endpoint heard(PeerPaths machine, Endpoint endpoint) {
        Endpoint chosen = machine.chosen();
        return chosen != null && random.nextInt(4) > 0 ? chosen : endpoint;
    }

    private void answerOne() {
        if (inFlight.isEmpty()) {
            return;
        }
        Sent sent = inFlight.remove(random.nextInt(inFlight.size()));
        while (inFlight.size() > 30) {
            inFlight.removeFirst();
        }
        // A third of the world is unreachable, and some answers take another way.
        if (Math.floorMod(sent.via.hashCode(), 3) == 0) {
            return;
        }
        boolean isElsewhere = random.nextInt(10) == 0;
        Endpoint from = isElsewhere ? endpoint(sent.peer) : sent.via;
        Facts known = factsOf(sent.peer);
        if (known.hasSession && from.equals(sent.via)) {
            known.proven.add(from);
        }
        paths.of(sent.peer).handle(now, new Frame.PathProbeReply(sent.token, null), from, out);
    }

    private Endpoint endpoint(PublicKey peer) {
        int number = random.nextInt(ENDPOINTS);
        return number < 6
                ? new Endpoint.Relayed(TwoNodes.key(100 + number), peer)
                : TwoNodes.direct("192.0.2." + number);
    }

    private void check(PublicKey peer, PeerPaths machine) {
        Facts known = factsOf(peer);
        assertThat(machine.chosen()).as("every change is told").isEqualTo(known.told);
        List<PathView> views = machine.candidates(now);
        assertThat(views).hasSizeLessThanOrEqualTo(CandidateSet.CANDIDATES_MAX);
        assertThat(views.stream().filter(PathView::chosen).map(PathView::endpoint).toList())
                .isEqualTo(machine.chosen() == null ? List.of() : List.of(machine.chosen()));
        assertThat(machine.chosen() == null || known.hasSession).isTrue();
        assertThat(machine.standby()).satisfiesAnyOf(standby -> assertThat(standby).isNull(),
                standby -> assertThat(known.proven).contains(standby));
        assertThat(machine.standby() == null || !Objects.equals(machine.standby(), machine.chosen())).isTrue();
        assertThat(machine.endpointsToTry()).doesNotHaveDuplicates()
                .hasSizeLessThanOrEqualTo(PeerPaths.ENDPOINTS_TO_TRY_MAX);
        assertThat(machine.decisions()).hasSizeLessThanOrEqualTo(DecisionLog.DECISIONS_MAX);
        long next = Deadlines.NEVER;
        for (PeerPaths each : paths.all()) {
            next = Deadlines.earlier(next, each.nextDeadlineNanos());
        }
        assertThat(paths.nextDeadlineNanos()).isEqualTo(next);
    }
}
