package io.meshd.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;

@DisabledIfSystemProperty(named = "meshd.seed", matches = ".*")
class PropertyTest {
    @Test
    void namesTheSeedThatBrokeIt() {
        long third = new SplittableRandom(2).nextLong();
        assertThatThrownBy(() -> Property.forAll(10, random -> {
            if (random.nextLong() == third) {
                throw new IOException("broken");
            }
        })).isInstanceOf(AssertionError.class).hasMessageContaining("-Dmeshd.seed=2").hasMessageContaining("broken")
                .hasCauseInstanceOf(IOException.class);
    }

    @Test
    void runsTheSameSeedsEachTime() {
        List<Long> first = new ArrayList<>();
        List<Long> second = new ArrayList<>();
        Property.forAll(20, random -> first.add(random.nextLong()));
        Property.forAll(20, random -> second.add(random.nextLong()));
        assertThat(second).isEqualTo(first);
        assertThat(new HashSet<>(first)).hasSizeGreaterThanOrEqualTo(20);
    }
}
