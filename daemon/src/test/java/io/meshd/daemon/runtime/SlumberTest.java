package io.meshd.daemon.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SlumberTest {
    private static final long SECOND = 1_000_000_000L;

    @Test
    void everySleepIsNoticedOnce() {
        Slumber slumber = new Slumber(100 * SECOND, 40 * SECOND);

        assertThat(slumber.hasSlept(101 * SECOND, 41 * SECOND)).as("awake").isFalse();
        assertThat(slumber.hasSlept(102 * SECOND, 41 * SECOND + 900_000_000L)).as("between two readings").isFalse();
        assertThat(slumber.hasSlept(160 * SECOND, 42 * SECOND)).as("after a sleep").isTrue();
        assertThat(slumber.hasSlept(161 * SECOND, 43 * SECOND)).as("the same sleep").isFalse();
        assertThat(slumber.hasSlept(163 * SECOND, 44 * SECOND)).as("after another").isTrue();
    }
}
