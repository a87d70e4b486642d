package io.meshd.daemon.sim;

import static io.meshd.daemon.sim.SimulatedNetwork.MILLI;
import static io.meshd.daemon.sim.SimulatedNetwork.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.protocol.DropReason;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MeshTrafficTest {
    private static List<SimulatedHost> settledPair(SimulatedNetwork network) {
        List<SimulatedHost> hosts = network.mesh(2);
        hosts.get(1).seed(hosts.get(0));
        hosts.forEach(SimulatedHost::start);
        network.await(5 * SECOND, "the pair", network::isWhole);
        network.run(5 * SECOND);
        return hosts;
    }

    @Test
    void noPacketIsLostAcrossRekeys() {
        Simulation.run("rekeys", 3, network -> {
            network.conditions(Conditions.CLEAN.withDelay(10 * MILLI, 8 * MILLI));
            List<SimulatedHost> hosts = settledPair(network);
            List<Parcel> parcels = new ArrayList<>();
            long sessions = hosts.get(0).sessionsMade();

            for (int i = 0; i < 5_000; i++) {
                parcels.add(hosts.get(i % 2).send(hosts.get(1 - i % 2)));
                network.run(100 * MILLI);
            }
            network.run(SECOND);

            assertThat(parcels.stream().filter(parcel -> !parcel.hasArrived()).count()).isZero();
            // 500 s: at 120, 240, 360 and 480 s.
            assertThat(hosts.get(0).sessionsMade() - sessions).isBetween(3L, 5L);
        });
    }

    @Test
    void oneWayFlowIsNotLostAcrossRekeys() {
        Simulation.run("one-way-flow", 3, network -> {
            List<SimulatedHost> hosts = settledPair(network);
            List<Parcel> parcels = new ArrayList<>();

            for (int i = 0; i < 2_000; i++) {
                parcels.add(hosts.get(0).send(hosts.get(1)));
                network.run(200 * MILLI);
            }
            network.run(SECOND);

            assertThat(parcels.stream().filter(parcel -> !parcel.hasArrived()).count()).isZero();
        });
    }

    /** The kernel would fragment what is larger, or the path lose it (netns.sh: route MTU against padding). */
    @Test
    void paddingStaysWithinAnMtuThatIsNoMultipleOfSixteen() {
        Simulation.run("padding", 1, network -> {
            List<SimulatedHost> hosts = settledPair(network);
            SimulatedHost alpha = hosts.get(0);
            SimulatedHost beta = hosts.get(1);
            alpha.mtu(1_299);
            List<Integer> lengths = new ArrayList<>();
            network.wiretap(datagram -> lengths.add(datagram.payload().length()));

            for (int length : new int[]{1_296, 1_297, 1_298, 1_299}) {
                assertThat(alpha.send(beta, beta.overlay(false), length).hasArrived()).isFalse();
            }
            network.run(SECOND);

            assertThat(lengths).containsSubsequence(1_296 + 32, 1_299 + 32, 1_299 + 32, 1_299 + 32)
                    .allMatch(length -> length <= 1_299 + 32);
        });
    }

    @Test
    void dataMessagesOfAnyPacketAreMultiplesOfSixteen() {
        Simulation.run("sixteen", 1, network -> {
            List<SimulatedHost> hosts = settledPair(network);
            hosts.get(0).mtu(9_008);
            List<Integer> lengths = new ArrayList<>();
            network.wiretap(datagram -> {
                if (datagram.payload().at(0) == 4) {
                    lengths.add(datagram.payload().length());
                }
            });

            for (int length = 60; length <= 9_008; length += 299) {
                hosts.get(0).send(hosts.get(1), hosts.get(1).overlay(false), length);
            }
            network.run(SECOND);

            assertThat(lengths).hasSizeGreaterThan(29).allMatch(length -> length % 16 == 0);
        });
    }

    /** As the kernel does for a peer that it cannot reach: an error at once instead of a packet that waits in vain. */
    @Test
    void packetForAStockDeviceThatHasNotCalledIsUnreachable() {
        Simulation.run("no-endpoint", 1, network -> {
            List<SimulatedHost> hosts = settledPair(network);
            SimulatedHost device = network.host("device");
            hosts.get(0).trustAsStock(device, null);
            long before = hosts.get(0).icmpErrors();

            hosts.get(0).send(device);
            network.run(SECOND);

            assertThat(hosts.get(0).icmpErrors()).isEqualTo(before + 1);
        });
    }

    @Test
    void idlePairIsQuiet() {
        Simulation.run("idle", 3, network -> {
            List<SimulatedHost> hosts = settledPair(network);
            network.run(120 * SECOND);
            long before = hosts.get(0).housekeeping() + hosts.get(1).housekeeping();

            network.run(600 * SECOND);

            long each = hosts.get(0).housekeeping() + hosts.get(1).housekeeping() - before;
            assertThat(each / 10.0).as("packets a minute").isLessThanOrEqualTo(5);
        });
    }

    /** Membership's own messages ask nothing of the tunnel or the paths below them. */
    @Test
    void idlePairsOfALargerMeshAreQuiet() {
        Simulation.run("idle-many", 1, network -> {
            network.conditions(Conditions.CLEAN.withDelay(20 * MILLI, 5 * MILLI));
            List<SimulatedHost> hosts = network.mesh(12);
            hosts.stream().skip(1).forEach(host -> host.seed(hosts.getFirst()));
            hosts.forEach(SimulatedHost::start);
            network.await(10 * SECOND, "the mesh", network::isWhole);
            network.run(180 * SECOND);
            long before = hosts.stream().mapToLong(SimulatedHost::housekeeping).sum();

            network.run(600 * SECOND);

            long all = hosts.stream().mapToLong(SimulatedHost::housekeeping).sum() - before;
            int pairs = hosts.size() * (hosts.size() - 1) / 2;
            assertThat(all / 10.0 / pairs).as("packets a minute and pair").isLessThanOrEqualTo(5);
        });
    }

    @Test
    void lossyPathLosesWhatItLosesAndNoMore() {
        Simulation.run("lossy", 3, network -> {
            List<SimulatedHost> hosts = settledPair(network);
            network.conditions(Conditions.CLEAN.withDelay(10 * MILLI, 0).withLoss(0.1));
            List<Parcel> parcels = new ArrayList<>();

            for (int i = 0; i < 2_000; i++) {
                parcels.add(hosts.get(i % 2).send(hosts.get(1 - i % 2)));
                network.run(100 * MILLI);
            }
            network.run(SECOND);

            // A tenth is lost; three standard deviations of 2000 tries are 2 %.
            double lost = parcels.stream().filter(parcel -> !parcel.hasArrived()).count() / 2000.0;
            assertThat(lost).isBetween(0.08, 0.12);
        });
    }

    @Test
    void duplicatesAndDisorderAreHarmless() {
        Simulation.run("disorder", 3, network -> {
            List<SimulatedHost> hosts = settledPair(network);
            network.conditions(Conditions.CLEAN.withDelay(10 * MILLI, 20 * MILLI).withDisorder(0.3, 0.3, 200 * MILLI));
            List<Parcel> parcels = new ArrayList<>();

            for (int i = 0; i < 2_000; i++) {
                parcels.add(hosts.get(i % 2).send(hosts.get(1 - i % 2)));
                network.run(100 * MILLI);
            }
            network.run(SECOND);

            assertThat(parcels.stream().filter(parcel -> !parcel.hasArrived()).count()).isZero();
            assertThat(hosts.get(0).node().counters().drops(DropReason.DUPLICATE)).isPositive();
            assertThat(hosts.get(0).node().counters().drops(DropReason.REPLAY)).isZero();
        });
    }

    @Test
    void pingIsAnswered() {
        Simulation.run("ping", 3, network -> {
            List<SimulatedHost> hosts = settledPair(network);

            hosts.get(0).ping(hosts.get(1));
            network.run(10 * MILLI);

            assertThat(hosts.get(0).echoReplies()).isEqualTo(1);
        });
    }
}
