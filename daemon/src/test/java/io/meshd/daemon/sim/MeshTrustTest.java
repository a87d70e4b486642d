package io.meshd.daemon.sim;

import static io.meshd.daemon.sim.SimulatedNetwork.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.node.Counters;
import io.meshd.identity.IpAddress;
import io.meshd.identity.Prefix;
import io.meshd.protocol.DropReason;
import io.meshd.protocol.MemberState;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MeshTrustTest {
    private static final int SEEDS = 3;

    private static List<SimulatedHost> settled(SimulatedNetwork network, int size) {
        List<SimulatedHost> hosts = network.mesh(size);
        hosts.forEach(host -> {
            host.seed(hosts.getFirst());
            host.start();
        });
        network.await(6 * SECOND, "the mesh forms", network::isWhole);
        network.run(5 * SECOND);
        return hosts;
    }

    private static Prefix prefix(String text) {
        return Prefix.parse(text).orThrow();
    }

    private static IpAddress address(String text) {
        return IpAddress.parse(text).orThrow();
    }

    @Test
    void untrustedPeerIsGoneWithinTheCall() {
        Simulation.run("untrust", SEEDS, network -> {
            List<SimulatedHost> hosts = settled(network, 4);
            SimulatedHost alpha = hosts.get(0);
            SimulatedHost beta = hosts.get(1);
            List<Parcel> late = List.of(beta.send(alpha), beta.send(alpha));

            alpha.untrust(beta);
            late.forEach(parcel -> assertThat(parcel.hasArrived()).isFalse());
            Parcel out = alpha.send(beta);
            network.run(60 * SECOND);

            // Neither what was on its way nor anything later passes, and the gossip of the others brings nobody back.
            assertThat(late).noneMatch(Parcel::hasArrived);
            assertThat(out.hasArrived()).isFalse();
            assertThat(beta.send(alpha).hasArrived()).isFalse();
            assertThat(alpha.node().neighbours(alpha.clockNanos()))
                    .noneMatch(view -> view.grant().name().equals("beta"));
            assertThat(alpha.node().routes()).noneMatch(route -> route.peer().equals("beta"));
            assertThat(hosts.get(2).believesIn(beta)).isTrue();
            assertThat(hosts.get(2).believesIn(alpha)).isTrue();

            alpha.trust(beta);
            network.await(20 * SECOND, "trusted again", network::isWhole);
            Liveness.requireTraffic(network);
        });
    }

    @Test
    void nodeOfAnotherNetworkGetsNoPacketThrough() {
        Simulation.run("wrong-network", SEEDS, network -> {
            List<SimulatedHost> hosts = network.mesh(3);
            SimulatedHost alpha = hosts.get(0);
            SimulatedHost stranger = hosts.get(2);
            stranger.networkId("other-net");
            hosts.forEach(host -> {
                host.seed(alpha);
                host.start();
            });
            network.run(10 * SECOND);

            Parcel in = stranger.send(alpha);
            // Not even when it stops caring for records itself.
            stranger.trustAsStock(alpha);
            Parcel forced = stranger.send(alpha);
            network.run(20 * SECOND);

            Counters counters = alpha.node().counters();
            assertThat(in.hasArrived() || forced.hasArrived()).isFalse();
            assertThat(counters.claimsWrongNetwork()).isPositive();
            assertThat(counters.claimsWrongPrefix()).isZero();
            assertThat(stranger.hasSessionAsStock(alpha)).isTrue();
            assertThat(alpha.opinion(stranger)).isEqualTo(MemberState.UNKNOWN);
            assertThat(alpha.hasRoute(stranger)).isFalse();
            assertThat(alpha.believesIn(hosts.get(1))).isTrue();
        });
    }

    @Test
    void claimOfMoreThanGrantedCountsAndChangesNothing() {
        Simulation.run("wrong-prefix", SEEDS, network -> {
            List<SimulatedHost> hosts = settled(network, 3);
            SimulatedHost alpha = hosts.get(0);
            SimulatedHost beta = hosts.get(1);
            long before = alpha.node().counters().claimsWrongPrefix();
            List<Prefix> claimed = new ArrayList<>(beta.settings().prefixes());
            claimed.add(prefix("10.77.0.0/16"));

            beta.claim(claimed);
            network.run(5 * SECOND);
            Parcel parcel = alpha.send(beta, address("10.77.0.1"), 100);
            network.run(SECOND);

            assertThat(alpha.node().counters().claimsWrongPrefix()).isEqualTo(before + 1);
            assertThat(parcel.hasArrived()).isFalse();
            assertThat(alpha.hasRoute(beta)).isTrue();
            Liveness.requireTraffic(network);
        });
    }

    @Test
    void packetFromAddressOfAnotherOwnerIsDroppedAndCounted() {
        Simulation.run("unauthorized-source", SEEDS, network -> {
            List<SimulatedHost> hosts = settled(network, 3);
            SimulatedHost alpha = hosts.get(0);
            SimulatedHost beta = hosts.get(1);
            SimulatedHost gamma = hosts.get(2);
            long before = alpha.node().counters().drops(DropReason.UNAUTHORIZED_SOURCE);

            List<Parcel> forged = List.of(
                    beta.send(alpha, gamma.overlay(false), alpha.overlay(false), 100),
                    beta.send(alpha, gamma.overlay(true), alpha.overlay(true), 100),
                    beta.send(alpha, address("192.0.2.9"), alpha.overlay(false), 100),
                    beta.send(alpha, alpha.overlay(false), alpha.overlay(false), 100));
            network.run(SECOND);

            assertThat(forged).noneMatch(Parcel::hasArrived);
            assertThat(alpha.node().counters().drops(DropReason.UNAUTHORIZED_SOURCE)).isEqualTo(before + 4);
            Liveness.requireTraffic(network);
        });
    }

    @Test
    void prefixChangesLiveWithoutANewSession() {
        Simulation.run("prefix-change", SEEDS, network -> {
            List<SimulatedHost> hosts = settled(network, 3);
            SimulatedHost alpha = hosts.get(0);
            SimulatedHost beta = hosts.get(1);
            Prefix fresh = prefix("10.42.1.0/24");
            List<Prefix> granted = new ArrayList<>(beta.settings().prefixes());
            granted.add(fresh);
            hosts.stream().filter(host -> host != beta).forEach(host -> host.trust(beta, granted));
            long sessions = alpha.sessionsMade();
            assertThat(alpha.node().routes()).anyMatch(route -> route.prefix().equals(fresh) && !route.active());

            beta.claim(granted);
            network.await(SECOND, "the new route", () -> alpha.node().routes().stream()
                    .anyMatch(route -> route.prefix().equals(fresh) && route.active()));
            Parcel parcel = alpha.send(beta, address("10.42.1.9"), 100);
            network.run(SECOND);
            assertThat(parcel.hasArrived()).isTrue();
            assertThat(alpha.sessionsMade()).isEqualTo(sessions);

            beta.claim(List.of(fresh));
            network.await(SECOND, "the old routes are withdrawn",
                    () -> alpha.node().routes().stream().filter(route -> route.peer().equals("beta"))
                            .allMatch(route -> route.active() == route.prefix().equals(fresh)));
        });
    }

    @Test
    void oneSidedTrustIsSilence() {
        Simulation.run("one-sided", SEEDS, network -> {
            SimulatedHost alpha = network.host("alpha");
            SimulatedHost beta = network.host("beta");
            alpha.trust(beta);
            alpha.seed(beta);
            alpha.start();
            beta.start();
            network.run(30 * SECOND);

            assertThat(alpha.hasSession(beta)).isFalse();
            assertThat(beta.node().counters().rejectedHandshakes()).isPositive();
            assertThat(beta.housekeeping()).isZero();
        });
    }
}
