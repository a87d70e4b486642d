package io.meshd.daemon.sim;

import static io.meshd.daemon.sim.SimulatedNetwork.MILLI;
import static io.meshd.daemon.sim.SimulatedNetwork.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.identity.Bytes;
import io.meshd.nat.CandidateKind;
import io.meshd.nat.PathClass;
import io.meshd.nat.lan.LanCodec;
import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whole nodes find each other in a local network, without a seed and without anybody's help. */
class MeshLanTest {
    private static final NatBehaviour ROUTER = NatBehaviour.PORT_RESTRICTED;

    private static List<SimulatedHost> home(SimulatedNetwork network, int size) {
        Segment inside = network.nat("home", ROUTER).inside();
        for (int i = 0; i < size; i++) {
            network.host("host" + i, inside).discoverLan(true);
        }
        return network.hosts();
    }

    private static boolean haveMet(SimulatedHost one, SimulatedHost other) {
        return one.hasSession(other) && other.hasSession(one);
    }

    private static boolean isFoundByLan(SimulatedHost by, SimulatedHost found) {
        return by.view(found).candidates().stream().anyMatch(path -> path.evidence().contains(CandidateKind.LAN));
    }

    @Test
    void secondHostMeetsTheFirstInAMoment() {
        Simulation.run("lan-two", 10, network -> {
            List<SimulatedHost> hosts = home(network, 2);
            network.trustAll();
            SimulatedHost alpha = hosts.get(0);
            SimulatedHost beta = hosts.get(1);
            alpha.start();
            network.run(network.random.nextLong(400) * SECOND);
            beta.start();

            long took = network.await(SECOND, "session", () -> haveMet(alpha, beta));
            beta.ping(alpha);
            network.await(SECOND, "ping", () -> beta.echoReplies() == 1);

            assertThat(took).isLessThan(200 * MILLI);
            assertThat(isFoundByLan(beta, alpha)).isTrue();
            assertThat(beta.view(alpha).pathClass()).isEqualTo(PathClass.DIRECT);
        });
    }

    @Test
    void badAirCostsSecondsOnly() {
        Simulation.run("lan-loss", 20, network -> {
            List<SimulatedHost> hosts = home(network, 2);
            network.trustAll();
            network.conditions(Conditions.CLEAN.withLoss(0.2));
            hosts.forEach(SimulatedHost::start);

            network.await(20 * SECOND, "session", () -> haveMet(hosts.get(0), hosts.get(1)));
        });
    }

    @Test
    void threeHostsFormAMeshAndThenCallNoMore() {
        Simulation.run("lan-three", 5, network -> {
            List<SimulatedHost> hosts = home(network, 3);
            network.trustAll();
            hosts.forEach(SimulatedHost::start);
            network.await(10 * SECOND, "whole", network::isWhole);
            network.await(SECOND, "all sessions", () -> hosts.stream()
                    .allMatch(one -> hosts.stream().allMatch(other -> one == other || one.hasSession(other))));
            network.run(20 * SECOND);
            long beacons = hosts.stream().mapToLong(SimulatedHost::beacons).sum();

            network.run(3_600 * SECOND);

            assertThat(hosts.stream().mapToLong(SimulatedHost::beacons).sum()).isEqualTo(beacons);
        });
    }

    @Test
    void hostThatComesIntoTheNetworkLaterIsFoundAtOnce() {
        Simulation.run("lan-roaming", 10, network -> {
            List<SimulatedHost> hosts = home(network, 1);
            SimulatedHost alpha = hosts.getFirst();
            SimulatedHost beta = network.host("beta", network.nat("elsewhere", ROUTER).inside());
            beta.discoverLan(true);
            network.trustAll();
            alpha.start();
            beta.start();
            network.run(60 * SECOND);
            assertThat(beta.hasSession(alpha)).isFalse();

            beta.roam(alpha.segment());
            beta.tellAddresses();

            network.await(SECOND, "session", () -> haveMet(alpha, beta));
        });
    }

    @Test
    void hostsWithIpv6AloneMeetAsWell() {
        Simulation.run("lan-v6", 3, network -> {
            Segment inside = network.nat("home", ROUTER).inside();
            SimulatedHost alpha = network.v6Host("alpha", inside);
            SimulatedHost beta = network.v6Host("beta", inside);
            network.trustAll();
            network.hosts().forEach(host -> host.discoverLan(true));
            network.hosts().forEach(SimulatedHost::start);

            network.await(SECOND, "session", () -> haveMet(alpha, beta));
        });
    }

    @Test
    void switchedOffNobodyIsFoundAndSwitchedOnEverybodyIs() {
        Simulation.run("lan-switch", 3, network -> {
            List<SimulatedHost> hosts = home(network, 2);
            network.trustAll();
            hosts.get(1).discoverLan(false);
            hosts.forEach(SimulatedHost::start);
            network.run(120 * SECOND);
            assertThat(hosts.get(1).beacons()).isZero();
            assertThat(hosts.get(0).hasSession(hosts.get(1))).isFalse();

            hosts.get(1).discoverLan(true);

            network.await(SECOND, "session", () -> haveMet(hosts.get(0), hosts.get(1)));
        });
    }

    @Test
    void strangersAreNotFoundAndGetNoHandshake() {
        Simulation.run("lan-strangers", 5, network -> {
            List<SimulatedHost> hosts = home(network, 3);
            SimulatedHost alpha = hosts.get(0);
            SimulatedHost oneSided = hosts.get(1);
            SimulatedHost stranger = hosts.get(2);
            alpha.trust(oneSided);
            stranger.trust(alpha);
            stranger.trust(oneSided);
            long[] datagrams = {0};
            network.wiretap(_ -> datagrams[0]++);

            hosts.forEach(SimulatedHost::start);
            network.run(300 * SECOND);

            assertThat(datagrams[0]).as("anything but beacons").isZero();
        });
    }

    @Test
    void floodOfForgeriesCausesNothingButAFewAnswers() {
        Simulation.run("lan-flood", 3, network -> {
            List<SimulatedHost> hosts = home(network, 2);
            SimulatedHost alpha = hosts.getFirst();
            network.trustAll();
            alpha.start();
            network.run(60 * SECOND);
            long before = alpha.beacons();
            long[] datagrams = {0};
            network.wiretap(_ -> datagrams[0]++);
            InetAddress source = hosts.get(1).addresses().getFirst().getAddress();

            for (int i = 0; i < 5_000; i++) {
                byte[] beacon = new byte[LanCodec.BEACON_BYTES];
                network.random.nextBytes(beacon);
                beacon[0] = 1;
                beacon[1] = (byte) (i % 3);
                alpha.hear(source, Bytes.copyOf(beacon));
                network.run(10 * MILLI);
            }

            assertThat(datagrams[0]).as("handshakes").isZero();
            // One answer each two seconds, 16 at once, and the own calls.
            assertThat(alpha.beacons() - before).isLessThan(50);
            assertThat(alpha.node().insight().lanCounters().refused()).isGreaterThan(3_000);
        });
    }
}
