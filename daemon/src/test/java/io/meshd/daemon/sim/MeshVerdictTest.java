package io.meshd.daemon.sim;

import static io.meshd.daemon.sim.SimulatedNetwork.MILLI;
import static io.meshd.daemon.sim.SimulatedNetwork.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.node.Cause;
import io.meshd.daemon.node.RelaySettings;
import io.meshd.daemon.node.Verdict;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Each reason why a peer is reached as it is: the node says it, and what would change it. */
class MeshVerdictTest {
    private static final int SEEDS = 3;

    private static Verdict verdict(SimulatedHost host, SimulatedHost about) {
        return Objects.requireNonNull(host.node().insight().verdict(host.clockNanos(), host.view(about)));
    }

    /** A packet each way every 100 ms. */
    private static void talk(SimulatedNetwork network, SimulatedHost a, SimulatedHost b, long forNanos) {
        for (long t = 0; t < forNanos; t += 100 * MILLI) {
            network.in(t, () -> {
                a.send(b);
                b.send(a);
            });
        }
        network.run(forNanos);
    }

    private static void relayed(String name, Consumer<RelayedMesh> change, Cause cause, String... words) {
        Simulation.run("verdict-" + name, SEEDS, network -> {
            // Two, since one observer alone cannot tell how a NAT maps.
            RelayedMesh mesh = new RelayedMesh(network, 2);
            network.mend(mesh.alpha, mesh.gamma);
            change.accept(mesh);
            mesh.start();
            talk(network, mesh.alpha, mesh.gamma, 25 * SECOND);
            Verdict verdict = verdict(mesh.alpha, mesh.gamma);
            assertThat(verdict.cause()).as(verdict.text()).isEqualTo(cause);
            assertThat(verdict.text()).contains(words);
        });
    }

    private static void behind(SimulatedNetwork network, SimulatedHost host, NatBehaviour behaviour) {
        host.roam(network.nat("router-" + host.name, behaviour).inside());
    }

    private static Consumer<RelayedMesh> natted(NatBehaviour alphas, NatBehaviour gammas) {
        return mesh -> {
            behind(mesh.network, mesh.alpha, alphas);
            behind(mesh.network, mesh.gamma, gammas);
        };
    }

    @Test
    void directIsDirect() {
        relayed("direct", _ -> {}, Cause.DIRECT, "gamma is reached directly at 198.18.0.2:51821 (", "ms, 0 % lost)");
    }

    @Test
    void punchNamesWhoHelped() {
        relayed("punched", natted(NatBehaviour.PORT_RESTRICTED, NatBehaviour.PORT_RESTRICTED), Cause.PUNCHED,
                "gamma is reached directly", "punched with the help of relay");
    }

    @Test
    void twoHardNatsLeaveOnlyTheRelay() {
        relayed("hard-nats", natted(NatBehaviour.SYMMETRIC_RANDOM, NatBehaviour.SYMMETRIC_RANDOM), Cause.HARD_NATS,
                "gamma is reached through the relay relay", "for 2",
                "Both NATs give each destination its own port", "A mapped port on either router would do");
    }

    @Test
    void oneHardNatIsNamed() {
        relayed("hard-nat", natted(NatBehaviour.SYMMETRIC_RANDOM, NatBehaviour.PORT_RESTRICTED)
                .andThen(mesh -> mesh.network.cut(mesh.alpha, mesh.gamma)), Cause.HARD_NAT,
                "The NAT here gives each destination its own port", "the port is searched for");
    }

    @Test
    void natsOfWhichTooLittleIsKnownAreNotJudged() {
        Simulation.run("verdict-unknown-nats", SEEDS, network -> {
            RelayedMesh mesh = new RelayedMesh(network, 1);
            network.mend(mesh.alpha, mesh.gamma);
            natted(NatBehaviour.SYMMETRIC_RANDOM, NatBehaviour.SYMMETRIC_RANDOM).accept(mesh);
            mesh.start();
            talk(network, mesh.alpha, mesh.gamma, 15 * SECOND);
            assertThat(verdict(mesh.alpha, mesh.gamma).cause()).isEqualTo(Cause.NO_ANSWER);
            assertThat(verdict(mesh.alpha, mesh.gamma).text()).contains("too few have seen the NATs");
        });
    }

    @Test
    void policyAgainstSignalsIsNamedOnBothSides() {
        Consumer<RelayedMesh> nats = natted(NatBehaviour.PORT_RESTRICTED, NatBehaviour.PORT_RESTRICTED);
        relayed("signals-off", nats.andThen(mesh -> mesh.alpha.forbidSignals()), Cause.SIGNALS_OFF_HERE,
                "policy.allow_signaling_upgrade is false here");
        relayed("signals-off-there", nats.andThen(mesh -> mesh.gamma.forbidSignals()), Cause.SIGNALS_OFF_THERE,
                "That peer's policy forbids signals");
    }

    @Test
    void blockedUdpBetweenTwoNetworksIsSeen() {
        relayed("blocked", mesh -> mesh.network.cut(mesh.alpha, mesh.gamma), Cause.NO_ANSWER,
                "No answer at its one known address (198.18.0.2:51821)", "UDP between this network and gamma's");
    }

    @Test
    void familiesThatDoNotMeetAreNamed() {
        Simulation.run("verdict-family", SEEDS, network -> {
            SimulatedHost alpha = network.host("alpha");
            SimulatedHost gamma = network.v6Host("gamma");
            SimulatedHost relay = network.dualHost("relay1");
            relay.relaying(RelayedMesh.SERVING);
            network.trustAll();
            for (SimulatedHost host : List.of(alpha, gamma)) {
                host.relayBy(relay);
                host.seed(relay);
            }
            network.hosts().forEach(SimulatedHost::start);
            network.await(10 * SECOND, "the mesh", network::isWhole);
            talk(network, alpha, gamma, 15 * SECOND);
            assertThat(verdict(alpha, gamma).cause()).isEqualTo(Cause.NO_COMMON_FAMILY);
            assertThat(verdict(alpha, gamma).text()).contains("through the relay relay1", "has no IPv6 address");
        });
    }

    @Test
    void deadAndLossyDirectPathsAreNamed() {
        Simulation.run("verdict-path", SEEDS, network -> {
            RelayedMesh mesh = new RelayedMesh(network, 2);
            network.mend(mesh.alpha, mesh.gamma);
            mesh.start();
            mesh.flow(120 * SECOND);
            network.run(10 * SECOND);
            network.conditions(mesh.alpha, mesh.gamma, Conditions.CLEAN.withLoss(0.2));
            network.await(15 * SECOND, "a relay", () -> mesh.isRelayed(mesh.alpha, mesh.gamma));
            network.await(30 * SECOND, "judgement of the direct path",
                    () -> verdict(mesh.alpha, mesh.gamma).cause() == Cause.PATH_LOSSY);
            assertThat(verdict(mesh.alpha, mesh.gamma).text()).contains("The direct path at 198.18.0.2:51821 loses");
            network.conditions(mesh.alpha, mesh.gamma, Conditions.CLEAN);
            network.await(80 * SECOND, "the direct path", () -> !mesh.isRelayed(mesh.alpha, mesh.gamma));
            network.cut(mesh.alpha, mesh.gamma);
            network.await(5 * SECOND, "a relay", () -> mesh.isRelayed(mesh.alpha, mesh.gamma));
            network.run(2 * SECOND);
            assertThat(verdict(mesh.alpha, mesh.gamma).cause()).isEqualTo(Cause.PATH_DIED);
            network.mend(mesh.alpha, mesh.gamma);
        });
    }

    /** Two that cannot reach each other directly, of which one looks at the other. */
    private static void cut(String name, Consumer<RelayedMesh> change, Cause cause, String... words) {
        relayed(name, change.andThen(mesh -> mesh.network.cut(mesh.alpha, mesh.gamma)), cause, words);
    }

    @Test
    void missingRelaysAreNamed() {
        cut("no-relay", mesh -> mesh.relays.forEach(mesh.alpha::trust), Cause.NO_RELAY, "gamma is not reached now.",
                "No answer at its one known address", "though others hear it", "No peer is marked as a relay here",
                "meshd trust … --relay");
        cut("serves-not", mesh -> mesh.relays.forEach(relay -> relay.relaying(RelaySettings.GUEST)), Cause.NO_RELAY,
                "relay1, relay2 are marked as a relay here, but none is known to serve", "relay.serve");
    }

    @Test
    void policyAgainstRelaysIsNamedOnBothSides() {
        RelaySettings none = new RelaySettings(false, false, 0, 0);
        cut("relays-off", mesh -> mesh.alpha.relaying(none), Cause.RELAYS_OFF_HERE, "policy.allow_relay is false here");
        cut("relays-off-there", mesh -> mesh.gamma.relaying(none), Cause.RELAYS_OFF_THERE,
                "That peer's policy forbids relays");
    }

    @Test
    void refusalOfARelayIsNamed() {
        cut("refused", mesh -> mesh.relays.forEach(mesh.gamma::trust), Cause.RELAY_REFUSES,
                "gamma takes nothing from it", "Run on gamma: meshd trust ");
        cut("full", mesh -> mesh.relays.forEach(relay -> relay.relaying(new RelaySettings(true, true, 1, 0))),
                Cause.RELAY_REFUSES, "it serves as many as it may", "relay.max_peers");
        Simulation.run("verdict-unknown-peer", SEEDS, network -> {
            RelayedMesh mesh = new RelayedMesh(network, 1);
            mesh.start();
            mesh.relays.getFirst().untrust(mesh.gamma);
            network.run(200 * SECOND);
            talk(network, mesh.alpha, mesh.gamma, 15 * SECOND);
            assertThat(verdict(mesh.alpha, mesh.gamma).cause()).isEqualTo(Cause.RELAY_REFUSES);
            assertThat(verdict(mesh.alpha, mesh.gamma).text()).contains("it does not trust gamma",
                    "Run on relay1: meshd trust " + mesh.gamma.key.peerId() + " --name gamma");
        });
    }

    @Test
    void oneSidedTrustIsSuspected() {
        relayed("one-sided", mesh -> mesh.gamma.untrust(mesh.alpha), Cause.UNTRUSTED_THERE,
                "it may not trust this key", "run there: meshd trust ", " --name alpha");
    }

    @Test
    void networkThatLetsNoUdpThroughIsSuspected() {
        Simulation.run("verdict-udp", SEEDS, network -> {
            RelayedMesh mesh = new RelayedMesh(network, 1);
            network.mend(mesh.alpha, mesh.gamma);
            NatBox box = network.nat("router", NatBehaviour.PORT_RESTRICTED);
            mesh.alpha.roam(box.inside());
            box.refuseUdp(true);
            network.hosts().forEach(SimulatedHost::start);
            network.run(30 * SECOND);
            SimulatedHost relay = mesh.relays.getFirst();
            assertThat(verdict(mesh.alpha, relay).cause()).isEqualTo(Cause.UDP_BLOCKED);
            assertThat(verdict(mesh.alpha, relay).text()).contains("no other peer answers either");
            assertThat(verdict(mesh.alpha, mesh.gamma).cause()).isEqualTo(Cause.UNKNOWN_PLACE);
        });
    }

    @Test
    void whoIsGoneOrWasNeverThereIsNamed() {
        Simulation.run("verdict-gone", SEEDS, network -> {
            List<SimulatedHost> hosts = network.mesh(4);
            SimulatedHost alpha = hosts.get(0);
            SimulatedHost leaver = hosts.get(1);
            SimulatedHost victim = hosts.get(2);
            SimulatedHost absent = hosts.get(3);
            hosts.subList(1, 3).forEach(host -> host.seed(alpha));
            hosts.subList(0, 3).forEach(SimulatedHost::start);
            network.await(10 * SECOND, "the mesh", network::isWhole);
            leaver.leave();
            victim.crash();
            network.run(400 * SECOND);
            assertThat(verdict(alpha, leaver).cause()).isEqualTo(Cause.LEFT);
            assertThat(verdict(alpha, victim).cause()).isEqualTo(Cause.GONE);
            assertThat(verdict(alpha, absent).cause()).isEqualTo(Cause.UNKNOWN_PLACE);
            assertThat(verdict(alpha, absent).text()).contains("--seed HOST:PORT");
        });
    }

    @Test
    void otherNetworkIsNamed() {
        Simulation.run("verdict-network", SEEDS, network -> {
            List<SimulatedHost> hosts = network.mesh(2);
            hosts.get(1).networkId("work-net");
            hosts.get(1).seed(hosts.get(0));
            hosts.forEach(SimulatedHost::start);
            network.run(5 * SECOND);
            assertThat(verdict(hosts.get(0), hosts.get(1)).cause()).isEqualTo(Cause.OTHER_NETWORK);
        });
    }
}
