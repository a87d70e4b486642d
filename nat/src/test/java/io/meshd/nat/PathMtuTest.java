package io.meshd.nat;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.protocol.Deadlines;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PathMtuTest {
    private static final long MILLIS = 1_000_000L;
    private static final long SECONDS = 1_000 * MILLIS;
    private static final long TIMEOUT_NANOS = 100 * MILLIS;

    private final SplittableRandom random = new SplittableRandom(11);
    private final PathMtu mtu = new PathMtu();
    private long now = -SECONDS;
    private int carried = 1_420;
    private double loss;
    private int largest = 1_420;
    private int sent;
    private boolean active = true;

    /** Runs the path for so long; answers to what it carries come at once. */
    private void run(long nanos) {
        long end = now + nanos;
        turn();
        for (long next = mtu.nextDeadlineNanos(active); Deadlines.isDue(next, end); next = mtu.nextDeadlineNanos(
                active)) {
            assertThat(next).as("time goes on").isGreaterThanOrEqualTo(now);
            now = next;
            turn();
        }
        now = end;
    }

    private void turn() {
        for (boolean again = true; again;) {
            again = false;
            for (PathMtu.Probe probe : mtu.due(now, largest, TIMEOUT_NANOS, active, random)) {
                sent++;
                if (probe.bytes() <= carried && random.nextDouble() >= loss) {
                    assertThat(mtu.answered(probe.token())).isTrue();
                    again = true;
                }
            }
        }
    }

    @Test
    void largestSizeCountsUntilItIsKnownNotToPass() {
        carried = 1_300;
        assertThat(mtu.due(now, largest, TIMEOUT_NANOS, active, random)).isNotEmpty();
        assertThat(mtu.bytes(largest)).isEqualTo(1_420);

        run(TIMEOUT_NANOS);

        assertThat(mtu.bytes(largest)).isBetween(PathMtu.BASE_BYTES, 1_300);
    }

    @ParameterizedTest
    @ValueSource(ints = {1_200, 1_220, 1_280, 1_320, 1_333, 1_340, 1_400, 1_412, 1_419, 1_420})
    void findsWhatThePathCarriesWithinTwoSeconds(int bytes) {
        carried = bytes;

        run(2 * SECONDS);

        assertThat(mtu.bytes(largest)).isBetween(bytes - 15, bytes);
    }

    @Test
    void pathThatCarriesAllTakesOneRoundTrip() {
        run(1);

        assertThat(mtu.bytes(largest)).isEqualTo(1_420);
        assertThat(sent).isEqualTo(9);
    }

    @Test
    void lossDoesNotMakeThePathSmaller() {
        loss = 0.05;
        int right = 0;
        for (int i = 0; i < 200; i++) {
            mtu.reset();
            run(3 * SECONDS);
            right += mtu.bytes(largest) == 1_420 ? 1 : 0;
        }

        assertThat(right).isGreaterThanOrEqualTo(198);
    }

    @Test
    void lostProbesOfSmallerSizesHoldNothingUp() {
        carried = 1_340;
        loss = 0.3;
        for (int i = 0; i < 50; i++) {
            mtu.reset();
            run(5 * SECONDS);
            assertThat(mtu.bytes(largest)).isBetween(PathMtu.BASE_BYTES, 1_340);
        }
    }

    @Test
    void pathThatShrinksIsFoundOutAndPathThatGrowsIsUsed() {
        run(2 * SECONDS);
        carried = 1_300;

        run(35 * SECONDS);
        assertThat(mtu.bytes(largest)).as("shrunk").isBetween(1_284, 1_300);

        carried = 1_420;
        run(660 * SECONDS);
        assertThat(mtu.bytes(largest)).as("grown").isEqualTo(1_420);
    }

    @Test
    void idlePathIsLeftAlone() {
        run(2 * SECONDS);
        active = false;
        sent = 0;

        run(3_600 * SECONDS);

        assertThat(sent).isZero();
    }

    @Test
    void ownMtuIsNeverExceeded() {
        largest = 1_300;
        run(2 * SECONDS);
        assertThat(mtu.bytes(largest)).isEqualTo(1_300);

        largest = 1_380;
        run(2 * SECONDS);
        assertThat(mtu.bytes(largest)).isEqualTo(1_380);
    }

    @Test
    void answersToNothingChangeNothing() {
        carried = 0;
        run(SECONDS);

        assertThat(mtu.answered(42)).isFalse();
        assertThat(mtu.bytes(largest)).isEqualTo(PathMtu.BASE_BYTES);
    }
}
