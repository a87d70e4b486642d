package io.meshd.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DeadlinesTest {
    private enum Timer {
        FIRST, SECOND
    }

    private final Deadlines<Timer> deadlines = new Deadlines<>(Timer.class);

    @Test
    void nothingIsSetAtFirst() {
        assertThat(deadlines.next()).isEqualTo(Deadlines.NEVER);
        assertThat(deadlines.expire(Timer.FIRST, Long.MAX_VALUE)).isFalse();
    }

    @Test
    void theEarliestCounts() {
        deadlines.set(Timer.FIRST, 20);
        deadlines.set(Timer.SECOND, 10);
        assertThat(deadlines.next()).isEqualTo(10);
        deadlines.cancel(Timer.SECOND);
        assertThat(deadlines.next()).isEqualTo(20);
        deadlines.cancelAll();
        assertThat(deadlines.next()).isEqualTo(Deadlines.NEVER);
    }

    @Test
    void expiresOnceAndNotBefore() {
        deadlines.set(Timer.FIRST, 20);
        assertThat(deadlines.expire(Timer.FIRST, 19)).isFalse();
        assertThat(deadlines.expire(Timer.FIRST, 20)).isTrue();
        assertThat(deadlines.expire(Timer.FIRST, 21)).isFalse();
    }

    @Test
    void clocksMayWrapAround() {
        long before = Long.MIN_VALUE + 5;
        deadlines.set(Timer.FIRST, before);
        deadlines.set(Timer.SECOND, Long.sum(Long.MAX_VALUE, -5));
        assertThat(deadlines.next()).isEqualTo(Long.sum(Long.MAX_VALUE, -5));
        assertThat(deadlines.expire(Timer.FIRST, Long.sum(Long.MAX_VALUE, -1))).isFalse();
        assertThat(deadlines.expire(Timer.FIRST, before)).isTrue();
    }

    @Test
    void aMomentThatLooksLikeNeverIsStillSet() {
        deadlines.set(Timer.FIRST, Deadlines.NEVER);
        assertThat(deadlines.isSet(Timer.FIRST)).isTrue();
    }

    @Test
    void settingIfUnsetKeepsTheEarlierChoice() {
        deadlines.setIfUnset(Timer.FIRST, 5);
        deadlines.setIfUnset(Timer.FIRST, 3);
        assertThat(deadlines.get(Timer.FIRST)).isEqualTo(5);
    }
}
