package io.meshd.daemon.sim;

import static io.meshd.daemon.sim.SimulatedNetwork.MILLI;
import static io.meshd.daemon.sim.SimulatedNetwork.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class MeshFormationTest {
    @Test
    void deliversFirstPacketWithinOneHandshake() {
        Simulation.run("first-packet", 5, network -> {
            List<SimulatedHost> hosts = network.mesh(2);
            SimulatedHost alpha = hosts.get(0);
            SimulatedHost beta = hosts.get(1);
            beta.seed(alpha);
            alpha.start();
            beta.start();
            // 5 ms each way: initiation, response, then greeting and packet.
            network.await(20 * MILLI, "route", () -> beta.hasRoute(alpha));
            Parcel parcel = beta.send(alpha);

            network.run(6 * MILLI);

            assertThat(parcel.hasArrived()).isTrue();
        });
    }

    @Test
    void fiveHostsThatKnowOneSeedReachEachOther() {
        Simulation.run("five-hosts", 5, network -> {
            List<SimulatedHost> hosts = network.mesh(5);
            hosts.forEach(host -> {
                host.seed(hosts.getFirst());
                host.start();
            });

            network.await(5 * SECOND, "five hosts know each other", network::isWhole);

            Liveness.requireTraffic(network);
        });
    }
}
