package io.meshd.nat;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class RoundTripTest {
    private static final long MILLIS = 1_000_000L;

    @Test
    void firstMeasurementSetsBothFigures() {
        RoundTrip roundTrip = new RoundTrip();
        roundTrip.sample(100 * MILLIS);
        assertThat(roundTrip.smoothedNanos()).isEqualTo(100 * MILLIS);
        assertThat(roundTrip.variationNanos()).isEqualTo(50 * MILLIS);
        assertThat(roundTrip.timeoutNanos()).isEqualTo(300 * MILLIS);
    }

    @Test
    void laterMeasurementsAreSmoothedAsTheRfcSays() {
        RoundTrip roundTrip = new RoundTrip();
        roundTrip.sample(100 * MILLIS);
        roundTrip.sample(180 * MILLIS);
        // RTTVAR = 3/4 · 50 + 1/4 · |100 − 180|, then SRTT = 7/8 · 100 + 1/8 · 180.
        assertThat(roundTrip.variationNanos()).isEqualTo(57_500_000);
        assertThat(roundTrip.smoothedNanos()).isEqualTo(110 * MILLIS);
    }

    @Test
    void timeoutHasBounds() {
        RoundTrip roundTrip = new RoundTrip();
        assertThat(roundTrip.timeoutNanos()).isEqualTo(1_000 * MILLIS);
        roundTrip.sample(MILLIS);
        assertThat(roundTrip.timeoutNanos()).isEqualTo(100 * MILLIS);
        roundTrip.reset();
        roundTrip.sample(20_000 * MILLIS);
        assertThat(roundTrip.timeoutNanos()).isEqualTo(3_000 * MILLIS);
    }

    @Test
    void measurementBelowZeroCountsAsZero() {
        RoundTrip roundTrip = new RoundTrip();
        roundTrip.sample(-5);
        assertThat(roundTrip.smoothedNanos()).isZero();
        assertThat(roundTrip.samples()).isEqualTo(1);
    }
}
