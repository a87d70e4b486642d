package io.meshd.daemon.sim;

import static io.meshd.daemon.sim.SimulatedNetwork.MILLI;
import static io.meshd.daemon.sim.SimulatedNetwork.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.identity.Bytes;
import io.meshd.identity.Identity;
import io.meshd.nat.mapping.Gateway;
import io.meshd.nat.mapping.MappedPort;
import io.meshd.nat.mapping.MappingProtocol;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Frame;
import io.meshd.protocol.MappingBehaviour;
import io.meshd.protocol.SignalCandidate;
import io.meshd.protocol.SignalStatement;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Lies about where somebody is: they cost a bounded number of small packets, and no traffic ever follows them. */
class MeshForgeryTest {
    private static final int SEEDS = 3;

    /** Two honest hosts and one with true keys that lies, all in session; and what goes to those that it names. */
    private record Cast(SimulatedNetwork network, SimulatedHost alpha, SimulatedHost beta, HostileRelay mallory,
            List<Datagram> toVictims) {
        long bytesToVictims() {
            return toVictims.stream().mapToLong(Datagram::packetBytes).sum();
        }

        void requireUnmoved() {
            assertThat(alpha.view(beta).endpoint())
                    .isEqualTo(new Endpoint.Direct(beta.addresses().getFirst()));
            assertThat(beta.view(alpha).endpoint())
                    .isEqualTo(new Endpoint.Direct(alpha.addresses().getFirst()));
            Parcel parcel = alpha.send(beta);
            network.run(SECOND);
            assertThat(parcel.hasArrived()).isTrue();
        }
    }

    private static Cast settle(SimulatedNetwork network) {
        SimulatedHost alpha = network.host("alpha");
        SimulatedHost beta = network.host("beta");
        network.trustAll();
        HostileRelay mallory = new HostileRelay(network, "198.18.9.9");
        for (SimulatedHost host : network.hosts()) {
            host.trustRelay("mallory", mallory.key);
            mallory.knows(host);
            host.seed(mallory.key, mallory.at);
            host.start();
        }
        beta.seed(alpha);
        mallory.start();
        network.await(20 * SECOND, "the mesh", network::isWhole);
        network.run(5 * SECOND);
        List<Datagram> toVictims = new ArrayList<>();
        network.wiretap(datagram -> {
            if (isVictim(datagram.to().getAddress())) {
                toVictims.add(datagram);
            }
        });
        return new Cast(network, alpha, beta, mallory, toVictims);
    }

    /** The addresses that lies name: nobody's. */
    private static InetSocketAddress victim(int number) {
        return new InetSocketAddress(SimulatedNetwork.address("11.22.33." + (1 + number % 250)).getAddress(),
                1_000 + number % 60_000);
    }

    private static boolean isVictim(InetAddress address) {
        return address.getHostAddress().startsWith("11.22.33.");
    }

    private static List<SignalCandidate> victims(int from) {
        List<SignalCandidate> victims = new ArrayList<>();
        for (int i = 0; i < Frame.Signal.CANDIDATES_MAX; i++) {
            victims.add(new SignalCandidate(SignalCandidate.Kind.values()[i % 3], victim(from + i)));
        }
        return victims;
    }

    private static Frame.Signal signal(Identity from, SimulatedHost to, long sequence, int firstVictim) {
        return SignalStatement.sign(from, to.key, 1, sequence, false, MappingBehaviour.UNKNOWN, 0,
                victims(firstVictim));
    }

    @Test
    void floodOfPunchRequestsAtOthersCausesABoundedTrickle() {
        Simulation.run("forgery-punch-flood", SEEDS, network -> {
            Cast cast = settle(network);
            int seconds = 20;
            for (int i = 0; i < seconds * 100; i++) {
                cast.mallory.say(cast.alpha, signal(cast.mallory.identity, cast.alpha, i, 16 * i));
                network.run(10 * MILLI);
            }
            long refused = cast.alpha.node().insight().pathCounters().signalsRefused();
            assertThat(refused).isGreaterThan(seconds * 80L);
            // As many candidates as a peer may have, each tried a few times; not one for each that was named.
            assertThat(cast.toVictims.size()).isBetween(1, seconds * 10);
            assertThat(cast.bytesToVictims()).isLessThan(seconds * 1_000L);
            cast.requireUnmoved();
            assertThat(cast.alpha.node().neighbours(cast.alpha.clockNanos()))
                    .filteredOn(view -> view.grant().isNode(cast.mallory.key)).singleElement()
                    .satisfies(view -> assertThat(view.endpoint()).isEqualTo(new Endpoint.Direct(cast.mallory.at)));
            cast.toVictims.clear();
            network.run(60 * SECOND);
            assertThat(cast.toVictims.size()).as("in a minute after it").isLessThan(300);
        });
    }

    @Test
    void signalsInTheNameOfAThirdPeerAreNotHeard() {
        Simulation.run("forgery-third", SEEDS, network -> {
            Cast cast = settle(network);
            for (int i = 0; i < 200; i++) {
                Frame.Signal own = signal(cast.mallory.identity, cast.alpha, i, 16 * i);
                // Signed by mallory, and said to be beta's.
                cast.mallory.say(cast.alpha, new Frame.Signal(cast.beta.key, cast.alpha.key, own.epoch(),
                        own.sequence(), false, own.mapping(), 0, own.candidates(), own.signature()));
                // For another, of whom mallory is not the one that speaks.
                cast.mallory.say(cast.alpha, new Frame.Signal(cast.beta.key, cast.mallory.key, own.epoch(),
                        own.sequence(), false, own.mapping(), 0, own.candidates(),
                        Bytes.copyOf(new byte[Identity.SIGNATURE_BYTES])));
                network.run(100 * MILLI);
            }
            assertThat(cast.toVictims).isEmpty();
            assertThat(cast.alpha.node().insight().pathCounters().signalsPassed()).isZero();
            cast.requireUnmoved();
        });
    }

    @Test
    void forgedMappingIsTriedRarelyAndNeverConfirmed() {
        Simulation.run("forgery-mapping", SEEDS, network -> {
            Cast cast = settle(network);
            SimulatedHost alpha = cast.alpha;
            InetAddress router = SimulatedNetwork.address("198.18.0.1").getAddress();
            MappedPort forged = new MappedPort(new Gateway(router, alpha.addresses().getFirst().getAddress()),
                    MappingProtocol.NAT_PMP, victim(7), 1);
            alpha.turn(node -> node.portsMapped(alpha.clockNanos(), List.of(forged)));
            network.run(120 * SECOND);

            assertThat(alpha.node().insight().mappedPorts()).containsEntry(forged, false);
            assertThat(alpha.portsReached()).isZero();
            assertThat(alpha.portsInVain()).isPositive();
            // Knocks and tries of two peers in two minutes.
            assertThat(cast.toVictims.size()).isBetween(1, 40);
            cast.requireUnmoved();
        });
    }
}
