package io.meshd.daemon.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class MeshRepeatsTest {
    @Test
    void sameSeedGivesSameTrace() {
        String first = traceOf(7);
        String second = traceOf(7);

        assertThat(first.length()).isGreaterThan(50_000);
        assertThat(firstDifference(first, second)).isEmpty();
    }

    @Test
    void anotherSeedGivesAnotherTrace() {
        assertThat(firstDifference(traceOf(8), traceOf(7))).isNotEmpty();
    }

    /** The first line that differs, so that nobody has to look for it in a megabyte. */
    private static String firstDifference(String a, String b) {
        List<String> here = a.lines().toList();
        List<String> there = b.lines().toList();
        for (int i = 0; i < Math.min(here.size(), there.size()); i++) {
            if (!here.get(i).equals(there.get(i))) {
                return i + ": " + here.get(i) + " / " + there.get(i);
            }
        }
        return here.size() == there.size() ? "" : "one is longer";
    }

    private static String traceOf(long seed) {
        SimulatedNetwork network = new SimulatedNetwork(seed, true);
        new Weather(network).run();
        return network.trace.text();
    }
}
