package io.meshd.daemon.sim;

import static io.meshd.daemon.sim.SimulatedNetwork.SECOND;

import io.meshd.daemon.node.RelaySettings;
import io.meshd.protocol.Endpoint;
import java.util.ArrayList;
import java.util.List;

/** Two hosts that cannot reach each other, and relays that both of them reach. */
final class RelayedMesh {
    static final RelaySettings SERVING = new RelaySettings(true, true, 32, 0);

    final SimulatedNetwork network;
    final SimulatedHost alpha;
    final SimulatedHost gamma;
    final List<SimulatedHost> relays = new ArrayList<>();

    RelayedMesh(SimulatedNetwork network, int relayCount) {
        this.network = network;
        this.alpha = network.host("alpha");
        this.gamma = network.host("gamma");
        for (int i = 1; i <= relayCount; i++) {
            SimulatedHost relay = network.host("relay" + i);
            relay.relaying(SERVING);
            relays.add(relay);
        }
        network.trustAll();
        for (SimulatedHost relay : relays) {
            alpha.relayBy(relay);
            gamma.relayBy(relay);
            alpha.seed(relay);
            gamma.seed(relay);
            relays.stream().filter(other -> other != relay).forEach(relay::seed);
        }
        network.cut(alpha, gamma);
    }

    void start() {
        network.hosts().forEach(SimulatedHost::start);
        network.await(10 * SECOND, "the mesh", network::isWhole);
        network.run(3 * SECOND);
    }

    /** The relay by which one end reaches the other now. */
    SimulatedHost relayInUse(SimulatedHost from, SimulatedHost to) {
        if (from.view(to).endpoint() instanceof Endpoint.Relayed(var relay, var _)) {
            return network.hosts().stream().filter(host -> host.key.equals(relay)).findFirst().orElseThrow();
        }
        throw new AssertionError(from + " reaches " + to + " by " + from.view(to).endpoint());
    }

    boolean isRelayed(SimulatedHost from, SimulatedHost to) {
        return from.view(to).endpoint() instanceof Endpoint.Relayed;
    }

    /** A packet each way every 10 ms, for so long. */
    Flow flow(long forNanos) {
        return Flow.between(network, alpha, gamma, forNanos);
    }
}
