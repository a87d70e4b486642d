package io.meshd.daemon.sim;

import static io.meshd.daemon.sim.SimulatedNetwork.MILLI;
import static io.meshd.daemon.sim.SimulatedNetwork.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.identity.Bytes;
import io.meshd.protocol.DatagramKind;
import io.meshd.protocol.DropReason;
import io.meshd.protocol.Endpoint;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class MeshAttackTest {
    private static final int SEEDS = 3;
    private static final InetSocketAddress ATTACKER = SimulatedNetwork.address("203.0.113.66");

    private static List<SimulatedHost> settled(SimulatedNetwork network, List<Datagram> captured) {
        network.wiretap(captured::add);
        List<SimulatedHost> hosts = network.mesh(3);
        hosts.forEach(host -> {
            host.seed(hosts.getFirst());
            host.start();
        });
        network.await(5 * SECOND, "the mesh forms", network::isWhole);
        network.run(10 * SECOND);
        return hosts;
    }

    private static Endpoint direct(SimulatedHost host) {
        return new Endpoint.Direct(host.addresses().getFirst());
    }

    private static DatagramKind kind(Datagram datagram) {
        return DatagramKind.of(datagram.payload().toArray(), 0, datagram.payload().length());
    }

    @Test
    void replayFromElsewhereChangesNothing() {
        Simulation.run("replay", SEEDS, network -> {
            List<Datagram> captured = new ArrayList<>();
            List<SimulatedHost> hosts = settled(network, captured);
            SimulatedHost alpha = hosts.get(0);
            Parcel parcel = hosts.get(1).send(alpha);
            network.run(SECOND);
            List<Datagram> all = List.copyOf(captured);
            captured.clear();

            // A packet that is delivered twice would break an invariant.
            all.forEach(datagram -> network.inject(ATTACKER, datagram.to(), datagram.payload()));
            network.run(5 * SECOND);

            assertThat(parcel.hasArrived()).isTrue();
            assertThat(captured).noneMatch(datagram -> datagram.to().equals(ATTACKER));
            for (SimulatedHost host : hosts) {
                hosts.stream().filter(other -> other != host)
                        .forEach(other -> assertThat(host.view(other).endpoint()).isEqualTo(direct(other)));
            }
            assertThat(alpha.node().counters().drops(DropReason.DUPLICATE)).isPositive();
            assertThat(network.isWhole()).isTrue();
        });
    }

    @Test
    void initiationReplayedToRestartedHostMakesNoSession() {
        Simulation.run("replay-restart", SEEDS, network -> {
            List<Datagram> captured = new ArrayList<>();
            List<SimulatedHost> hosts = settled(network, captured);
            SimulatedHost alpha = hosts.get(0);
            List<Datagram> initiations = captured.stream().filter(datagram -> kind(datagram) == DatagramKind.INITIATION)
                    .toList();
            assertThat(initiations).isNotEmpty();
            hosts.get(1).crash();
            hosts.get(2).crash();
            alpha.crash();
            network.run(SECOND);
            alpha.start();
            captured.clear();

            initiations.forEach(datagram -> network.inject(ATTACKER, datagram.to(), datagram.payload()));
            network.run(5 * SECOND);

            // A host that forgot everything cannot know that they are old; but nobody can answer its response.
            assertThat(captured.stream().filter(datagram -> datagram.to().equals(ATTACKER)))
                    .allMatch(datagram -> kind(datagram) == DatagramKind.RESPONSE);
            assertThat(alpha.hasSession(hosts.get(1)) || alpha.hasSession(hosts.get(2))).isFalse();
        });
    }

    @Test
    void packetsStolenOnTheWayDoNotStealThePath() {
        Simulation.run("theft", SEEDS, network -> {
            List<Datagram> captured = new ArrayList<>();
            List<SimulatedHost> hosts = settled(network, captured);
            SimulatedHost alpha = hosts.get(0);
            SimulatedHost beta = hosts.get(1);

            // The attacker is faster than the true path: each packet of beta comes first from its address.
            network.wiretap(datagram -> {
                if (datagram.from().equals(beta.addresses().getFirst())
                        && datagram.to().equals(alpha.addresses().getFirst()) && kind(datagram) == DatagramKind.DATA) {
                    network.in(MILLI, () -> alpha.arrive(
                            new Datagram(ATTACKER, datagram.to(), datagram.payload(), 0)));
                }
            });
            for (int i = 0; i < 20; i++) {
                beta.send(alpha);
                network.run(100 * MILLI);
            }
            network.wiretap(_ -> {});
            network.run(5 * SECOND);
            Parcel parcel = alpha.send(beta);
            network.run(SECOND);

            assertThat(parcel.hasArrived()).isTrue();
            assertThat(alpha.view(beta).endpoint()).isEqualTo(direct(beta));
        });
    }

    @Test
    void rubbishIsDroppedAndCounted() {
        Simulation.run("rubbish", SEEDS, network -> {
            List<Datagram> captured = new ArrayList<>();
            List<SimulatedHost> hosts = settled(network, captured);
            SimulatedHost alpha = hosts.get(0);
            List<Datagram> all = List.copyOf(captured);
            captured.clear();

            for (int i = 0; i < 2_000; i++) {
                Datagram victim = all.get(network.random.nextInt(all.size()));
                byte[] bytes = victim.payload().toArray();
                bytes[network.random.nextInt(bytes.length)] ^= (byte) (1 << network.random.nextInt(8));
                int length = network.random.nextInt(4) == 0 ? network.random.nextInt(bytes.length + 1) : bytes.length;
                network.inject(ATTACKER, alpha.addresses().getFirst(), Bytes.copyOf(Arrays.copyOf(bytes, length)));
                network.run(MILLI);
            }
            network.run(5 * SECOND);

            assertThat(captured).noneMatch(datagram -> datagram.to().equals(ATTACKER));
            assertThat(alpha.node().counters().drops(DropReason.MALFORMED)).isPositive();
            assertThat(network.isWhole()).isTrue();
            Liveness.requireTraffic(network);
        });
    }

    @Test
    void memberThatGreetsWithoutEndIsHeardAtARateAndItsLastWordCounts() {
        Simulation.run("greetings", SEEDS, network -> {
            List<SimulatedHost> hosts = settled(network, new ArrayList<>());
            SimulatedHost alpha = hosts.get(0);
            SimulatedHost beta = hosts.get(1);

            for (int i = 0; i < 500; i++) {
                beta.claim(beta.settings().prefixes());
                network.run(2 * MILLI);
            }

            assertThat(alpha.node().counters().drops(DropReason.RATE_LIMITED)).isGreaterThan(400);
            network.await(30 * SECOND, "its newest record is known", network::isWhole);
            Liveness.requireTraffic(network);
        });
    }
}
