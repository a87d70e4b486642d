package io.meshd.nat;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.identity.Bytes;
import io.meshd.identity.Identity;
import io.meshd.identity.PublicKey;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Frame;
import io.meshd.protocol.MappingBehaviour;
import io.meshd.protocol.SignalCandidate;
import io.meshd.protocol.SignalStatement;
import io.meshd.testing.RecordingOutbox;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SignallingTest {
    private static final long MILLIS = 1_000_000L;
    private static final long SECONDS = 1_000 * MILLIS;
    private static final Endpoint.Direct SOMEWHERE = TwoNodes.direct("198.51.100.99");

    private final SplittableRandom random = new SplittableRandom(7);
    private final Host alpha = new Host();
    private final Host beta = new Host();
    private final Host relay = new Host();
    private final Host other = new Host();
    private long now = -3 * SECONDS;

    /** One node's signalling and paths, with acquaintances that the test decides on. */
    private final class Host implements Contacts {
        final Identity identity = Identity.generate(random);
        final PublicKey key = identity.publicKey();
        final Paths paths = new Paths(key, random);
        final RecordingOutbox out = new RecordingOutbox();
        final Set<PublicKey> sessions = new HashSet<>();
        final Set<PublicKey> wanted = new HashSet<>();
        final List<PublicKey> messengers = new ArrayList<>();
        final Signalling signalling = new Signalling(identity, 5, paths, this, new NoSockets(), random);
        List<SignalCandidate> whereabouts = List.of(
                new SignalCandidate(SignalCandidate.Kind.LOCAL, TwoNodes.direct("192.168.1.2").address()),
                new SignalCandidate(SignalCandidate.Kind.REFLEXIVE, TwoNodes.direct("203.0.113.7").address()));

        void knows(Host... hosts) {
            for (Host host : hosts) {
                paths.of(host.key);
            }
        }

        void wants(Host peer) {
            wanted.add(peer.key);
            signalling.seek(now, peer.key);
        }

        /** Runs the node alone, and says what it sent meanwhile. */
        List<RecordingOutbox.SentFrame> run(long nanos) {
            out.clear();
            long end = now + nanos;
            while (Deadlines.isDue(signalling.nextDeadlineNanos(), end)) {
                now = signalling.nextDeadlineNanos();
                signalling.handleTimeout(now, out);
            }
            now = end;
            return out.frames();
        }

        /** Takes a frame in, and says what it sent because of it. */
        List<RecordingOutbox.SentFrame> hears(Frame.Signal signal, Host sender, Endpoint via) {
            out.clear();
            signalling.handle(now, signal, sender.key, via, out);
            return out.frames();
        }

        List<Endpoint> candidatesOf(Host peer) {
            return paths.of(peer.key).candidates(now).stream().map(PathView::endpoint).toList();
        }

        List<Endpoint> places() {
            return whereabouts.stream().<Endpoint>map(one -> new Endpoint.Direct(one.address())).toList();
        }

        Frame.Signal signal(Host to, long sequence, boolean isAnswer) {
            return SignalStatement.sign(identity, to.key, 5, sequence, isAnswer, MappingBehaviour.UNKNOWN, 0,
                    whereabouts);
        }

        @Override
        public boolean isWanted(PublicKey peer) {
            return wanted.contains(peer);
        }

        @Override
        public boolean hasSession(PublicKey peer) {
            return sessions.contains(peer);
        }

        @Override
        public List<PublicKey> messengers(PublicKey to) {
            return messengers;
        }

        @Override
        public List<SignalCandidate> whereabouts() {
            return whereabouts;
        }

        @Override
        public MappingBehaviour mapping() {
            return MappingBehaviour.ENDPOINT_INDEPENDENT;
        }

        @Override
        public Set<InetAddress> network() {
            return Set.of();
        }

        @Override
        public int portStep() {
            return 0;
        }
    }

    /** Where nothing is searched. */
    private static final class NoSockets implements LocalSockets {
        @Override
        public void open(int number) {
            throw new AssertionError("nothing is searched");
        }

        @Override
        public void close(int number) {
            throw new AssertionError("nothing is searched");
        }
    }

    private static Frame.Signal signalOf(RecordingOutbox.SentFrame sent) {
        assertThat(sent.frame()).isInstanceOf(Frame.Signal.class);
        return (Frame.Signal) sent.frame();
    }

    private void acquaint() {
        alpha.knows(beta, relay, other);
        beta.knows(alpha, relay, other);
        relay.knows(alpha, beta);
        relay.sessions.addAll(List.of(alpha.key, beta.key));
        alpha.messengers.add(relay.key);
    }

    @Test
    void bothSidesLearnWhereTheOtherIsThroughAThirdPeer() {
        acquaint();
        alpha.wants(beta);

        assertThat(alpha.run(Signalling.GRACE_NANOS - 1)).as("what is known is tried first").isEmpty();
        List<RecordingOutbox.SentFrame> called = alpha.run(1);
        assertThat(called).hasSize(1);
        assertThat(called.getFirst().peer()).isEqualTo(relay.key);

        List<RecordingOutbox.SentFrame> passed = relay.hears(signalOf(called.getFirst()), alpha, SOMEWHERE);
        assertThat(passed).containsExactly(
                new RecordingOutbox.SentFrame(beta.key, null, called.getFirst().frame()));

        List<RecordingOutbox.SentFrame> answered = beta.hears(signalOf(passed.getFirst()), relay, SOMEWHERE);
        assertThat(beta.candidatesOf(alpha)).containsExactlyInAnyOrderElementsOf(alpha.places());
        assertThat(beta.out.connections()).containsExactly(new RecordingOutbox.Connection(alpha.key, null));
        assertThat(answered).hasSize(1);
        assertThat(answered.getFirst().peer()).isEqualTo(relay.key);
        assertThat(signalOf(answered.getFirst()).isAnswer()).isTrue();

        List<RecordingOutbox.SentFrame> back = relay.hears(signalOf(answered.getFirst()), beta, SOMEWHERE);
        assertThat(back.getFirst().peer()).isEqualTo(alpha.key);
        assertThat(alpha.hears(signalOf(back.getFirst()), relay, SOMEWHERE)).as("no answer to an answer").isEmpty();
        assertThat(alpha.candidatesOf(beta)).containsExactlyInAnyOrderElementsOf(beta.places());
        assertThat(alpha.out.connections()).containsExactly(new RecordingOutbox.Connection(beta.key, null));
    }

    @Test
    void sessionThroughARelayCarriesTheCallItself() {
        acquaint();
        alpha.sessions.add(beta.key);
        beta.sessions.add(alpha.key);
        alpha.paths.of(beta.key).sessionEstablished(now, new Endpoint.Relayed(relay.key, beta.key), true, alpha.out);
        alpha.wants(beta);

        List<RecordingOutbox.SentFrame> called = alpha.run(Signalling.GRACE_NANOS);
        assertThat(called.getFirst().peer()).isEqualTo(beta.key);
        List<RecordingOutbox.SentFrame> answered = beta.hears(signalOf(called.getFirst()), alpha,
                new Endpoint.Relayed(relay.key, alpha.key));

        assertThat(answered.getFirst().peer()).isEqualTo(alpha.key);
        assertThat(beta.out.connections()).isEmpty();
        beta.paths.of(alpha.key).sessionEstablished(now, alpha.places().getLast(), false, beta.out);
        assertThat(beta.paths.of(alpha.key).pathClass()).isEqualTo(PathClass.SIGNALING_THEN_DIRECT);
    }

    @Test
    void sessionWhoseOnlyPathDiedCarriesNoCall() {
        acquaint();
        alpha.sessions.add(beta.key);
        alpha.paths.of(beta.key).sessionEstablished(now, SOMEWHERE, true, alpha.out);
        for (int second = 0; second < 60; second++) {
            now += SECONDS;
            alpha.paths.handleTimeout(now, alpha.out);
        }
        assertThat(alpha.paths.of(beta.key).isStraight()).isFalse();
        alpha.wants(beta);

        assertThat(alpha.run(Signalling.GRACE_NANOS).getFirst().peer()).isEqualTo(relay.key);
    }

    @Test
    void roundsGoOnEverMoreSlowlyWhileThePeerIsWanted() {
        acquaint();
        alpha.wants(beta);

        assertThat(alpha.run(3 * SECONDS)).hasSize(2);
        int anHour = alpha.run(3_600 * SECONDS).size();

        assertThat(anHour).isBetween(60, 66);
    }

    @Test
    void callEndsWhenAStraightPathServesOrNobodyWantsThePeer() {
        acquaint();
        alpha.wants(beta);
        alpha.wants(other);
        alpha.paths.of(beta.key).sessionEstablished(now, SOMEWHERE, false, alpha.out);
        alpha.sessions.add(beta.key);
        alpha.wanted.remove(other.key);

        assertThat(alpha.run(600 * SECONDS)).isEmpty();
        assertThat(alpha.signalling.nextDeadlineNanos()).isEqualTo(Deadlines.NEVER);
    }

    @Test
    void relayedPeerIsCalledForEverThoughNothingFlows() {
        acquaint();
        alpha.wants(beta);
        alpha.sessions.add(beta.key);
        alpha.paths.of(beta.key).sessionEstablished(now, new Endpoint.Relayed(relay.key, beta.key), false, alpha.out);
        alpha.run(600 * SECONDS);
        alpha.wanted.clear();
        alpha.run(600 * SECONDS);

        assertThat(alpha.run(3_000 * SECONDS)).hasSize(10);

        alpha.wants(beta);
        assertThat(alpha.run(5 * SECONDS)).as("wanted again").hasSizeGreaterThanOrEqualTo(2);
    }

    @Test
    void newWhereaboutsAreToldAtOnceButNotFasterThanEachSecond() {
        acquaint();
        alpha.wants(beta);
        alpha.run(20 * SECONDS);

        for (int i = 0; i < 100; i++) {
            alpha.signalling.whereaboutsChanged(now + 20 * MILLIS * i);
        }

        assertThat(alpha.run(2 * SECONDS).size()).isBetween(1, 2);
    }

    @Test
    void whoeverSaysWhereItIsAsksThoseWhoHaveNotSaidSoOfLate() {
        alpha.knows(beta, relay);
        alpha.sessions.add(relay.key);
        alpha.messengers.add(relay.key);
        alpha.paths.of(relay.key).sessionEstablished(now, SOMEWHERE, false, alpha.out);
        // The path to the relay is proven, and rests.
        for (int i = 0; i < 100; i++) {
            now += 100 * MILLIS;
            answerProbes();
        }
        assertThat(answerProbes()).isZero();

        alpha.wants(beta);
        alpha.run(SECONDS);

        assertThat(answerProbes()).isEqualTo(1);
    }

    /** Has the relay answer what alpha asks it now; says how often that was. */
    private int answerProbes() {
        alpha.out.clear();
        alpha.paths.handleTimeout(now, alpha.out);
        List<Long> tokens = alpha.out.frames().stream().map(RecordingOutbox.SentFrame::frame)
                .filter(Frame.PathProbe.class::isInstance).map(frame -> ((Frame.PathProbe) frame).token()).toList();
        tokens.forEach(token -> alpha.paths.of(relay.key).handle(now,
                new Frame.PathProbeReply(token, TwoNodes.direct("203.0.113.7").address()), SOMEWHERE, alpha.out));
        return tokens.size();
    }

    @Test
    void eachRoundAsksOthersToPassItOn() {
        acquaint();
        alpha.messengers.addAll(List.of(other.key, TwoNodes.key(70), TwoNodes.key(71)));
        alpha.wants(beta);

        List<PublicKey> asked = alpha.run(3 * SECONDS).stream().map(RecordingOutbox.SentFrame::peer).toList();

        assertThat(asked).containsExactlyElementsOf(alpha.messengers);
    }

    @Test
    void nothingIsPassedOnForAThirdPeerOrToAStranger() {
        acquaint();

        assertThat(relay.hears(alpha.signal(beta, 1, false), beta, SOMEWHERE)).as("said by another").isEmpty();
        assertThat(relay.hears(alpha.signal(other, 1, false), alpha, SOMEWHERE)).as("no session there").isEmpty();
        assertThat(relay.hears(other.signal(beta, 1, false), other, SOMEWHERE)).as("not trusted").isEmpty();
        assertThat(relay.paths.counters().signalsRefused()).isEqualTo(3);
    }

    @Test
    void forgedReplayedAndForeignSignalsChangeNothing() {
        acquaint();
        Frame.Signal true1 = alpha.signal(beta, 1, false);
        Frame.Signal moved = new Frame.Signal(true1.from(), true1.to(), true1.epoch(), 2, false, true1.mapping(), 0,
                List.of(new SignalCandidate(SignalCandidate.Kind.LOCAL,
                        new InetSocketAddress(SOMEWHERE.address().getAddress(), 53))),
                true1.signature());
        Frame.Signal unsigned = new Frame.Signal(alpha.key, beta.key, 5, 3, false, MappingBehaviour.UNKNOWN, 0,
                alpha.whereabouts, Bytes.copyOf(new byte[Identity.SIGNATURE_BYTES]));
        Host stranger = new Host();

        assertThat(beta.hears(moved, relay, SOMEWHERE)).isEmpty();
        assertThat(beta.hears(unsigned, relay, SOMEWHERE)).isEmpty();
        assertThat(beta.hears(stranger.signal(beta, 1, false), relay, SOMEWHERE)).isEmpty();
        assertThat(beta.candidatesOf(alpha)).isEmpty();
        assertThat(beta.paths.find(stranger.key)).isNull();

        assertThat(beta.hears(true1, relay, SOMEWHERE)).as("the true one is heard").hasSize(1);
        assertThat(beta.hears(true1, relay, SOMEWHERE)).as("once").isEmpty();
        assertThat(beta.hears(alpha.signal(beta, 0, false), relay, SOMEWHERE)).as("an older one").isEmpty();
    }

    @Test
    void floodOfOnePeerCostsBoundedWorkAndNobodyElse() {
        acquaint();
        int answered = 0;
        for (int i = 0; i < 1_000; i++) {
            answered += beta.hears(other.signal(beta, i, false), other, SOMEWHERE).size();
        }

        assertThat(answered).isEqualTo(Signalling.BROUGHT_BURST);
        assertThat(beta.candidatesOf(other)).hasSameSizeAs(other.places());
        assertThat(beta.hears(alpha.signal(beta, 1, false), relay, SOMEWHERE)).hasSize(1);
    }

    @Test
    void whoMayNotUpgradeTellsAndProbesNothingButPassesOn() {
        acquaint();
        beta.signalling.allow(now, false, beta.out);
        beta.wants(alpha);

        assertThat(beta.run(60 * SECONDS)).isEmpty();
        assertThat(beta.hears(alpha.signal(beta, 1, false), relay, SOMEWHERE)).isEmpty();
        assertThat(beta.candidatesOf(alpha)).isEmpty();

        relay.signalling.allow(now, false, relay.out);
        assertThat(relay.hears(alpha.signal(beta, 1, false), alpha, SOMEWHERE)).hasSize(1);
    }
}
