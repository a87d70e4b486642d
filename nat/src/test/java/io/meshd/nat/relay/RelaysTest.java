package io.meshd.nat.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.identity.IpAddress;
import io.meshd.identity.PublicKey;
import io.meshd.nat.Paths;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Frame;
import io.meshd.protocol.RelayReason;
import io.meshd.testing.RecordingOutbox;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RelaysTest {
    private static final long MILLIS = 1_000_000L;
    private static final long SECONDS = 1_000 * MILLIS;
    private static final PublicKey SELF = SwitchboardTest.key(1);
    private static final PublicKey PEER = SwitchboardTest.key(2);

    private final Paths paths = new Paths(SELF, new SplittableRandom(7));
    private final Relays relays = new Relays(SELF, paths);
    private final RecordingOutbox out = new RecordingOutbox();
    /** Relays with sessions, and the round-trip time of each. */
    private final Map<PublicKey, Long> distances = new HashMap<>();
    private final List<RecordingOutbox.SentFrame> asked = new ArrayList<>();
    private long now = -3 * SECONDS;

    RelaysTest() {
        paths.of(PEER);
    }

    private static PublicKey relay(int number) {
        return SwitchboardTest.key(100 + number);
    }

    private static Endpoint.Direct at(PublicKey relay) {
        return new Endpoint.Direct(new InetSocketAddress(
                IpAddress.parse("192.0.2." + (relay.bytes()[0] & 0xff)).orThrow().toInetAddress(), 51_821));
    }

    /** A relay with a session whose path was measured. */
    private void near(int number, long rttNanos) {
        PublicKey relay = relay(number);
        distances.put(relay, rttNanos);
        paths.of(relay).sessionEstablished(now, at(relay), false, out);
        relays.permit(relay, true);
        pass(3 * SECONDS);
    }

    /** Lets time pass; probes of relays' own paths are answered. */
    private void pass(long nanos) {
        long end = now + nanos;
        List<Answer> answers = new ArrayList<>();
        while (now < end) {
            now += 5 * MILLIS;
            for (Answer answer : List.copyOf(answers)) {
                if (answer.atNanos <= now) {
                    answers.remove(answer);
                    paths.of(answer.peer).handle(now, new Frame.PathProbeReply(answer.token, null), answer.via, out);
                }
            }
            paths.handleTimeout(now, out);
            relays.tend(now, out);
            for (RecordingOutbox.SentFrame sent : out.frames()) {
                Endpoint via = sent.via();
                Long rtt = via instanceof Endpoint.Relayed(PublicKey relay, var _)
                        ? distances.get(relay)
                        : distances.get(sent.peer());
                if (sent.frame() instanceof Frame.PathProbe(long token) && via != null && rtt != null) {
                    answers.add(new Answer(now + rtt, sent.peer(), via, token));
                } else if (!(sent.frame() instanceof Frame.PathProbe)) {
                    asked.add(sent);
                }
            }
            out.clear();
        }
    }

    private record Answer(long atNanos, PublicKey peer, Endpoint via, long token) {}

    private List<PublicKey> takeAsked() {
        relays.tend(now, out);
        asked.addAll(out.frames());
        out.clear();
        List<PublicKey> who = asked.stream().filter(sent -> sent.frame().equals(new Frame.RelayOpen(PEER)))
                .map(RecordingOutbox.SentFrame::peer).toList();
        asked.clear();
        return who;
    }

    private void open(int number, int channel) {
        relays.handle(now, relay(number), new Frame.RelayChannel(channel, PEER), out);
    }

    @Test
    void asksTheTwoNearest() {
        near(1, 80 * MILLIS);
        near(2, 20 * MILLIS);
        near(3, 40 * MILLIS);
        relays.want(now, PEER, 2);
        assertThat(takeAsked()).containsExactly(relay(2), relay(3));
    }

    @Test
    void asksNobodyWhileNothingIsWantedAndNobodyWhoMayNot() {
        near(1, 20 * MILLIS);
        near(2, 20 * MILLIS);
        assertThat(takeAsked()).isEmpty();
        relays.permit(relay(1), false);
        relays.want(now, PEER, 2);
        assertThat(takeAsked()).containsExactly(relay(2));
    }

    @Test
    void openChannelIsACandidate() {
        near(1, 20 * MILLIS);
        relays.want(now, PEER, 2);
        takeAsked();
        open(1, 77);
        assertThat(relays.takeChanged()).isTrue();
        Endpoint.Relayed endpoint = new Endpoint.Relayed(relay(1), PEER);
        assertThat(relays.lines()).containsExactly(new RelayLine(relay(1), PEER, 77, endpoint));
        assertThat(paths.of(PEER).endpointsToTry()).containsExactly(endpoint);
        relays.handle(now, relay(1), new Frame.RelayClose(true, 77, RelayReason.GONE, null), out);
        assertThat(relays.lines()).isEmpty();
        assertThat(paths.of(PEER).endpointsToTry()).isEmpty();
    }

    @Test
    void refusalMakesItAskTheNextAndComeBackLater() {
        near(1, 10 * MILLIS);
        near(2, 20 * MILLIS);
        near(3, 30 * MILLIS);
        relays.want(now, PEER, 2);
        assertThat(takeAsked()).containsExactly(relay(1), relay(2));
        open(2, 5);
        relays.handle(now, relay(1), new Frame.RelayClose(true, 0, RelayReason.UNREACHABLE, PEER), out);
        assertThat(takeAsked()).containsExactly(relay(3));
        relays.handle(now, relay(3), new Frame.RelayClose(true, 0, RelayReason.QUOTA, PEER), out);
        assertThat(takeAsked()).isEmpty();
        pass(SECONDS);
        assertThat(takeAsked()).contains(relay(1)).doesNotContain(relay(3));
        relays.handle(now, relay(1), new Frame.RelayClose(true, 0, RelayReason.REFUSED, PEER), out);
        pass(30 * SECONDS);
        assertThat(takeAsked()).contains(relay(3)).doesNotContain(relay(1));
    }

    @Test
    void silentRelayIsNotWaitedFor() {
        near(1, 10 * MILLIS);
        near(2, 20 * MILLIS);
        near(3, 30 * MILLIS);
        relays.want(now, PEER, 2);
        takeAsked();
        open(2, 5);
        pass(3 * SECONDS);
        assertThat(takeAsked()).contains(relay(1), relay(3));
    }

    @Test
    void questionsWithoutAnswerBecomeRare() {
        near(1, 10 * MILLIS);
        relays.want(now, PEER, 2);
        takeAsked();
        pass(300 * SECONDS);
        assertThat(takeAsked()).hasSizeBetween(8, 14);
    }

    @Test
    void keepsItsChannelsOpen() {
        near(1, 10 * MILLIS);
        paths.of(PEER).sessionEstablished(now, new Endpoint.Relayed(relay(1), PEER), false, out);
        relays.want(now, PEER, 2);
        takeAsked();
        open(1, 5);
        pass(200 * SECONDS);
        assertThat(takeAsked()).hasSizeBetween(3, 5);
    }

    @Test
    void givesBackWhatIsNotWantedAndKeepsWhatIsInUse() {
        near(1, 10 * MILLIS);
        near(2, 20 * MILLIS);
        relays.want(now, PEER, 2);
        takeAsked();
        open(1, 5);
        open(2, 6);
        paths.of(PEER).sessionEstablished(now, new Endpoint.Relayed(relay(1), PEER), false, out);
        pass(SECONDS);
        asked.clear();
        relays.want(now, PEER, 0);
        pass(30 * SECONDS);
        assertThat(relays.lines()).extracting(RelayLine::relay).containsExactly(relay(1));
        assertThat(asked).contains(new RecordingOutbox.SentFrame(relay(2), null,
                new Frame.RelayClose(false, 6, RelayReason.GONE, null)));
    }

    @Test
    void relayWhoseSessionIsOverTakesItsCandidatesAlong() {
        near(1, 10 * MILLIS);
        relays.want(now, PEER, 2);
        takeAsked();
        open(1, 5);
        paths.of(relay(1)).sessionLost(now, out);
        relays.tend(now, out);
        assertThat(relays.lines()).isEmpty();
        assertThat(paths.of(PEER).endpointsToTry()).isEmpty();
    }

    @Test
    void relayThatIsItselfRelayedIsNone() {
        near(1, 10 * MILLIS);
        near(2, 20 * MILLIS);
        relays.want(now, PEER, 2);
        takeAsked();
        open(1, 5);
        paths.of(relay(1)).sessionLost(now, out);
        paths.of(relay(1)).sessionEstablished(now, new Endpoint.Relayed(relay(2), relay(1)), false, out);
        relays.tend(now, out);
        assertThat(relays.lines()).isEmpty();
        open(1, 6);
        assertThat(relays.lines()).isEmpty();
    }

    @Test
    void nearerRelayTakesThePlaceOfTheFarthest() {
        near(1, 10 * MILLIS);
        near(2, 90 * MILLIS);
        paths.of(PEER).sessionEstablished(now, new Endpoint.Relayed(relay(1), PEER), false, out);
        relays.want(now, PEER, 2);
        takeAsked();
        open(1, 5);
        open(2, 6);
        pass(2 * SECONDS);
        near(3, 20 * MILLIS);
        asked.clear();
        pass(40 * SECONDS);
        assertThat(takeAsked()).contains(relay(3));
        open(3, 7);
        asked.clear();
        pass(100 * SECONDS);
        assertThat(takeAsked()).contains(relay(1), relay(3)).doesNotContain(relay(2));
    }

    @Test
    void takesChannelsThatTheFarEndHadOpenedAndRefusesNonsense() {
        near(1, 10 * MILLIS);
        assertThat(relays.handle(now, relay(1), new Frame.RelayChannel(5, PEER), out)).isTrue();
        assertThat(relays.lines()).hasSize(1);
        out.clear();
        for (PublicKey nobody : List.of(SELF, relay(1), SwitchboardTest.key(55))) {
            assertThat(relays.handle(now, relay(1), new Frame.RelayChannel(9, nobody), out)).isFalse();
        }
        relays.permit(relay(2), false);
        assertThat(relays.handle(now, relay(2), new Frame.RelayChannel(9, PEER), out)).isFalse();
        assertThat(out.frames()).hasSize(4).allMatch(sent -> sent.frame()
                .equals(new Frame.RelayClose(false, 9, RelayReason.REFUSED, null)));
        assertThat(relays.lines()).hasSize(1);
    }

    @Test
    void hasNothingToDoWhenNothingIsWanted() {
        near(1, 10 * MILLIS);
        relays.tend(now, out);
        assertThat(relays.nextDeadlineNanos()).isEqualTo(Deadlines.NEVER);
        relays.want(now, PEER, 1);
        relays.tend(now, out);
        assertThat(relays.nextDeadlineNanos()).isNotEqualTo(Deadlines.NEVER);
        relays.forget(PEER);
        relays.tend(now, out);
        assertThat(relays.nextDeadlineNanos()).isEqualTo(Deadlines.NEVER);
    }
}
