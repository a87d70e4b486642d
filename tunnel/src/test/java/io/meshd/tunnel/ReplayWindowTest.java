package io.meshd.tunnel;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.tunnel.ReplayWindow.Verdict;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ReplayWindowTest {
    private final ReplayWindow window = new ReplayWindow();

    @Test
    void acceptsEveryCounterOnce() {
        assertThat(window.accept(0)).isEqualTo(Verdict.NEW);
        assertThat(window.accept(0)).isEqualTo(Verdict.SEEN);
        assertThat(window.accept(1)).isEqualTo(Verdict.NEW);
        assertThat(window.accept(9)).isEqualTo(Verdict.NEW);
        assertThat(window.accept(8)).isEqualTo(Verdict.NEW);
        assertThat(window.accept(9)).isEqualTo(Verdict.SEEN);
    }

    @Test
    void acceptsLateCountersAsFarBackAs8128() {
        assertThat(window.accept(20_000)).isEqualTo(Verdict.NEW);
        assertThat(window.accept(20_000 - 8128)).isEqualTo(Verdict.NEW);
        assertThat(window.accept(20_000 - 8128)).isEqualTo(Verdict.SEEN);
        assertThat(window.accept(20_000 - 8129)).isEqualTo(Verdict.REFUSED);
        assertThat(window.accept(0)).isEqualTo(Verdict.REFUSED);
    }

    @Test
    void acceptsAWholeWindowInReverseOrder() {
        for (long counter = 8128; counter >= 0; counter--) {
            assertThat(window.accept(counter)).isEqualTo(Verdict.NEW);
        }
        for (long counter = 0; counter <= 8128; counter++) {
            assertThat(window.accept(counter)).isEqualTo(Verdict.SEEN);
        }
    }

    private void acceptsAll(long from, long to) {
        for (long counter = from; from <= to ? counter <= to : counter >= to; counter += from <= to ? 1 : -1) {
            assertThat(window.accept(counter)).as("%d", counter).isEqualTo(Verdict.NEW);
        }
    }

    @Test
    void acceptsTheFirstCounterLastBehindExactlyAFullWindow() {
        acceptsAll(1, 8128);
        assertThat(window.accept(0)).isEqualTo(Verdict.NEW);
        assertThat(window.accept(0)).isEqualTo(Verdict.SEEN);
    }

    @Test
    void refusesTheFirstCounterBehindMoreThanAFullWindow() {
        acceptsAll(2, 8129);
        assertThat(window.accept(1)).isEqualTo(Verdict.NEW);
        assertThat(window.accept(0)).isEqualTo(Verdict.REFUSED);
    }

    @Test
    void refusesWhatAFullWindowInReverseOrderLeftBehind() {
        acceptsAll(8130, 2);
        assertThat(window.accept(1)).isEqualTo(Verdict.REFUSED);
        assertThat(window.accept(0)).isEqualTo(Verdict.REFUSED);
        assertThat(window.accept(2)).isEqualTo(Verdict.SEEN);
    }

    @Test
    void forgetsNothingOfAFullWindowWhenItSlidesByOne() {
        acceptsAll(8128, 0);
        assertThat(window.accept(8129)).isEqualTo(Verdict.NEW);
        assertThat(window.accept(0)).isEqualTo(Verdict.REFUSED);
        for (long counter = 1; counter <= 8129; counter++) {
            assertThat(window.accept(counter)).isEqualTo(Verdict.SEEN);
        }
    }

    @Test
    void startsAfreshWhenItSlidesByWholeWindows() {
        acceptsAll(0, 100);
        long far = 4 * 8192 + 7;
        assertThat(window.accept(far)).isEqualTo(Verdict.NEW);
        assertThat(window.accept(100)).isEqualTo(Verdict.REFUSED);
        acceptsAll(far - 1, far - 8128);
        assertThat(window.accept(far - 8129)).isEqualTo(Verdict.REFUSED);
    }

    @Test
    void refusesCountersFromTheMessageLimitOnAndStaysSound() {
        long limit = -(1L << 13) - 1;
        assertThat(window.accept(limit)).isEqualTo(Verdict.REFUSED);
        assertThat(window.accept(-1)).isEqualTo(Verdict.REFUSED);
        assertThat(window.accept(5)).isEqualTo(Verdict.NEW);
        assertThat(window.accept(limit - 1)).isEqualTo(Verdict.NEW);
        assertThat(window.accept(limit - 1)).isEqualTo(Verdict.SEEN);
        assertThat(window.accept(6)).isEqualTo(Verdict.REFUSED);
    }

    @Test
    void agreesWithASetThatForgetsNothing() {
        SplittableRandom random = new SplittableRandom(11);
        for (int round = 0; round < 20; round++) {
            ReplayWindow tested = new ReplayWindow();
            Set<Long> seen = new HashSet<>();
            long greatest = 0;
            long base = round % 2 == 0 ? 0 : Long.MAX_VALUE - 50_000;
            for (int i = 0; i < 20_000; i++) {
                long jump = random.nextInt(50) == 0 ? random.nextInt(20_000) : random.nextInt(12);
                long counter = Math.max(0, (greatest - base) + jump - random.nextInt(random.nextInt(1, 9000))) + base;
                Verdict expected = counter < greatest - 8128
                        ? Verdict.REFUSED
                        : seen.add(counter) ? Verdict.NEW : Verdict.SEEN;
                assertThat(tested.accept(counter)).isEqualTo(expected);
                greatest = Math.max(greatest, counter);
                if (greatest > Long.MAX_VALUE - 30_000) {
                    break;
                }
            }
        }
    }
}
