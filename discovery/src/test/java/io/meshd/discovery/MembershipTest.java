package io.meshd.discovery;

import static io.meshd.discovery.Simulation.MILLI;
import static io.meshd.discovery.Simulation.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MembershipTest {
    @Test
    void fiveNodesFindEachOtherThroughOne() {
        Simulation mesh = new Simulation(1, 5, true);
        mesh.startAll(10 * MILLI);

        long took = mesh.await(5 * SECOND, mesh::isWhole);

        assertThat(took).isBetween(0L, 2 * SECOND);
    }
}
