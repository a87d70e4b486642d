package io.meshd.daemon.sim;

import static io.meshd.daemon.sim.SimulatedNetwork.MILLI;
import static io.meshd.daemon.sim.SimulatedNetwork.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.node.Counters;
import io.meshd.nat.PathClass;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** The class of a path says who had to help, and what is counted about classes and relays is exact. */
class MeshClassTest {
    private static final int SEEDS = 5;

    /** Both ends, after they have talked for a while. */
    private static void classes(String name, Consumer<RelayedMesh> change, PathClass expected) {
        Simulation.run("class-" + name, SEEDS, network -> {
            RelayedMesh mesh = new RelayedMesh(network, 2);
            network.mend(mesh.alpha, mesh.gamma);
            change.accept(mesh);
            mesh.start();
            mesh.flow(10 * SECOND);
            network.run(15 * SECOND);
            assertThat(mesh.alpha.view(mesh.gamma).pathClass()).isEqualTo(expected);
            assertThat(mesh.gamma.view(mesh.alpha).pathClass()).isEqualTo(expected);
        });
    }

    private static void behind(SimulatedHost host, RelayedMesh mesh, NatBehaviour behaviour) {
        host.roam(mesh.network.nat("router-" + host.name, behaviour).inside());
    }

    @Test
    void addressesFromSeedsAndRecordsAreDirect() {
        classes("seed", mesh -> mesh.alpha.seed(mesh.gamma), PathClass.DIRECT);
        classes("record", _ -> {}, PathClass.DIRECT);
    }

    @Test
    void hostThatEverybodyReachesIsDirectWhoeverCallsFirst() {
        classes("one-open", mesh -> behind(mesh.gamma, mesh, NatBehaviour.PORT_RESTRICTED), PathClass.DIRECT);
        classes("one-hard", mesh -> behind(mesh.gamma, mesh, NatBehaviour.SYMMETRIC_RANDOM), PathClass.DIRECT);
    }

    @Test
    void punchThroughTwoNatsIsCalledSoOnBothSides() {
        Consumer<RelayedMesh> gamma = mesh -> behind(mesh.gamma, mesh, NatBehaviour.PORT_RESTRICTED);
        classes("punch", gamma.andThen(mesh -> behind(mesh.alpha, mesh, NatBehaviour.PORT_RESTRICTED)),
                PathClass.SIGNALING_THEN_DIRECT);
        // The hard side is heard at a port that no signal named.
        classes("punch-restricted", mesh -> {
            behind(mesh.gamma, mesh, NatBehaviour.SYMMETRIC_RANDOM);
            behind(mesh.alpha, mesh, NatBehaviour.ADDRESS_RESTRICTED);
        }, PathClass.SIGNALING_THEN_DIRECT);
    }

    @Test
    void whatARelayCarriesIsCalledSo() {
        classes("relay", mesh -> mesh.network.cut(mesh.alpha, mesh.gamma), PathClass.RELAY);
    }

    @Test
    void transitionsAreCountedOnceEach() {
        Simulation.run("class-transitions", SEEDS, network -> {
            RelayedMesh mesh = new RelayedMesh(network, 2);
            network.mend(mesh.alpha, mesh.gamma);
            mesh.start();
            mesh.flow(70 * SECOND);
            network.run(10 * SECOND);
            transitions(mesh, 0, 0);
            network.cut(mesh.alpha, mesh.gamma);
            network.run(10 * SECOND);
            transitions(mesh, 1, 0);
            network.mend(mesh.alpha, mesh.gamma);
            network.run(15 * SECOND);
            transitions(mesh, 1, 1);
            network.cut(mesh.alpha, mesh.gamma);
            network.run(10 * SECOND);
            transitions(mesh, 2, 1);
            network.mend(mesh.alpha, mesh.gamma);
            network.run(20 * SECOND);
            transitions(mesh, 2, 2);
        });
    }

    private static void transitions(RelayedMesh mesh, long fallbacks, long upgrades) {
        for (SimulatedHost host : new SimulatedHost[]{mesh.alpha, mesh.gamma}) {
            Counters counters = host.node().counters();
            assertThat(counters.fallbackTransitions()).as(host.name).isEqualTo(fallbacks);
            assertThat(counters.upgradeTransitions()).as(host.name).isEqualTo(upgrades);
        }
    }

    @Test
    void relayUsageCountsEachInnerPacketOnce() {
        Simulation.run("class-usage", SEEDS, network -> {
            RelayedMesh mesh = new RelayedMesh(network, 2);
            mesh.start();
            for (int i = 0; i < 40; i++) {
                mesh.alpha.send(mesh.gamma);
                network.run(100 * MILLI);
            }
            // Larger than fits: goes in pieces, and is one packet.
            mesh.alpha.send(mesh.gamma, mesh.gamma.overlay(false), 1_420);
            // A relay that dies while it carries: copies go to the other one until that is known.
            mesh.relayInUse(mesh.alpha, mesh.gamma).crash();
            for (int i = 0; i < 20; i++) {
                mesh.alpha.send(mesh.gamma);
                network.run(100 * MILLI);
            }
            assertThat(mesh.alpha.node().counters().relayUsage()).isEqualTo(61);
            assertThat(mesh.alpha.node().counters().packetsSent()).isEqualTo(61);
        });
    }
}
