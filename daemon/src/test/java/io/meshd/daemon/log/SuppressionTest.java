package io.meshd.daemon.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.config.Config;
import io.meshd.daemon.control.LogLine;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class SuppressionTest {
    private static final long SECOND = 1_000_000_000L;
    private static final Suppression.Kind BETA = new Suppression.Kind("node", "{0} is {1}", "beta");
    private static final Suppression.Kind GAMMA = new Suppression.Kind("node", "{0} is {1}", "gamma");

    private final Suppression suppression = new Suppression();

    @Test
    void tenOfAKindPassAndThenOneEachSixSecondsThatTellsOfTheOthers() {
        assertThat(passed(BETA, 1000, 0)).isEqualTo(10);
        assertThat(passed(BETA, 5, 5 * SECOND)).isZero();

        LogLine next = Objects.requireNonNull(suppression.pass(BETA, line("once more"), 6 * SECOND));

        assertThat(next.fields()).containsEntry(LogLine.SUPPRESSED, 995);
        assertThat(next.text()).endsWith("once more (995 similar suppressed)");
    }

    @Test
    void anotherPeerIsAnotherKind() {
        assertThat(passed(BETA, 1000, 0)).isEqualTo(10);
        assertThat(passed(GAMMA, 1000, 0)).isEqualTo(10);
    }

    @Test
    void aFloodOfKindsIsBoundedAsWell() {
        long passed = IntStream.range(0, 100_000).filter(i -> suppression
                .pass(new Suppression.Kind("node", "{0} is {1}", "peer " + i), line("x"), SECOND) != null).count();

        assertThat(passed).isEqualTo(500);
    }

    @Test
    void whatWasKeptBackIsToldOnceItIsOver() {
        assertThat(passed(BETA, 13, 0)).isEqualTo(10);
        assertThat(suppression.over(59 * SECOND)).isEmpty();

        List<LogLine> told = suppression.over(60 * SECOND);

        assertThat(told).hasSize(1);
        assertThat(told.getFirst().fields()).containsEntry(LogLine.SUPPRESSED, 2);
        assertThat(suppression.over(1000 * SECOND)).isEmpty();
        assertThat(suppression.pass(BETA, line("anew"), 1000 * SECOND)).isEqualTo(line("anew"));
    }

    private long passed(Suppression.Kind kind, int lines, long now) {
        return IntStream.range(0, lines).filter(_ -> suppression.pass(kind, line("x"), now) != null).count();
    }

    private static LogLine line(String message) {
        return new LogLine(Instant.EPOCH, Config.Level.INFO, "node", message, Map.of());
    }
}
