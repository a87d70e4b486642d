package io.meshd.nat.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.identity.PublicKey;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Frame;
import io.meshd.protocol.RelayReason;
import io.meshd.testing.Property;
import io.meshd.testing.RecordingOutbox;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class SwitchboardTest {
    private static final long SECONDS = 1_000_000_000L;

    private final Switchboard switchboard = new Switchboard(new SplittableRandom(1));
    private final RecordingOutbox out = new RecordingOutbox();
    private long now = -5 * SECONDS;

    static PublicKey key(int number) {
        byte[] encoded = new byte[PublicKey.BYTES];
        encoded[0] = (byte) number;
        encoded[1] = (byte) (number >>> 8);
        return PublicKey.of(encoded);
    }

    private int opened(int from, int to) {
        switchboard.open(now, key(from), key(to), Reach.DIRECT, out);
        return out.frames().stream().map(RecordingOutbox.SentFrame::frame)
                .filter(Frame.RelayChannel.class::isInstance).map(Frame.RelayChannel.class::cast).toList().getLast()
                .channel();
    }

    private void assertRefused(PublicKey from, PublicKey to, Reach reach, RelayReason reason) {
        out.clear();
        switchboard.open(now, from, to, reach, out);
        assertThat(out.frames()).containsExactly(
                new RecordingOutbox.SentFrame(from, null, new Frame.RelayClose(true, 0, reason, to)));
    }

    @Test
    void tellsTheFarEndBeforeItAnswers() {
        switchboard.serve(true, 32, out);
        int channel = opened(1, 2);
        assertThat(out.frames()).containsExactly(
                new RecordingOutbox.SentFrame(key(2), null, new Frame.RelayChannel(channel, key(1))),
                new RecordingOutbox.SentFrame(key(1), null, new Frame.RelayChannel(channel, key(2))));
        assertThat(switchboard.takeChanged()).isTrue();
        assertThat(switchboard.takeChanged()).isFalse();
    }

    @Test
    void hasOneChannelForAPairWhoeverAsks() {
        switchboard.serve(true, 32, out);
        int channel = opened(1, 2);
        assertThat(opened(2, 1)).isEqualTo(channel);
        assertThat(opened(1, 2)).isEqualTo(channel);
        assertThat(switchboard.circuits()).hasSize(1);
    }

    @Test
    void refusesWithTheReason() {
        assertRefused(key(1), key(2), Reach.DIRECT, RelayReason.NOT_SERVING);
        switchboard.serve(true, 4, out);
        assertRefused(key(1), key(2), Reach.STRANGER, RelayReason.UNKNOWN_PEER);
        assertRefused(key(1), key(1), Reach.DIRECT, RelayReason.UNKNOWN_PEER);
        assertRefused(key(1), key(2), Reach.AWAY, RelayReason.UNREACHABLE);
        opened(1, 2);
        opened(3, 4);
        opened(1, 3);
        assertRefused(key(5), key(1), Reach.DIRECT, RelayReason.QUOTA);
        assertThat(switchboard.peersServed()).isEqualTo(4);
        assertThat(switchboard.counters().refused()).isEqualTo(5);
    }

    @Test
    void boundsTheChannelsOfOnePeer() {
        switchboard.serve(true, 4_096, out);
        for (int i = 0; i < Switchboard.CIRCUITS_OF_PEER_MAX; i++) {
            now += SECONDS;
            opened(1, 100 + i);
        }
        now += SECONDS;
        assertRefused(key(1), key(99), Reach.DIRECT, RelayReason.QUOTA);
        assertRefused(key(99), key(1), Reach.DIRECT, RelayReason.QUOTA);
    }

    @Test
    void answersSoManyQuestionsASecond() {
        switchboard.serve(true, 32, out);
        for (int i = 0; i < 1_000; i++) {
            switchboard.open(now, key(1), key(2), Reach.AWAY, out);
        }
        assertThat(out.frames()).hasSize(64);
        now += SECONDS;
        out.clear();
        for (int i = 0; i < 1_000; i++) {
            switchboard.unknown(now, key(1), 5, out);
        }
        assertThat(out.frames()).hasSize(8);
        // Nobody suffers from the flood of another.
        out.clear();
        opened(3, 4);
        assertThat(out.frames()).hasSize(2);
    }

    @Test
    void endsWithTheSessionOfEitherEnd() {
        switchboard.serve(true, 32, out);
        int first = opened(1, 2);
        int second = opened(1, 3);
        out.clear();
        switchboard.lost(key(1), out);
        assertThat(out.frames()).containsExactlyInAnyOrder(
                new RecordingOutbox.SentFrame(key(2), null, new Frame.RelayClose(true, first, RelayReason.GONE, null)),
                new RecordingOutbox.SentFrame(key(3), null,
                        new Frame.RelayClose(true, second, RelayReason.GONE, null)));
        assertThat(switchboard.circuits()).isEmpty();
        assertThat(switchboard.peersServed()).isZero();
    }

    @Test
    void endsWhatNobodyUsesAndNothingElse() {
        switchboard.serve(true, 32, out);
        opened(1, 2);
        opened(3, 4);
        for (int i = 0; i < 30; i++) {
            now = Math.max(now + SECONDS, switchboard.nextDeadlineNanos());
            switchboard.circuits().iterator().next().used(now);
            switchboard.handleTimeout(now, out);
        }
        assertThat(switchboard.circuits()).singleElement().matches(circuit -> circuit.joins(key(1)));
        switchboard.lost(key(2), out);
        now = switchboard.nextDeadlineNanos();
        switchboard.handleTimeout(now, out);
        assertThat(switchboard.nextDeadlineNanos()).isEqualTo(Deadlines.NEVER);
    }

    @Test
    void thirdPartiesCannotEndAChannelOrLearnWhoseItIs() {
        switchboard.serve(true, 32, out);
        int channel = opened(1, 2);
        out.clear();
        for (RelayReason reason : RelayReason.values()) {
            switchboard.closed(now, key(3), new Frame.RelayClose(false, channel, reason, null), out);
        }
        assertThat(out.frames()).hasSize(7).allMatch(sent -> sent.peer().equals(key(3))
                && sent.frame().equals(new Frame.RelayClose(true, channel, RelayReason.GONE, null)));
        assertThat(switchboard.circuits()).hasSize(1);
    }

    @Test
    void endThatForgotIsToldAgain() {
        switchboard.serve(true, 32, out);
        int channel = opened(1, 2);
        out.clear();
        switchboard.closed(now, key(2), new Frame.RelayClose(false, channel, RelayReason.WHICH, null), out);
        assertThat(out.frames()).containsExactly(
                new RecordingOutbox.SentFrame(key(2), null, new Frame.RelayChannel(channel, key(1))));
        out.clear();
        switchboard.closed(now, key(2), new Frame.RelayClose(false, channel, RelayReason.REFUSED, null), out);
        assertThat(out.frames()).containsExactly(new RecordingOutbox.SentFrame(key(1), null,
                new Frame.RelayClose(true, channel, RelayReason.REFUSED, null)));
    }

    @Test
    void farEndThatTakesNothingIsLeftInPeace() {
        switchboard.serve(true, 32, out);
        int channel = opened(1, 2);
        switchboard.closed(now, key(2), new Frame.RelayClose(false, channel, RelayReason.REFUSED, null), out);
        assertRefused(key(1), key(2), Reach.DIRECT, RelayReason.REFUSED);
        // But not from what it wants itself, nor from others.
        opened(2, 1);
        opened(3, 2);
        switchboard.lost(key(2), out);
        now += 30 * SECONDS;
        out.clear();
        opened(1, 2);
        assertThat(out.frames()).hasSize(2);
    }

    @Test
    void stoppingToServeEndsEverything() {
        switchboard.serve(true, 32, out);
        opened(1, 2);
        opened(1, 3);
        out.clear();
        switchboard.serve(false, 32, out);
        assertThat(out.frames()).hasSize(4).allMatch(sent -> sent.frame() instanceof Frame.RelayClose close
                && close.reason() == RelayReason.NOT_SERVING);
        assertThat(switchboard.circuits()).isEmpty();
    }

    @Test
    void staysWithinItsBoundsWhateverHappens() {
        Property.forAll(200, random -> {
            Switchboard board = new Switchboard(random);
            long at = 0;
            board.serve(true, 6, out);
            for (int i = 0; i < 300; i++) {
                at += random.nextLong(SECONDS);
                act(board, random, at);
                List<Circuit> circuits = new ArrayList<>(board.circuits());
                Set<Set<PublicKey>> pairs = new HashSet<>();
                Set<PublicKey> ends = new HashSet<>();
                for (Circuit circuit : circuits) {
                    assertThat(circuit.first()).isNotEqualTo(circuit.second());
                    assertThat(circuit.channel()).isPositive();
                    assertThat(pairs.add(Set.of(circuit.first(), circuit.second()))).isTrue();
                    ends.addAll(List.of(circuit.first(), circuit.second()));
                }
                assertThat(board.peersServed()).isEqualTo(ends.size()).isLessThanOrEqualTo(6);
                out.clear();
            }
        });
    }

    private void act(Switchboard board, RandomGenerator random, long at) {
        PublicKey one = key(random.nextInt(10));
        PublicKey other = key(random.nextInt(10));
        int channel = board.circuits().stream().skip(random.nextInt(3)).findFirst().map(Circuit::channel).orElse(1);
        switch (random.nextInt(6)) {
            case 0, 1 -> board.open(at, one, other, Reach.DIRECT, out);
            case 2 -> board.open(at, one, other, Reach.values()[random.nextInt(3)], out);
            case 3 -> board.closed(at, one, new Frame.RelayClose(false, channel,
                    RelayReason.values()[random.nextInt(RelayReason.values().length)], null), out);
            case 4 -> board.lost(one, out);
            default -> board.handleTimeout(at, out);
        }
    }

    @Test
    void limitsBytesAndLetsBurstsPass() {
        ByteLimit limit = new ByteLimit(now, 100_000);
        long passed = 0;
        for (int ms = 0; ms < 10_000; ms++) {
            passed += limit.allows(now + ms * 1_000_000L, 1_000) ? 1_000 : 0;
        }
        assertThat(passed).isBetween(1_000_000L, 1_026_000L);
        ByteLimit small = new ByteLimit(now, 100);
        assertThat(small.allows(now, 1_000)).as("more than the bucket, once").isTrue();
        assertThat(small.allows(now + 9 * SECONDS, 1_000)).isFalse();
        assertThat(small.allows(now + 10 * SECONDS, 1_000)).isTrue();
        ByteLimit none = new ByteLimit(now, 0);
        for (int i = 0; i < 1_000; i++) {
            assertThat(none.allows(now, 65_000)).isTrue();
        }
    }
}
