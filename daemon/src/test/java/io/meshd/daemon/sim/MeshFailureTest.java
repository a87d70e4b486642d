package io.meshd.daemon.sim;

import static io.meshd.daemon.sim.SimulatedNetwork.MILLI;
import static io.meshd.daemon.sim.SimulatedNetwork.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.protocol.MemberState;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MeshFailureTest {
    private static final int SEEDS = 3;
    /** Who restarts is back in 3 s, handshakes with everybody included. */
    private static final long ROUND_TRIPS_NANOS = 500 * MILLI;
    private static final long BACK_NANOS = 3 * SECOND - ROUND_TRIPS_NANOS;

    /** A mesh that has settled, in which everybody knows where the first host is. */
    private static List<SimulatedHost> settled(SimulatedNetwork network, int size) {
        List<SimulatedHost> hosts = network.mesh(size);
        hosts.forEach(host -> {
            host.seed(hosts.getFirst());
            host.start();
        });
        network.await(6 * SECOND, "the mesh forms", network::isWhole);
        network.run(10 * SECOND);
        return hosts;
    }

    private static boolean all(List<SimulatedHost> hosts, SimulatedHost but, Predicate<SimulatedHost> condition) {
        return hosts.stream().filter(host -> host != but && host.isAwake()).allMatch(condition);
    }

    @Test
    void crashedHostIsGoneAndComesBack() {
        Simulation.run("crash", SEEDS, network -> {
            List<SimulatedHost> hosts = settled(network, 5);
            SimulatedHost victim = hosts.get(2);

            victim.crash();
            network.await(12 * SECOND, "the crashed host is gone",
                    () -> all(hosts, victim, host -> !host.believesIn(victim) && !host.hasRoute(victim)));
            victim.start();
            network.await(BACK_NANOS, "the restarted host is back",
                    () -> network.isWhole() && all(hosts, victim, host -> host.hasRoute(victim)));

            network.run(ROUND_TRIPS_NANOS);
            Liveness.requireTraffic(network);
        });
    }

    @Test
    void hostThatRestartsAtOnceIsBackWithinSeconds() {
        Simulation.run("restart", SEEDS, network -> {
            List<SimulatedHost> hosts = settled(network, 4);
            SimulatedHost victim = hosts.get(1);

            victim.crash();
            network.run(300 * MILLI);
            victim.start();

            network.await(BACK_NANOS, "everybody talks with the new run", () -> network.isWhole()
                    && all(hosts, victim, host -> host.hasSession(victim) && hasEpoch(host, victim)));
            network.run(ROUND_TRIPS_NANOS);
            Liveness.requireTraffic(network);
        });
    }

    private static boolean hasEpoch(SimulatedHost host, SimulatedHost of) {
        var record = host.view(of).record();
        return record != null && record.epoch() == of.disk.epoch;
    }

    @Test
    void hostThatRestartsElsewhereIsFound() {
        Simulation.run("restart-elsewhere", SEEDS, network -> {
            List<SimulatedHost> hosts = settled(network, 4);
            SimulatedHost victim = hosts.get(3);

            victim.crash();
            victim.move(List.of(SimulatedNetwork.address("198.19.7.7")));
            network.run(SECOND);
            victim.start();

            network.await(BACK_NANOS, "the host is back", () -> network.isWhole() && all(hosts, victim,
                    host -> hasEpoch(host, victim)));
            network.run(ROUND_TRIPS_NANOS);
            Liveness.requireTraffic(network);
        });
    }

    @Test
    void runWithSmallerNumberIsBelievedOnItsOwnSession() {
        Simulation.run("lost-memory", SEEDS, network -> {
            List<SimulatedHost> hosts = settled(network, 4);
            SimulatedHost victim = hosts.get(1);

            victim.crash();
            network.run(20 * SECOND);
            victim.loseMemory();
            victim.setWallClockBack(3600 * SECOND);
            victim.start();

            network.await(15 * SECOND, "the host is back", () -> network.isWhole()
                    && all(hosts, victim, host -> hasEpoch(host, victim) && host.hasRoute(victim)));
            Liveness.requireTraffic(network);
        });
    }

    /** Its initiations are refused as old, as WireGuard must; so the others have to come to it. */
    @Test
    void hostWithoutTimestampsIsFoundByTheOthers() {
        Simulation.run("lost-timestamps", SEEDS, network -> {
            List<SimulatedHost> hosts = settled(network, 4);
            SimulatedHost victim = hosts.get(1);

            victim.crash();
            network.run(20 * SECOND);
            victim.loseMemory();
            victim.loseTimestamps();
            victim.setWallClockBack(3600 * SECOND);
            victim.start();

            network.await(30 * SECOND, "the host is back",
                    () -> network.isWhole() && all(hosts, victim, host -> hasEpoch(host, victim)));
            Liveness.requireTraffic(network);
        });
    }

    @Test
    void hostThatLeavesIsGoneAtOnce() {
        Simulation.run("leave", SEEDS, network -> {
            List<SimulatedHost> hosts = settled(network, 5);
            SimulatedHost leaver = hosts.get(4);

            leaver.leave();
            network.await(2 * SECOND, "all know that it left",
                    () -> all(hosts, leaver, host -> host.opinion(leaver) == MemberState.LEFT));
            network.await(SECOND, "its routes are gone", () -> all(hosts, leaver, host -> !host.hasRoute(leaver)));
            network.run(20 * SECOND);

            assertThat(leaver.isUp()).isFalse();
            assertThat(all(hosts, leaver, host -> host.opinion(leaver) == MemberState.LEFT && !host.hasRoute(leaver)))
                    .isTrue();
            leaver.start();
            network.await(3 * SECOND, "it is back", network::isWhole);
        });
    }

    @Test
    void packetsToHostThatIsGoneAreAnsweredWithUnreachable() {
        Simulation.run("unreachable", SEEDS, network -> {
            List<SimulatedHost> hosts = settled(network, 3);
            SimulatedHost alpha = hosts.get(0);
            SimulatedHost leaver = hosts.get(2);
            leaver.leave();
            network.run(3 * SECOND);

            long before = alpha.icmpErrors();
            Parcel parcel = alpha.send(leaver);

            assertThat(parcel.hasArrived()).isFalse();
            assertThat(alpha.icmpErrors()).isEqualTo(before + 1);
        });
    }

    /** While sessions live on both sides, while they give up, and long after. */
    @ParameterizedTest
    @ValueSource(ints = {30, 100, 170, 600})
    void partitionHealsWithoutSeeds(int seconds) {
        Simulation.run("partition-" + seconds, seconds < 600 ? 3 : 1, network -> {
            List<SimulatedHost> hosts = settled(network, 5);
            hosts.forEach(SimulatedHost::forgetSeeds);
            List<SimulatedHost> side = hosts.subList(0, 2);

            network.partition(side);
            network.await(20 * SECOND, "the sides lose each other", () -> hosts.stream()
                    .allMatch(a -> hosts.stream().allMatch(b -> side.contains(a) == side.contains(b)
                            || !a.believesIn(b))));
            network.run((seconds - 20) * SECOND);
            network.mendAll();

            network.await(10 * SECOND, "the sides find each other", network::isWhole);
            // A handshake that was under way is repeated after 5 s.
            network.run(6 * SECOND);
            Liveness.requireTraffic(network);
        });
    }

    @Test
    void oneWayCutKeepsMembersButNotForEver() {
        Simulation.run("one-way", SEEDS, network -> {
            List<SimulatedHost> hosts = settled(network, 4);

            network.cutOneWay(hosts.get(1), hosts.get(2));
            network.run(60 * SECOND);

            // The others reach both, so neither is taken for dead by them.
            assertThat(hosts.get(0).believesIn(hosts.get(1)) && hosts.get(0).believesIn(hosts.get(2))).isTrue();
            assertThat(hosts.get(3).believesIn(hosts.get(1)) && hosts.get(3).believesIn(hosts.get(2))).isTrue();
            Liveness.require(network);
        });
    }

    @Test
    void roamingHostKeepsItsSessionsAndMembers() {
        Simulation.run("roaming", SEEDS, network -> {
            List<SimulatedHost> hosts = settled(network, 4);
            SimulatedHost roamer = hosts.get(2);
            long sessions = roamer.sessionsMade();

            roamer.move(List.of(SimulatedNetwork.address("198.19.3.3")));
            network.run(500 * MILLI);
            List<Parcel> parcels = new ArrayList<>();
            for (SimulatedHost other : hosts) {
                if (other != roamer) {
                    parcels.add(other.send(roamer));
                    parcels.add(roamer.send(other));
                }
            }
            network.run(100 * MILLI);

            assertThat(parcels).allMatch(Parcel::hasArrived);
            assertThat(roamer.sessionsMade()).isEqualTo(sessions);
            assertThat(network.isWhole()).isTrue();
        });
    }

    @Test
    void hostThatSleptTwoMinutesIsBackSoonAfterItWakes() {
        Simulation.run("suspend", SEEDS, network -> {
            List<SimulatedHost> hosts = settled(network, 4);
            SimulatedHost sleeper = hosts.get(1);

            sleeper.suspend();
            network.run(120 * SECOND);
            assertThat(all(hosts, sleeper, host -> !host.believesIn(sleeper))).isTrue();
            sleeper.wake();

            network.await(10 * SECOND, "the host is back", network::isWhole);
            Liveness.requireTraffic(network);
        });
    }

    /** About as long as membership believes in who is silent: some give up when the other was only just heard. */
    @Test
    void twoHostsThatLoseEachOtherForSecondsAgreeSoonAgain() {
        Simulation.run("pair", 300, network -> {
            List<SimulatedHost> hosts = settled(network, 2);
            network.conditions(Conditions.CLEAN.withDelay(40 * MILLI, 15 * MILLI).withLoss(0.1));
            long flowNanos = network.random.nextLong(2 * SECOND, 4 * SECOND);
            Flow.between(network, hosts.get(0), hosts.get(1), flowNanos);
            network.run(flowNanos);

            network.cut(hosts.get(0), hosts.get(1));
            network.run(network.random.nextLong(4 * SECOND, 8 * SECOND));
            network.mendAll();
            network.conditions(Conditions.CLEAN);

            network.await(12 * SECOND, "the two agree", network::isWhole);
            network.run(3 * SECOND);
            Liveness.requireTraffic(network);
        });
    }

    @Test
    void shortSleepLosesNobody() {
        Simulation.run("nap", SEEDS, network -> {
            List<SimulatedHost> hosts = settled(network, 4);
            SimulatedHost sleeper = hosts.get(1);

            sleeper.suspend();
            network.run(SECOND);
            sleeper.wake();
            network.run(10 * SECOND);

            assertThat(network.isWhole()).isTrue();
        });
    }
}
