package io.meshd.daemon.sim;

import static io.meshd.daemon.sim.SimulatedNetwork.SECOND;

import java.util.ArrayList;
import java.util.List;

/** What must come true once the network is well again. */
final class Liveness {
    private static final long RECOVERY_NANOS = 60 * SECOND;
    private static final long LEAVE_NANOS = 6 * SECOND;
    private static final long TRAFFIC_NANOS = 10 * SECOND;

    private Liveness() {}

    /** Heals everything, lets it rest, and requires that all who trust each other agree and reach each other. */
    static void require(SimulatedNetwork network) {
        network.mendAll();
        network.conditions(Conditions.CLEAN);
        if (network.hosts().stream().anyMatch(SimulatedHost::isLeaving)) {
            network.run(LEAVE_NANOS);
        }
        for (SimulatedHost host : network.hosts()) {
            if (!host.isUp()) {
                host.start();
            } else if (!host.isAwake()) {
                host.wake();
            }
        }
        try {
            network.await(RECOVERY_NANOS, "agreement", network::isWhole);
        } catch (AssertionError e) {
            throw new AssertionError("no agreement after healing: " + network.firstDoubt(), e);
        }
        network.run(SECOND);
        requireTraffic(network);
        Invariants.require(network.isWhole(), "agreement did not last: " + network.firstDoubt());
    }

    /** Every pair exchanges packets in both directions. */
    static void requireTraffic(SimulatedNetwork network) {
        List<Parcel> parcels = new ArrayList<>();
        for (SimulatedHost from : network.hosts()) {
            for (SimulatedHost to : network.hosts()) {
                if (from.shouldKnow(to)) {
                    to.settings().addresses().stream().filter(to::claims)
                            .forEach(address -> parcels.add(from.send(to, address, InnerPackets.BYTES_MIN)));
                }
            }
        }
        network.run(TRAFFIC_NANOS);
        for (Parcel parcel : parcels) {
            Invariants.require(parcel.hasArrived(),
                    "packet " + parcel.number + " of " + parcel.from + " does not reach "
                            + parcel.to);
        }
    }
}
