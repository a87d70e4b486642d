package io.meshd.daemon.sim;

import static io.meshd.daemon.sim.SimulatedNetwork.MILLI;
import static io.meshd.daemon.sim.SimulatedNetwork.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MeshFormationTest {
    /** The clean network takes 5 ms each way. */
    private static final long ONE_WAY_NANOS = 5 * MILLI;

    @Test
    void twoHostsWithOneSeedExchangeTheFirstPacket() {
        Simulation.run("first-packet", 5, network -> {
            List<SimulatedHost> hosts = network.mesh(2);
            SimulatedHost alpha = hosts.get(0);
            SimulatedHost beta = hosts.get(1);
            beta.seed(alpha);
            alpha.start();
            beta.start();

            // Initiation, response, greetings in both directions.
            network.await(5 * ONE_WAY_NANOS, "route", () -> beta.hasRoute(alpha) && alpha.hasRoute(beta));
            Parcel there = beta.send(alpha);
            Parcel back = alpha.send(beta);
            network.run(ONE_WAY_NANOS);

            assertThat(there.hasArrived() && back.hasArrived()).isTrue();
        });
    }

    @Test
    void firstPacketToMemberKnownByGossipTakesOneHandshake() {
        Simulation.run("first-packet-gossip", 5, network -> {
            List<SimulatedHost> hosts = network.mesh(3);
            SimulatedHost alpha = hosts.get(0);
            SimulatedHost beta = hosts.get(1);
            SimulatedHost gamma = hosts.get(2);
            hosts.forEach(host -> host.seed(gamma));
            gamma.start();
            alpha.start();
            network.run(SECOND);
            beta.start();
            network.await(SECOND, "route", () -> alpha.hasRoute(beta));
            assertThat(alpha.hasSession(beta)).isFalse();

            Parcel parcel = alpha.send(beta);
            network.run(3 * ONE_WAY_NANOS);

            assertThat(parcel.hasArrived()).isTrue();
        });
    }

    @Test
    void fiveHostsThatKnowOneSeedReachEachOther() {
        Simulation.run("five-hosts", 5, network -> {
            List<SimulatedHost> hosts = network.mesh(5);
            hosts.forEach(host -> {
                host.seed(hosts.getFirst());
                network.in(network.random.nextLong(500 * MILLI), host::start);
            });

            network.run(500 * MILLI);
            network.await(5 * SECOND, "five hosts know each other", network::isWhole);

            Liveness.requireTraffic(network);
        });
    }

    @Test
    void hostsThatStartAtOnceAndKnowAllReachEachOther() {
        Simulation.run("simultaneous", 5, network -> {
            List<SimulatedHost> hosts = network.mesh(4);
            hosts.forEach(host -> hosts.stream().filter(other -> other != host).forEach(host::seed));

            hosts.forEach(SimulatedHost::start);

            network.await(5 * SECOND, "four hosts know each other", network::isWhole);
            Liveness.requireTraffic(network);
        });
    }

    @Test
    void seedWithoutIdentityIsTriedWithAllKeys() {
        Simulation.run("anonymous-seed", 5, network -> {
            List<SimulatedHost> hosts = network.mesh(4);
            hosts.forEach(host -> {
                host.anonymousSeed(hosts.getFirst());
                host.start();
            });

            network.await(8 * SECOND, "four hosts know each other", network::isWhole);
        });
    }

    @Test
    void hostsOfBothFamiliesReachEachOther() {
        Simulation.run("families", 5, network -> {
            SimulatedHost both = network.dualHost("both");
            SimulatedHost four = network.host("four");
            SimulatedHost six = network.v6Host("six");
            // The two others have no address family in common.
            both.trust(four);
            both.trust(six);
            four.trust(both);
            six.trust(both);
            four.seed(both);
            six.seed(both);
            network.hosts().forEach(SimulatedHost::start);

            network.await(5 * SECOND, "all know each other", network::isWhole);

            Liveness.requireTraffic(network);
        });
    }

    @ParameterizedTest
    @ValueSource(ints = {5, 10, 20})
    void meshFormsInSpiteOfLoss(int percent) {
        Simulation.run("loss-" + percent, 3, network -> {
            network.conditions(Conditions.CLEAN.withDelay(20 * MILLI, 10 * MILLI).withLoss(percent / 100.0));
            List<SimulatedHost> hosts = network.mesh(5);
            hosts.forEach(host -> {
                host.seed(hosts.getFirst());
                host.start();
            });

            network.await(15 * SECOND, "five hosts know each other", network::isWhole);
            network.run(30 * SECOND);

            Liveness.require(network);
        });
    }
}
