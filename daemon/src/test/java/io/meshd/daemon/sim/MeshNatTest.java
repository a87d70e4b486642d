package io.meshd.daemon.sim;

import static io.meshd.daemon.sim.SimulatedNetwork.MILLI;
import static io.meshd.daemon.sim.SimulatedNetwork.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.protocol.Endpoint;
import io.meshd.protocol.MappingBehaviour;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Meshes behind random boxes: whoever can talk does, and directly where that is possible. */
class MeshNatTest {
    /** A direct path must be found where it takes no more than this. */
    private static final Effort DIRECT = Effort.PUNCH;
    private static final int SEEDS = 6;
    private static final long SETTLING_NANOS = 60 * SECOND;
    private static final long CHANGE_NANOS = 30 * SECOND;
    private static final long TRAFFIC_NANOS = 10 * SECOND;
    /** Rounds of calls, the search, and those of others with the same hosts that come first. */
    private static final long SEARCH_NANOS = 180 * SECOND;
    /** At most one search in twenty may find nothing: what is expected of chance is one in eighty. */
    private static final int MISSED_DIVISOR = 20;

    @Test
    void whoCanTalkDoes() {
        Simulation.run("nat", Integer.getInteger("meshd.simulation.seeds", SEEDS), network -> {
            start(network, new Neighbourhoods(network).settle());
            network.run(SETTLING_NANOS);

            requireWhatIsPossible(network);
        });
    }

    @Test
    void hostsThatRoamAndBoxesThatRestartAreFoundAgain() {
        Simulation.run("nat-change", Integer.getInteger("meshd.simulation.seeds", SEEDS / 3), network -> {
            Neighbourhoods neighbourhoods = new Neighbourhoods(network);
            List<SimulatedHost> hosts = neighbourhoods.settle();
            start(network, hosts);
            network.run(CHANGE_NANOS);

            SimulatedHost roamer = hosts.get(1 + network.random.nextInt(hosts.size() - 1));
            roamer.roam(neighbourhoods.place());
            if (network.random.nextBoolean()) {
                roamer.tellAddresses();
            }
            network.run(network.random.nextLong(5 * SECOND));
            NatBox box = hosts.getLast().segment().gateway;
            if (box != null) {
                box.restart();
            }
            network.run(CHANGE_NANOS);
            // A kernel that kept it to itself is found out in the end.
            roamer.tellAddresses();
            network.run(SETTLING_NANOS);

            requireWhatIsPossible(network);
        });
    }

    /** All its other peers see it by IPv6, and so nobody would tell it by which port its NAT maps it now. */
    @Test
    void dualHostWhoseBoxRestartsIsFoundByOneWithIPv4Only() {
        Simulation.run("nat-dual", 4, network -> {
            SimulatedHost seed = network.dualHost("seed");
            NatBox box = network.nat("home", NatBehaviour.PORT_RESTRICTED.withV6(NatBehaviour.V6.FIREWALL),
                    network.internet());
            SimulatedHost dual = network.dualHost("dual", box.inside());
            SimulatedHost plain = network.host("plain",
                    network.nat("other", NatBehaviour.PORT_RESTRICTED, network.internet()).inside());
            network.trustAll();
            List.of(dual, plain).forEach(host -> host.seed(seed));
            start(network, network.hosts());
            network.run(SETTLING_NANOS);
            requireWhatIsPossible(network);

            box.restart();
            network.run(SETTLING_NANOS);
            requireWhatIsPossible(network);
        });
    }

    /**
     * A hard NAT is found out by two observers, and a search asks how the router fares of a third peer beyond it: where
     * there are none, nothing is searched. A host that spent its searches, perhaps on others, need not search again; and
     * chance may hide the right port from one search in eighty.
     */
    @Test
    void whoKnowsThatItsNatIsHardIsSearched() {
        List<String> missed = new ArrayList<>();
        int[] searched = new int[1];
        Simulation.run("nat-search", Integer.getInteger("meshd.simulation.seeds", SEEDS), network -> {
            start(network, new Neighbourhoods(network).settle());
            network.run(SETTLING_NANOS);
            for (SimulatedHost hard : network.hosts()) {
                for (SimulatedHost easy : network.hosts()) {
                    boolean wasRested = searches(hard) == 0 && searches(easy) == 0;
                    if (isToSearch(hard, easy) && (wasRested || hasSearched(hard, easy) || hasSearched(easy, hard))) {
                        searched[0]++;
                        String story = find(network, hard, easy);
                        if (story != null) {
                            missed.add("seed " + network.seed + ": " + story);
                        }
                    }
                }
            }
        });
        System.out.println(searched[0] + " pairs searched, " + missed.size() + " not found");
        missed.forEach(System.out::println);
        assertThat(missed).hasSizeLessThanOrEqualTo(searched[0] / MISSED_DIVISOR);
    }

    private static long searches(SimulatedHost host) {
        return host.node().insight().pathCounters().searches();
    }

    private static boolean hasSearched(SimulatedHost from, SimulatedHost to) {
        return from.view(to).decisions().stream().anyMatch(decision -> decision.reason().startsWith("port search"));
    }

    private static boolean isToSearch(SimulatedHost hard, SimulatedHost easy) {
        boolean isBySearch = hard != easy && Oracle.direct(hard, easy) == Effort.SEARCH;
        return isBySearch && mapping(hard).isDependent() && mapping(easy) == MappingBehaviour.ENDPOINT_INDEPENDENT;
    }

    private static MappingBehaviour mapping(SimulatedHost host) {
        return host.node().insight().ownEndpoints().mapping();
    }

    /** How a search went that found nothing; null when there is a direct path. */
    private static @Nullable String find(SimulatedNetwork network, SimulatedHost hard, SimulatedHost easy) {
        for (long end = network.nowNanos() + SEARCH_NANOS; network.nowNanos() < end; network.run(SECOND)) {
            hard.send(easy);
            easy.send(hard);
            if (hard.view(easy).endpoint() instanceof Endpoint.Direct
                    && easy.view(hard).endpoint() instanceof Endpoint.Direct) {
                return null;
            }
        }
        return hard + " (" + hard.segment() + ") did not find " + easy + " (" + easy.segment() + "): "
                + hard.view(easy).decisions() + " and " + easy.view(hard).decisions()
                + hard.node().insight().pathCounters() + easy.node().insight().pathCounters();
    }

    private static void start(SimulatedNetwork network, List<SimulatedHost> hosts) {
        network.conditions(Conditions.CLEAN.withDelay(20 * MILLI, 10 * MILLI));
        hosts.forEach(host -> network.in(network.random.nextLong(2 * SECOND), host::start));
    }

    /** Sends a packet each way between all pairs that can talk, then looks by which path. */
    private static void requireWhatIsPossible(SimulatedNetwork network) {
        List<Parcel> parcels = new ArrayList<>();
        for (SimulatedHost from : network.hosts()) {
            for (SimulatedHost to : network.hosts()) {
                if (from != to && canTalk(network, from, to)) {
                    parcels.add(from.send(to));
                }
            }
        }
        network.run(TRAFFIC_NANOS);
        for (Parcel parcel : parcels) {
            Effort effort = Oracle.direct(parcel.from, parcel.to);
            String pair = parcel.from + " (" + parcel.from.segment() + ") to " + parcel.to + " ("
                    + parcel.to.segment() + "), for which a direct path takes " + effort;
            Invariants.require(parcel.hasArrived(), "no packet from " + pair);
            Invariants.require(!effort.within(DIRECT)
                    || parcel.from.view(parcel.to).endpoint() instanceof Endpoint.Direct,
                    "no direct path from " + pair + ": " + parcel.from.view(parcel.to).decisions());
        }
    }

    /** Two that nobody introduces to each other do not count: there is no local discovery in the simulation. */
    private static boolean canTalk(SimulatedNetwork network, SimulatedHost from, SimulatedHost to) {
        List<SimulatedHost> hosts = network.hosts();
        // All know the first from the start; whom the mesh reaches, it introduces.
        return Oracle.isReached(from, hosts, DIRECT) && Oracle.isReached(to, hosts, DIRECT)
                && Oracle.connects(from, to, DIRECT, hosts);
    }
}
