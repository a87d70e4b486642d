package io.meshd.daemon.sim;

import static io.meshd.daemon.sim.SimulatedNetwork.MILLI;
import static io.meshd.daemon.sim.SimulatedNetwork.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.node.StunCounters;
import io.meshd.identity.Bytes;
import io.meshd.identity.HostPort;
import io.meshd.identity.IpAddress;
import io.meshd.nat.CandidateKind;
import io.meshd.protocol.MappingBehaviour;
import io.meshd.nat.OwnEndpoint;
import io.meshd.nat.stun.StunServerView;
import io.meshd.nat.stun.StunAttribute;
import io.meshd.nat.stun.StunCodec;
import io.meshd.nat.stun.StunMessage;
import io.meshd.nat.stun.TransactionId;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whole nodes find out from each other where they are, and tell it. */
class MeshReachabilityTest {
    /** Moves a host behind a router of its own. */
    private static NatBox moveBehind(SimulatedNetwork network, SimulatedHost host, NatBehaviour behaviour) {
        NatBox box = network.nat("router", behaviour);
        host.roam(box.inside());
        return box;
    }

    private static List<InetSocketAddress> publicEndpoints(SimulatedHost host) {
        return host.node().insight().ownEndpoints().publicEndpoints(host.clockNanos()).stream()
                .map(OwnEndpoint::endpoint)
                .toList();
    }

    private static HostPort place(SimulatedHost host) {
        InetSocketAddress at = host.addresses().getFirst();
        return new HostPort(IpAddress.of(at.getAddress()).toString(), at.getPort());
    }

    @Test
    void hostsWithoutNatSeeEachOtherWhereTheyAre() {
        Simulation.run("reachability-flat", 3, network -> {
            List<SimulatedHost> hosts = network.mesh(3);
            hosts.forEach(host -> host.seed(hosts.getFirst()));
            hosts.forEach(SimulatedHost::start);
            network.await(10 * SECOND, "whole", network::isWhole);
            SimulatedHost alpha = hosts.getFirst();
            long sequence = alpha.node().ownRecord().sequence();
            network.run(120 * SECOND);
            for (SimulatedHost host : hosts) {
                assertThat(publicEndpoints(host)).isEqualTo(host.addresses());
                assertThat(host.node().insight().ownEndpoints().mapping()).isEqualTo(MappingBehaviour.NONE);
            }
            assertThat(alpha.node().ownRecord().sequence()).as("nothing new to tell").isEqualTo(sequence);
            assertThat(alpha.node().insight().stunCounters()).isEqualTo(new StunCounters(0, 0, 0, 0, 0));
        });
    }

    @Test
    void hostBehindANatKnowsWhereItsPeersSeeIt() {
        Simulation.run("reachability-nat", 3, network -> {
            List<SimulatedHost> hosts = network.mesh(3);
            SimulatedHost gamma = hosts.get(2);
            NatBox router = moveBehind(network, gamma, NatBehaviour.PORT_RESTRICTED);
            hosts.subList(0, 2).forEach(gamma::seed);
            hosts.get(1).seed(hosts.get(0));
            hosts.forEach(SimulatedHost::start);
            network.await(20 * SECOND, "whole", network::isWhole);
            network.run(10 * SECOND);

            assertThat(publicEndpoints(gamma)).hasSize(1)
                    .allMatch(outside -> outside.getAddress().equals(router.address()));
            assertThat(gamma.node().insight().ownEndpoints().mapping())
                    .isEqualTo(MappingBehaviour.ENDPOINT_INDEPENDENT);
            assertThat(gamma.node().ownRecord().endpoints()).as("what a NAT gave is told in signals")
                    .isEqualTo(gamma.addresses());
            network.await(20 * SECOND, "whole", network::isWhole);
            assertThat(hosts.getFirst().view(gamma).record()).isEqualTo(gamma.node().ownRecord());
            assertThat(hosts.getFirst().node().insight().ownEndpoints().mapping()).isEqualTo(MappingBehaviour.NONE);
            long sequence = gamma.node().ownRecord().sequence();
            network.run(600 * SECOND);
            assertThat(gamma.node().ownRecord().sequence()).as("nothing new to tell").isEqualTo(sequence);
        });
    }

    @Test
    void whatANatGivesForOnePeerAloneIsNotTold() {
        Simulation.run("reachability-symmetric", 3, network -> {
            List<SimulatedHost> hosts = network.mesh(3);
            SimulatedHost gamma = hosts.get(2);
            NatBox router = moveBehind(network, gamma, NatBehaviour.SYMMETRIC_RANDOM);
            hosts.subList(0, 2).forEach(gamma::seed);
            hosts.get(1).seed(hosts.get(0));
            hosts.forEach(SimulatedHost::start);
            network.run(40 * SECOND);
            assertThat(gamma.node().insight().ownEndpoints().mapping())
                    .isEqualTo(MappingBehaviour.ADDRESS_AND_PORT_DEPENDENT);
            assertThat(gamma.node().ownRecord().endpoints()).isEqualTo(gamma.addresses());
            assertThat(publicEndpoints(gamma)).hasSizeGreaterThanOrEqualTo(2).allMatch(
                    seen -> seen.getAddress().equals(router.address()));
        });
    }

    @Test
    void peersAnswerStunOnceThereIsASession() {
        Simulation.run("reachability-stun", 3, network -> {
            List<SimulatedHost> hosts = network.mesh(2);
            SimulatedHost alpha = hosts.get(0);
            SimulatedHost beta = hosts.get(1);
            NatBox router = moveBehind(network, beta, NatBehaviour.PORT_RESTRICTED);
            alpha.start();
            beta.start();
            beta.turn(node -> node.stunServers(beta.clockNanos(), List.of(place(alpha))));
            network.run(2 * SECOND);
            assertThat(alpha.node().insight().stunCounters().answered()).isZero();
            assertThat(alpha.node().insight().stunCounters().refused()).isPositive();
            assertThat(publicEndpoints(beta)).isEmpty();

            beta.seed(alpha);
            network.await(10 * SECOND, "session", () -> beta.hasSession(alpha));
            network.await(20 * SECOND, "answer", () -> alpha.node().insight().stunCounters().answered() > 0);
            network.run(SECOND);
            assertThat(beta.node().insight().stunCounters().heard()).isEqualTo(1);
            assertThat(publicEndpoints(beta)).hasSize(1)
                    .allMatch(outside -> outside.getAddress().equals(router.address()));
        });
    }

    @Test
    void lookTellsWhatIsSoNow() {
        Simulation.run("reachability-look", 3, network -> {
            List<SimulatedHost> hosts = network.mesh(2);
            SimulatedHost alpha = hosts.get(0);
            SimulatedHost beta = hosts.get(1);
            moveBehind(network, beta, NatBehaviour.PORT_RESTRICTED);
            beta.seed(alpha);
            hosts.forEach(SimulatedHost::start);
            network.await(10 * SECOND, "session", () -> beta.hasSession(alpha));
            beta.turn(node -> node.stunServers(beta.clockNanos(),
                    List.of(place(alpha), new HostPort("203.0.113.5", 3_478), new HostPort("stun.example", 3_478))));
            network.run(60 * SECOND);
            long asked = beta.node().insight().stunCounters().asked();
            long lookedAt = beta.clockNanos();

            beta.turn(node -> node.look(beta.clockNanos()));
            assertThat(beta.node().insight().isLooking()).isTrue();
            network.run(SECOND);

            OwnEndpoint outside = beta.node().insight().ownEndpoints().publicEndpoints(beta.clockNanos()).getFirst();
            assertThat(outside.lastNanos()).isGreaterThanOrEqualTo(lookedAt);
            assertThat(outside.observers()).hasSize(1);
            assertThat(beta.node().insight().stunCounters().asked()).isGreaterThan(asked);
            assertThat(beta.node().insight().stunServers()).extracting(StunServerView::answers)
                    .containsExactly(true, false, false);
            assertThat(beta.node().insight().stunServers().getFirst().tookNanos()).isEqualTo(10 * MILLI);
            assertThat(beta.node().insight().stunServers().getLast().at()).isNull();
            network.run(SECOND);
            long once = beta.node().insight().stunCounters().asked();
            beta.turn(node -> node.look(beta.clockNanos()));
            network.run(SECOND);
            assertThat(beta.node().insight().stunCounters().asked()).as("not again at once").isEqualTo(once);
        });
    }

    @Test
    void forgedAnswersAndStrangersQuestionsChangeNothing() {
        Simulation.run("reachability-forged", 3, network -> {
            List<SimulatedHost> hosts = network.mesh(2);
            SimulatedHost alpha = hosts.get(0);
            SimulatedHost beta = hosts.get(1);
            beta.seed(alpha);
            hosts.forEach(SimulatedHost::start);
            network.await(10 * SECOND, "session", () -> beta.hasSession(alpha));
            beta.turn(node -> node.stunServers(beta.clockNanos(), List.of(new HostPort("203.0.113.5", 3_478))));
            InetSocketAddress server = new InetSocketAddress(
                    IpAddress.parse("203.0.113.5").orThrow().toInetAddress(), 3_478);
            InetSocketAddress stranger = SimulatedNetwork.address("198.51.100.66");
            InetSocketAddress victim = SimulatedNetwork.address("198.51.100.99");
            List<Bytes> answers = new ArrayList<>();
            network.wiretap(datagram -> {
                if (datagram.to().equals(stranger)) {
                    answers.add(datagram.payload());
                }
            });
            for (int i = 0; i < 200; i++) {
                TransactionId id = new TransactionId(i, i);
                network.inject(server, beta.addresses().getFirst(), Bytes.copyOf(StunCodec.encode(
                        new StunMessage(StunMessage.Kind.SUCCESS, id,
                                List.of(new StunAttribute.XorMappedAddress(victim)), true))));
                network.inject(stranger, beta.addresses().getFirst(), Bytes.copyOf(StunCodec.encode(
                        new StunMessage(StunMessage.Kind.REQUEST, id,
                                List.of(new StunAttribute.Software("x".repeat(40))), true))));
                network.run(SECOND / 20);
            }
            assertThat(answers).isEmpty();
            assertThat(beta.node().insight().stunCounters().unexpected()).isEqualTo(200);
            assertThat(beta.node().insight().stunCounters().refused()).isEqualTo(200);
            assertThat(beta.node().insight().ownEndpoints().all(beta.clockNanos()))
                    .noneMatch(own -> own.kind() == CandidateKind.REFLEXIVE);
            assertThat(beta.node().ownRecord().endpoints()).isEqualTo(beta.addresses());
        });
    }
}
