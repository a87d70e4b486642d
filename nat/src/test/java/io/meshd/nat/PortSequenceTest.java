package io.meshd.nat;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PortSequenceTest {
    private final PortSequence sequence = new PortSequence();

    private int step(int... ports) {
        sequence.clear();
        for (int i = 0; i < ports.length; i++) {
            sequence.seen(i, ports[i]);
        }
        return sequence.step();
    }

    @Test
    void findsSteadySteps() {
        assertThat(step(40_000, 40_001, 40_002)).isEqualTo(1);
        assertThat(step(40_000, 40_002, 40_005, 40_007)).isEqualTo(2);
        assertThat(step(40_000, 39_998, 39_996)).isEqualTo(-2);
        assertThat(step(65_534, 65_535, 0, 1)).isEqualTo(1);
    }

    @Test
    void findsNoneWhereThereIsNone() {
        assertThat(step()).isZero();
        assertThat(step(40_000)).isZero();
        assertThat(step(40_000, 40_001)).as("one step is no order").isZero();
        assertThat(step(40_000, 40_001, 39_999)).isZero();
        assertThat(step(40_000, 50_000, 60_000)).isZero();
        assertThat(step(40_000, 40_001, 40_200)).isZero();
    }

    @Test
    void ordersByQuestionAndCountsAMappingOnce() {
        sequence.seen(3, 40_003);
        sequence.seen(1, 40_001);
        sequence.seen(2, 40_002);
        sequence.seen(4, 40_001);
        assertThat(sequence.ports()).containsExactly(40_001, 40_002, 40_003);
    }

    @Test
    void keepsTheNewest() {
        for (int i = 0; i < 100; i++) {
            sequence.seen(i, 40_000 + i);
        }
        assertThat(sequence.ports()).hasSize(PortSequence.PORTS_MAX).endsWith(40_099);
    }
}
