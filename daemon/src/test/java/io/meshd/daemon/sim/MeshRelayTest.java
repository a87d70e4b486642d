package io.meshd.daemon.sim;

import static io.meshd.daemon.sim.SimulatedNetwork.MILLI;
import static io.meshd.daemon.sim.SimulatedNetwork.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.node.RelaySettings;
import io.meshd.nat.CandidateKind;
import io.meshd.nat.PathClass;
import io.meshd.protocol.DropReason;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Two hosts that cannot reach each other talk through relays. */
class MeshRelayTest {
    private static final int SEEDS = 20;

    @Test
    void hostsThatCannotReachEachOtherTalkThroughARelay() {
        Simulation.run("relay", SEEDS, network -> {
            RelayedMesh mesh = new RelayedMesh(network, 2);
            mesh.start();
            Parcel there = mesh.alpha.send(mesh.gamma);
            Parcel back = mesh.gamma.send(mesh.alpha);
            network.run(200 * MILLI);
            assertThat(there.hasArrived()).isTrue();
            assertThat(back.hasArrived()).isTrue();
            assertThat(mesh.alpha.view(mesh.gamma).pathClass()).isEqualTo(PathClass.RELAY);
            assertThat(mesh.alpha.view(mesh.gamma).candidates())
                    .anyMatch(candidate -> candidate.kind() == CandidateKind.RELAY);
            assertThat(mesh.alpha.node().counters().relayUsage()).isPositive();
            assertThat(mesh.relayInUse(mesh.alpha, mesh.gamma).node().counters().relayedForOthers()).isPositive();
            assertThat(mesh.relays).allMatch(relay -> relay.node().counters().relayUsage() == 0);
        });
    }

    @Test
    void firstPacketsFlowAtOnce() {
        Simulation.run("relay-first-packet", SEEDS, network -> {
            RelayedMesh mesh = new RelayedMesh(network, 2);
            mesh.relays.forEach(SimulatedHost::start);
            mesh.alpha.start();
            network.run(5 * SECOND);
            mesh.gamma.start();
            network.await(5 * SECOND, "a route", () -> mesh.alpha.hasRoute(mesh.gamma));
            Parcel first = mesh.alpha.send(mesh.gamma);
            // Opening, handshake and the packet, each twice 10 ms; the direct path would never answer.
            network.await(400 * MILLI, "the first packet", first::hasArrived);
        });
    }

    @Test
    void flowSurvivesTheRelayThatCarriesIt() {
        Simulation.run("relay-killed", SEEDS, network -> {
            RelayedMesh mesh = new RelayedMesh(network, 2);
            mesh.start();
            Flow flow = mesh.flow(20 * SECOND);
            network.run(8 * SECOND);
            SimulatedHost victim = mesh.relayInUse(mesh.alpha, mesh.gamma);
            victim.crash();
            network.run(13 * SECOND);
            assertThat(flow.longestGapNanos()).isLessThanOrEqualTo(SECOND);
            assertThat(mesh.relayInUse(mesh.alpha, mesh.gamma)).isNotSameAs(victim);
        });
    }

    @Test
    void flowSurvivesTheRelaysGoodbyeAlmostWithoutLoss() {
        Simulation.run("relay-leaves", SEEDS, network -> {
            RelayedMesh mesh = new RelayedMesh(network, 2);
            mesh.start();
            Flow flow = mesh.flow(10 * SECOND);
            network.run(5 * SECOND);
            SimulatedHost leaver = mesh.relayInUse(mesh.alpha, mesh.gamma);
            leaver.relaying(RelaySettings.GUEST);
            network.run(6 * SECOND);
            assertThat(flow.longestGapNanos()).isLessThanOrEqualTo(100 * MILLI);
            assertThat(mesh.relayInUse(mesh.alpha, mesh.gamma)).isNotSameAs(leaver);
        });
    }

    @Test
    void directPathThatIsCutFallsBackAndReturns() {
        Simulation.run("relay-fallback", SEEDS, network -> {
            RelayedMesh mesh = new RelayedMesh(network, 2);
            network.mend(mesh.alpha, mesh.gamma);
            mesh.start();
            Flow flow = mesh.flow(50 * SECOND);
            network.run(10 * SECOND);
            assertThat(mesh.alpha.view(mesh.gamma).pathClass()).isEqualTo(PathClass.DIRECT);
            network.cut(mesh.alpha, mesh.gamma);
            network.run(15 * SECOND);
            assertThat(mesh.alpha.view(mesh.gamma).pathClass()).isEqualTo(PathClass.RELAY);
            network.mend(mesh.alpha, mesh.gamma);
            network.await(10 * SECOND, "the direct path again",
                    () -> mesh.alpha.view(mesh.gamma).pathClass() == PathClass.DIRECT
                            && mesh.gamma.view(mesh.alpha).pathClass() == PathClass.DIRECT);
            network.run(16 * SECOND);
            assertThat(flow.longestGapNanos()).isLessThanOrEqualTo(SECOND);
            assertThat(mesh.alpha.node().counters().fallbackTransitions()).isPositive();
            assertThat(mesh.alpha.node().counters().upgradeTransitions()).isPositive();
        });
    }

    @Test
    void lossyDirectPathIsLeftForACleanRelayAndTakenAgainWhenClean() {
        Simulation.run("relay-loss", SEEDS, network -> {
            RelayedMesh mesh = new RelayedMesh(network, 2);
            network.mend(mesh.alpha, mesh.gamma);
            mesh.start();
            mesh.flow(120 * SECOND);
            network.run(10 * SECOND);
            network.conditions(mesh.alpha, mesh.gamma, Conditions.CLEAN.withLoss(0.2));
            network.await(10 * SECOND, "traffic on a relay", () -> mesh.isRelayed(mesh.alpha, mesh.gamma));
            network.run(15 * SECOND);
            network.conditions(mesh.alpha, mesh.gamma, Conditions.CLEAN);
            network.await(80 * SECOND, "the direct path again",
                    () -> !mesh.isRelayed(mesh.alpha, mesh.gamma) && !mesh.isRelayed(mesh.gamma, mesh.alpha));
        });
    }

    @Test
    void steadyFlowOnAGoodDirectPathNeverChangesIt() {
        Simulation.run("relay-steady", 3, network -> {
            RelayedMesh mesh = new RelayedMesh(network, 2);
            network.mend(mesh.alpha, mesh.gamma);
            mesh.start();
            mesh.flow(SECOND);
            network.run(10 * SECOND);
            long before = mesh.alpha.node().insight().pathCounters().pathChanges();
            for (int i = 0; i < 3_000; i++) {
                mesh.alpha.send(mesh.gamma);
                mesh.gamma.send(mesh.alpha);
                network.run(100 * MILLI);
            }
            assertThat(mesh.alpha.node().insight().pathCounters().pathChanges()).isEqualTo(before);
        });
    }

    @Test
    void sessionsAreRenewedThroughTheRelay() {
        Simulation.run("relay-rekey", 5, network -> {
            RelayedMesh mesh = new RelayedMesh(network, 1);
            mesh.start();
            List<Parcel> parcels = new ArrayList<>();
            long sessions = mesh.alpha.sessionsMade();
            for (int i = 0; i < 3_000; i++) {
                parcels.add(mesh.alpha.send(mesh.gamma));
                network.run(100 * MILLI);
            }
            network.run(SECOND);
            assertThat(parcels.stream().filter(parcel -> !parcel.hasArrived()).count()).isZero();
            assertThat(mesh.alpha.sessionsMade() - sessions).isGreaterThan(2);
        });
    }

    @Test
    void relayThatIsNotMarkedAtBothEndsCarriesNothing() {
        Simulation.run("relay-unmarked", 5, network -> {
            RelayedMesh mesh = new RelayedMesh(network, 1);
            mesh.gamma.trust(mesh.relays.getFirst());
            mesh.start();
            Parcel there = mesh.alpha.send(mesh.gamma);
            Parcel back = mesh.gamma.send(mesh.alpha);
            network.run(10 * SECOND);
            assertThat(there.hasArrived() || back.hasArrived()).isFalse();
            assertThat(mesh.relays.getFirst().node().counters().relayedForOthers()).isZero();
        });
    }

    @Test
    void hostThatAllowsNoRelaySendsAndAcceptsNothingThroughOne() {
        Simulation.run("relay-forbidden", 5, network -> {
            RelayedMesh mesh = new RelayedMesh(network, 2);
            mesh.gamma.relaying(new RelaySettings(false, false, 0, 0));
            mesh.start();
            Parcel there = mesh.alpha.send(mesh.gamma);
            Parcel back = mesh.gamma.send(mesh.alpha);
            network.run(10 * SECOND);
            assertThat(there.hasArrived() || back.hasArrived()).isFalse();
            assertThat(mesh.gamma.node().counters().relayUsage()).isZero();
            mesh.gamma.relaying(RelaySettings.GUEST);
            network.await(90 * SECOND, "talk once it is allowed", () -> {
                Parcel again = mesh.gamma.send(mesh.alpha);
                network.run(SECOND);
                return again.hasArrived();
            });
            mesh.gamma.relaying(new RelaySettings(false, false, 0, 0));
            Parcel late = mesh.alpha.send(mesh.gamma);
            network.run(5 * SECOND);
            assertThat(late.hasArrived()).isFalse();
        });
    }

    @Test
    void relayThatServesTooManyRefuses() {
        Simulation.run("relay-quota", 5, network -> {
            RelayedMesh mesh = new RelayedMesh(network, 1);
            mesh.relays.getFirst().relaying(new RelaySettings(true, true, 1, 0));
            mesh.start();
            Parcel there = mesh.alpha.send(mesh.gamma);
            network.run(5 * SECOND);
            assertThat(there.hasArrived()).isFalse();
            mesh.relays.getFirst().relaying(RelayedMesh.SERVING);
            network.await(60 * SECOND, "room at the relay", () -> {
                Parcel again = mesh.alpha.send(mesh.gamma);
                network.run(SECOND);
                return again.hasArrived();
            });
        });
    }

    @Test
    void relayCarriesNoMoreThanItsLimit() {
        Simulation.run("relay-rate", 5, network -> {
            RelayedMesh mesh = new RelayedMesh(network, 1);
            mesh.relays.getFirst().relaying(new RelaySettings(true, true, 32, 10_000));
            mesh.start();
            Flow flow = mesh.flow(10 * SECOND);
            network.run(11 * SECOND);
            // 2000 packets of 100 bytes and their headers are 30 kB a second, three times the limit.
            assertThat(flow.lost()).isBetween(1_000L, 1_700L);
            assertThat(mesh.relays.getFirst().node().counters().drops(DropReason.RATE_LIMITED)).isPositive();
        });
    }

    @Test
    void relayIsUsedWhileNothingBetterIsThereAndGivenBackThen() {
        Simulation.run("relay-given-back", 5, network -> {
            RelayedMesh mesh = new RelayedMesh(network, 1);
            mesh.start();
            mesh.flow(5 * SECOND);
            network.run(5 * SECOND);
            assertThat(mesh.isRelayed(mesh.alpha, mesh.gamma)).isTrue();
            network.mend(mesh.alpha, mesh.gamma);
            mesh.flow(40 * SECOND);
            network.run(75 * SECOND);
            assertThat(mesh.alpha.view(mesh.gamma).pathClass()).isEqualTo(PathClass.DIRECT);
            assertThat(mesh.alpha.view(mesh.gamma).candidates())
                    .noneMatch(candidate -> candidate.kind() == CandidateKind.RELAY);
        });
    }

    @Test
    void relayIsNeverReachedByARelay() {
        Simulation.run("relay-one-hop", 5, network -> {
            RelayedMesh mesh = new RelayedMesh(network, 2);
            SimulatedHost near = mesh.relays.get(0);
            SimulatedHost far = mesh.relays.get(1);
            // alpha reaches only near, gamma only far; near and far reach each other: two hops would do it.
            network.cut(mesh.alpha, far);
            network.cut(mesh.gamma, near);
            near.relayBy(far);
            far.relayBy(near);
            network.hosts().forEach(SimulatedHost::start);
            network.run(20 * SECOND);
            Parcel there = mesh.alpha.send(mesh.gamma);
            network.run(10 * SECOND);
            assertThat(there.hasArrived()).isFalse();
        });
    }

    @Test
    void largePacketsAreDividedOrRefusedButDoNotVanish() {
        Simulation.run("relay-mtu", 5, network -> {
            RelayedMesh mesh = new RelayedMesh(network, 1);
            mesh.start();
            mesh.alpha.send(mesh.gamma);
            network.run(SECOND);
            Parcel divisible = mesh.alpha.send(mesh.gamma, mesh.gamma.overlay(false), 1_420);
            Parcel fits = mesh.alpha.send(mesh.gamma, mesh.gamma.overlay(true), 1_380);
            long errors = mesh.alpha.icmpErrors();
            Parcel whole = mesh.alpha.send(mesh.gamma, mesh.gamma.overlay(true), 1_420);
            network.run(SECOND);
            assertThat(divisible.hasArrived()).isTrue();
            assertThat(fits.hasArrived()).isTrue();
            assertThat(whole.hasArrived()).isFalse();
            assertThat(mesh.alpha.icmpErrors()).isEqualTo(errors + 1);
        });
    }

    @Test
    void nothingIsLargerOnTheWireThanOnADirectPath() {
        Simulation.run("relay-size", 3, network -> {
            RelayedMesh mesh = new RelayedMesh(network, 1);
            mesh.start();
            List<Integer> sizes = new ArrayList<>();
            network.wiretap(datagram -> sizes.add(datagram.payload().length()));
            for (int length = 1_300; length <= 1_420; length++) {
                mesh.alpha.send(mesh.gamma, mesh.gamma.overlay(false), length);
                network.run(20 * MILLI);
            }
            assertThat(sizes).isNotEmpty().allMatch(size -> size <= 1_420 + 32);
        });
    }
}
