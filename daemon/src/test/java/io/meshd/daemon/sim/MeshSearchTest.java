package io.meshd.daemon.sim;

import static io.meshd.daemon.sim.SimulatedNetwork.MILLI;
import static io.meshd.daemon.sim.SimulatedNetwork.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.node.RelaySettings;
import io.meshd.nat.PathClass;
import io.meshd.nat.PathCounters;
import io.meshd.protocol.Endpoint;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Direct paths where a NAT gives another port for each destination: guessed, or searched within a budget. */
class MeshSearchTest {
    /** Of the issue: 1,000 searches. Each takes half a second here, so that builds make fewer. */
    private static final int SEARCHES = Integer.getInteger("meshd.searches", 40);
    private static final int FOUND_PERCENT_MIN = 95;
    private static final int FLOWS_A_SECOND_MAX = 200;
    /** The tries, the guesses, and what a node does anyway while a search goes on. */
    private static final int FLOWS_MAX = 1_500;
    private static final int SEEDS = 4;
    private static final int SUFFERING_FLOWS = 300;
    private static final int SMALL_TABLE = 256;
    private static final long FIND_NANOS = 60 * SECOND;
    /** Sockets that did not hit close at once, and those that were hit besides the one in use after a look or two. */
    private static final long SETTLING_NANOS = 20 * SECOND;
    /** Two holes may be hit before either side knows it. */
    private static final int KEPT_MAX = 3;
    /** Measured ports, guesses, and the hosts' own housekeeping. */
    private static final int GUESSING_FLOWS_MAX = 60;

    /** Two hosts behind boxes, and two relays beyond. */
    private static final class Meeting {
        final SimulatedNetwork network;
        final NatBox boxOfAlpha;
        final NatBox boxOfBeta;
        final SimulatedHost alpha;
        final SimulatedHost beta;
        final List<SimulatedHost> relays = new ArrayList<>();

        Meeting(SimulatedNetwork network, NatBehaviour ofAlpha, NatBehaviour ofBeta) {
            this.network = network;
            this.boxOfAlpha = network.nat("box of alpha", ofAlpha);
            this.boxOfBeta = network.nat("box of beta", ofBeta);
            this.alpha = network.host("alpha", boxOfAlpha.inside());
            this.beta = network.host("beta", boxOfBeta.inside());
            for (int i = 1; i <= 2; i++) {
                SimulatedHost relay = network.host("relay" + i);
                relay.relaying(RelayedMesh.SERVING);
                relays.add(relay);
            }
            network.trustAll();
            for (SimulatedHost relay : relays) {
                alpha.relayBy(relay);
                beta.relayBy(relay);
                alpha.seed(relay);
                beta.seed(relay);
            }
            relays.getLast().seed(relays.getFirst());
            network.conditions(Conditions.CLEAN.withDelay(20 * MILLI, 10 * MILLI));
        }

        void start() {
            network.hosts().forEach(SimulatedHost::start);
            network.await(10 * SECOND, "the mesh", network::isWhole);
            network.run(5 * SECOND);
            boxOfAlpha.countFlows();
            boxOfBeta.countFlows();
        }

        /** Packets flow both ways, one each second, until there is a direct path or so much time has passed. */
        boolean findsADirectPath(long mostNanos) {
            for (long end = network.nowNanos() + mostNanos; network.nowNanos() < end;) {
                alpha.send(beta);
                beta.send(alpha);
                network.run(SECOND);
                if (isDirect()) {
                    return true;
                }
            }
            return false;
        }

        boolean isDirect() {
            return alpha.view(beta).endpoint() instanceof Endpoint.Direct
                    && beta.view(alpha).endpoint() instanceof Endpoint.Direct;
        }

        int flows() {
            return Math.max(boxOfAlpha.flowsBegun(), boxOfBeta.flowsBegun());
        }

        int mostFlowsInASecond() {
            return Math.max(boxOfAlpha.mostFlowsInASecond(), boxOfBeta.mostFlowsInASecond());
        }

        PathCounters counters(SimulatedHost host) {
            return host.node().insight().pathCounters();
        }
    }

    @Test
    void randomPortsAreFoundWithinTheBudget() {
        int[] found = new int[1];
        Simulation.run("search", SEARCHES, network -> {
            Meeting meeting = new Meeting(network, NatBehaviour.SYMMETRIC_RANDOM, NatBehaviour.PORT_RESTRICTED);
            meeting.start();

            found[0] += meeting.findsADirectPath(FIND_NANOS) ? 1 : 0;

            network.run(SETTLING_NANOS);
            Invariants.require(meeting.flows() <= FLOWS_MAX, meeting.flows() + " flows");
            Invariants.require(meeting.mostFlowsInASecond() <= FLOWS_A_SECOND_MAX,
                    meeting.mostFlowsInASecond() + " flows in a second");
            Invariants.require(meeting.alpha.extraSockets() <= KEPT_MAX,
                    meeting.alpha.extraSockets() + " sockets are left");
        });
        System.out.println(found[0] + " of " + SEARCHES + " searches found a direct path");
        assertThat(found[0]).isGreaterThanOrEqualTo(SEARCHES * FOUND_PERCENT_MIN / 100);
    }

    @Test
    void portsThatCountAreGuessedWithFewPackets() {
        Simulation.run("search-guess", SEEDS, network -> {
            Meeting meeting = new Meeting(network, NatBehaviour.SYMMETRIC_SEQUENTIAL, NatBehaviour.PORT_RESTRICTED);
            meeting.start();

            Invariants.require(meeting.findsADirectPath(FIND_NANOS), "not found");

            Invariants.require(meeting.flows() <= GUESSING_FLOWS_MAX, meeting.flows() + " flows");
            requireSignalled(meeting);
            network.run(SETTLING_NANOS);
            Invariants.require(meeting.alpha.extraSockets() <= KEPT_MAX, meeting.alpha.extraSockets() + " are left");
            Invariants.require(meeting.isDirect(), "not for long");
        });
    }

    @Test
    void twoNatsThatCountAreBothGuessed() {
        Simulation.run("search-both", SEEDS, network -> {
            Meeting meeting = new Meeting(network, NatBehaviour.SYMMETRIC_SEQUENTIAL,
                    NatBehaviour.SYMMETRIC_SEQUENTIAL);
            meeting.start();

            Invariants.require(meeting.findsADirectPath(FIND_NANOS), "not found");

            Invariants.require(meeting.flows() <= GUESSING_FLOWS_MAX, meeting.flows() + " flows");
            requireSignalled(meeting);
        });
    }

    @Test
    void handshakesSearchWhereNoRelayServes() {
        Simulation.run("search-handshake", SEEDS, network -> {
            Meeting meeting = new Meeting(network, NatBehaviour.SYMMETRIC_RANDOM, NatBehaviour.PORT_RESTRICTED);
            meeting.relays.forEach(relay -> relay.relaying(RelaySettings.GUEST));
            meeting.start();

            Invariants.require(meeting.findsADirectPath(FIND_NANOS), "not found");
            network.run(SETTLING_NANOS);

            Invariants.require(meeting.mostFlowsInASecond() <= FLOWS_A_SECOND_MAX, meeting.mostFlowsInASecond()
                    + " flows in a second");
            Invariants.require(meeting.alpha.extraSockets() <= KEPT_MAX, "too many sockets are left");
            requireSignalled(meeting);
        });
    }

    private static void requireSignalled(Meeting meeting) {
        PathClass there = meeting.alpha.view(meeting.beta).pathClass();
        PathClass back = meeting.beta.view(meeting.alpha).pathClass();
        Invariants.require(there == PathClass.SIGNALING_THEN_DIRECT && back == there, there + " and " + back);
    }

    @Test
    void randomPortsOnBothSidesStayRelayedAndCostNothing() {
        Simulation.run("search-hopeless", SEEDS, network -> {
            Meeting meeting = new Meeting(network, NatBehaviour.SYMMETRIC_RANDOM, NatBehaviour.SYMMETRIC_RANDOM);
            meeting.start();

            Invariants.require(!meeting.findsADirectPath(FIND_NANOS), "a direct path where there can be none");

            Invariants.require(meeting.flows() <= GUESSING_FLOWS_MAX, meeting.flows() + " flows");
            Parcel parcel = meeting.alpha.send(meeting.beta);
            network.run(SECOND);
            Invariants.require(parcel.hasArrived(), "no packet through the relay");
        });
    }

    @Test
    void routerThatSuffersEndsTheSearch() {
        Simulation.run("search-suffers", SEEDS, network -> {
            Meeting meeting = new Meeting(network, NatBehaviour.SYMMETRIC_RANDOM, NatBehaviour.PORT_RESTRICTED);
            // Nothing is ever found, so only the router can end it.
            meeting.boxOfAlpha.refuse(meeting.boxOfBeta.address());
            meeting.start();
            int before = meeting.boxOfBeta.flows();
            meeting.boxOfBeta.sufferAbove(before + SUFFERING_FLOWS);

            meeting.findsADirectPath(FIND_NANOS);

            PathCounters counters = meeting.counters(meeting.beta);
            Invariants.require(counters.searchesStopped() == 1, counters.toString());
            // What three probes take to be missed, at 200 flows a second.
            Invariants.require(meeting.boxOfBeta.flowsBegun() <= SUFFERING_FLOWS + 2 * FLOWS_A_SECOND_MAX,
                    meeting.boxOfBeta.flowsBegun() + " flows");
            network.run(2 * SETTLING_NANOS);
            Invariants.require(meeting.alpha.extraSockets() == 0, "sockets are left");
        });
    }

    @Test
    void routerWithoutRoomForFurtherFlowsEndsTheSearch() {
        Simulation.run("search-full", SEEDS, network -> {
            NatBehaviour small = NatBehaviour.PORT_RESTRICTED.withFlowsMax(SMALL_TABLE);
            Meeting meeting = new Meeting(network, NatBehaviour.SYMMETRIC_RANDOM, small);
            meeting.boxOfAlpha.refuse(meeting.boxOfBeta.address());
            meeting.start();

            meeting.findsADirectPath(FIND_NANOS);

            Invariants.require(meeting.counters(meeting.beta).searchesStopped() == 1,
                    meeting.counters(meeting.beta).toString());
            Invariants.require(meeting.boxOfBeta.refused() <= 4 * FLOWS_A_SECOND_MAX,
                    meeting.boxOfBeta.refused() + " refused");
        });
    }

    @Test
    void searchInVainIsMadeOnceAnHourAndAgainInAnotherNetwork() {
        Simulation.run("search-vain", 1, network -> {
            Meeting meeting = new Meeting(network, NatBehaviour.SYMMETRIC_RANDOM, NatBehaviour.PORT_RESTRICTED);
            NatBox cafe = network.nat("box of a cafe", NatBehaviour.SYMMETRIC_RANDOM);
            meeting.boxOfAlpha.refuse(meeting.boxOfBeta.address());
            cafe.refuse(meeting.boxOfBeta.address());
            meeting.start();

            Invariants.require(!meeting.findsADirectPath(1_800 * SECOND), "found");
            Invariants.require(meeting.counters(meeting.alpha).searches() == 1, "in half an hour "
                    + meeting.counters(meeting.alpha));

            meeting.alpha.roam(cafe.inside());
            meeting.alpha.tellAddresses();
            Invariants.require(!meeting.findsADirectPath(600 * SECOND), "found");
            Invariants.require(meeting.counters(meeting.alpha).searches() == 2, "elsewhere "
                    + meeting.counters(meeting.alpha));
        });
    }

    @Test
    void whoMayNotUpgradeIsNotSearched() {
        Simulation.run("search-forbidden", 1, network -> {
            Meeting meeting = new Meeting(network, NatBehaviour.SYMMETRIC_RANDOM, NatBehaviour.PORT_RESTRICTED);
            meeting.start();
            meeting.beta.turn(node -> node.allowSignalling(meeting.beta.clockNanos(), false));

            Invariants.require(!meeting.findsADirectPath(FIND_NANOS), "found");
            Invariants.require(meeting.counters(meeting.alpha).searchFlows() == 0, "flows");
        });
    }

    @Test
    void socketOfAPathThatIsGoneIsClosed() {
        Simulation.run("search-gone", 2, network -> {
            Meeting meeting = new Meeting(network, NatBehaviour.SYMMETRIC_RANDOM, NatBehaviour.PORT_RESTRICTED);
            meeting.start();
            Invariants.require(meeting.findsADirectPath(FIND_NANOS), "not found");
            network.run(300 * SECOND);
            Invariants.require(meeting.isDirect(), "a quiet path is kept");
            Invariants.require(meeting.alpha.extraSockets() >= 1, "by its socket");

            meeting.boxOfAlpha.refuse(meeting.boxOfBeta.address());
            network.run(200 * SECOND);

            Invariants.require(meeting.alpha.extraSockets() == 0, meeting.alpha.extraSockets() + " sockets are left");
            Parcel parcel = meeting.alpha.send(meeting.beta);
            network.run(SECOND);
            Invariants.require(parcel.hasArrived(), "no packet through the relay");
        });
    }
}
