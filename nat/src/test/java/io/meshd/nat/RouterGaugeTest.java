package io.meshd.nat;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.identity.PublicKey;
import io.meshd.protocol.Frame;
import io.meshd.testing.RecordingOutbox;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RouterGaugeTest {
    private static final long MILLIS = 1_000_000L;
    private static final long USUAL_NANOS = 30 * MILLIS;
    private static final PublicKey THIRD = TwoNodes.key(3);

    private final Set<Integer> open = new HashSet<>();
    private final SplittableRandom random = new SplittableRandom(3);
    private final RecordingOutbox out = new RecordingOutbox();
    private long now = -MILLIS;
    private boolean areNewFlowsAnswered = true;
    private final RouterGauge gauge = new RouterGauge(now, THIRD, TwoNodes.direct("198.51.100.9"), USUAL_NANOS,
            new NumberedSockets(new Sockets(), new Paths(TwoNodes.key(1), random)));

    /** One probe, answered after so long or, when that is negative, never. */
    private void probe(long answeredAfterNanos) {
        out.clear();
        gauge.tick(now, true, random, out);
        assertThat(open).hasSizeLessThanOrEqualTo(1);
        Frame.PathProbe probe = (Frame.PathProbe) out.frames().getFirst().frame();
        for (RecordingOutbox.SentFrame sent : out.frames().subList(1, out.frames().size())) {
            Frame.PathProbe fresh = (Frame.PathProbe) sent.frame();
            assertThat(!areNewFlowsAnswered || gauge.answered(now + USUAL_NANOS, fresh.token())).isTrue();
        }
        if (answeredAfterNanos >= 0) {
            assertThat(gauge.answered(now + answeredAfterNanos, probe.token())).isTrue();
            assertThat(gauge.answered(now + answeredAfterNanos, probe.token())).as("once").isFalse();
        }
        now += RouterGauge.PACE_NANOS;
    }

    private final class Sockets implements LocalSockets {
        @Override
        public void open(int number) {
            open.add(number);
        }

        @Override
        public void close(int number) {
            assertThat(open.remove(number)).isTrue();
        }
    }

    @Test
    void newFlowsThatDoNotPassAreTroubleThoughKnownOnesDo() {
        probe(USUAL_NANOS);
        areNewFlowsAnswered = false;
        int probes = 0;
        for (; gauge.trouble() == null && probes < 100; probes++) {
            probe(USUAL_NANOS);
        }

        assertThat(probes * RouterGauge.PACE_NANOS).isLessThan(4_000 * MILLIS);
        assertThat(gauge.trouble()).contains("3 new flows to 198.51.100.9:51821 did not pass");
        gauge.end();
        assertThat(open).isEmpty();
    }

    @Test
    void usualAnswersAreNoTrouble() {
        for (int i = 0; i < 100; i++) {
            probe(i % 10 == 0 ? -1 : USUAL_NANOS * 2);
            assertThat(gauge.trouble()).isNull();
        }
    }

    @Test
    void someLostInARowAreTrouble() {
        probe(USUAL_NANOS);
        for (int i = 0; i < RouterGauge.BAD_IN_A_ROW; i++) {
            assertThat(gauge.trouble()).isNull();
            probe(-1);
        }
        now += 1_000 * MILLIS;
        gauge.tick(now, true, random, out);

        assertThat(gauge.trouble()).contains("3 probes to 198.51.100.9:51821 were lost");
    }

    @Test
    void answersThatTakeSeveralTimesAsLongAreTrouble() {
        probe(USUAL_NANOS);
        for (int i = 0; i < RouterGauge.BAD_IN_A_ROW; i++) {
            assertThat(gauge.trouble()).isNull();
            probe(5 * USUAL_NANOS);
        }

        assertThat(gauge.trouble()).contains("usual 30.0 ms");
    }

    @Test
    void answersToOthersSayNothing() {
        assertThat(gauge.answered(now, 77)).isFalse();
    }
}
