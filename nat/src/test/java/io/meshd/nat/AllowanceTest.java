package io.meshd.nat;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class AllowanceTest {
    private static final long SECONDS = 1_000_000_000L;

    private static int takeAll(Allowance allowance, long nowNanos) {
        int taken = 0;
        while (allowance.take(nowNanos)) {
            taken++;
        }
        return taken;
    }

    @Test
    void givesTheBurstAndThenTheRate() {
        Allowance allowance = new Allowance(10, 4);
        assertThat(takeAll(allowance, 0)).isEqualTo(10);
        assertThat(takeAll(allowance, SECONDS / 4)).isEqualTo(1);
        assertThat(takeAll(allowance, SECONDS * 5 / 4)).isEqualTo(4);
        assertThat(takeAll(allowance, SECONDS * 1_000)).isEqualTo(10);
    }

    @Test
    void neverGivesMoreThanBurstAndRateOverAnyTime() {
        SplittableRandom random = new SplittableRandom(1);
        Allowance allowance = new Allowance(10, 4);
        long start = -100 * SECONDS;
        long now = start;
        int taken = 0;
        for (int step = 0; step < 10_000; step++) {
            now += random.nextLong(SECONDS / 2);
            taken += allowance.take(now) ? 1 : 0;
            assertThat((long) taken).isLessThanOrEqualTo(10 + (now - start) * 4 / SECONDS);
        }
    }

    @Test
    void clockThatGoesBackGivesNothing() {
        Allowance allowance = new Allowance(1, 1);
        assertThat(allowance.take(10 * SECONDS)).isTrue();
        assertThat(allowance.take(0)).isFalse();
    }
}
