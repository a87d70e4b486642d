package io.meshd.daemon.sim;

import static io.meshd.daemon.sim.SimulatedNetwork.MILLI;
import static io.meshd.daemon.sim.SimulatedNetwork.SECOND;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.nat.PathClass;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How long nothing arrives when something changes under a flow of 100 packets a second. Round trips take 40 ms. */
class MeshChangeTest {
    private static final int SEEDS = Integer.getInteger("meshd.simulation.seeds", 8);
    private static final Conditions WEATHER = Conditions.CLEAN.withDelay(20 * MILLI, 4 * MILLI);

    /** Two hosts in homes of their own behind boxes of a kind, and a relay on the internet. */
    private record Homes(SimulatedHost relay, SimulatedHost alpha, SimulatedHost beta, NatBox alphasBox) {
        static Homes make(SimulatedNetwork network, NatBehaviour behaviour) {
            network.conditions(WEATHER);
            SimulatedHost relay = network.host("relay");
            NatBox box = network.nat("alphas", behaviour);
            SimulatedHost alpha = network.host("alpha", box.inside());
            SimulatedHost beta = network.host("beta", network.nat("betas", behaviour).inside());
            relay.relaying(RelayedMesh.SERVING);
            network.trustAll();
            for (SimulatedHost end : List.of(alpha, beta)) {
                end.relayBy(relay);
                end.seed(relay);
            }
            relay.start();
            network.run(SECOND);
            alpha.start();
            beta.start();
            return new Homes(relay, alpha, beta, box);
        }
    }

    private static long gapNanos(SimulatedNetwork network, Homes homes, Runnable change) {
        network.run(20 * SECOND);
        Flow flow = Flow.between(network, homes.alpha, homes.beta, 15 * SECOND);
        network.run(8 * SECOND + network.random.nextLong(SECOND));
        assertThat(homes.alpha.view(homes.beta).pathClass()).isEqualTo(PathClass.SIGNALING_THEN_DIRECT);
        change.run();
        network.run(8 * SECOND);
        return flow.longestGapNanos();
    }

    private static List<Long> gaps(String name, BiConsumer<SimulatedNetwork, Homes> change) {
        List<Long> gaps = new ArrayList<>();
        Simulation.run(name, SEEDS, network -> {
            Homes homes = Homes.make(network, NatBehaviour.PORT_RESTRICTED);
            gaps.add(gapNanos(network, homes, () -> change.accept(network, homes)) / MILLI);
        });
        Collections.sort(gaps);
        return gaps;
    }

    @Test
    void addressChangesAndTheKernelTells() {
        List<Long> gaps = gaps("change-told", (network, homes) -> {
            homes.alpha.roam(network.nat("cafe", NatBehaviour.PORT_RESTRICTED).inside());
            homes.alpha.tellAddresses();
        });
        assertThat(gaps).as("ms: " + gaps).allMatch(gap -> gap <= 500);
    }

    @Test
    void addressChangesAndNobodyTells() {
        List<Long> gaps = gaps("change-untold",
                (network, homes) -> homes.alpha.roam(network.nat("cafe", NatBehaviour.PORT_RESTRICTED).inside()));
        assertThat(gaps).as("ms: " + gaps).allMatch(gap -> gap <= 1_500);
    }

    @Test
    void routerForgetsAllMappings() {
        List<Long> gaps = gaps("rebinding", (network, homes) -> homes.alphasBox.restart());
        assertThat(gaps).as("ms: " + gaps).allMatch(gap -> gap <= 1_500);
    }

    /** One direction is enough to make a path useless, and is harder to see. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void directPathIsCutSilently(boolean isOneWay) {
        List<Long> gaps = gaps("cut", (network, homes) -> {
            network.cutOneWay(homes.alpha, homes.beta);
            if (!isOneWay) {
                network.cutOneWay(homes.beta, homes.alpha);
            }
        });
        assertThat(gaps).as("ms: " + gaps).allMatch(gap -> gap <= 1_000);
    }

    /** From the first packet on, by the relay at first. */
    @Test
    void hostsBehindConesMeetDirectlySoonAfterTheirFirstPacket() {
        List<Long> times = new ArrayList<>();
        Simulation.run("first-contact", 4 * SEEDS, network -> {
            Homes homes = Homes.make(network, NatBehaviour.PORT_RESTRICTED);
            network.await(5 * SECOND, "a route", () -> homes.alpha.hasRoute(homes.beta));
            Parcel first = homes.alpha.send(homes.beta);
            long fromNanos = network.nowNanos();
            Flow.between(network, homes.alpha, homes.beta, 5 * SECOND);
            network.await(5 * SECOND, "the first packet", first::hasArrived);
            network.await(5 * SECOND, "a direct path", () -> isDirect(homes.alpha, homes.beta)
                    && isDirect(homes.beta, homes.alpha));
            times.add((network.nowNanos() - fromNanos) / MILLI);
        });
        Collections.sort(times);
        assertThat(times.get(times.size() / 2)).as("median of " + times).isLessThanOrEqualTo(500);
        assertThat(times.get(times.size() * 99 / 100)).as("99 % of " + times).isLessThanOrEqualTo(1_500);
    }

    private static boolean isDirect(SimulatedHost from, SimulatedHost to) {
        PathClass now = from.view(to).pathClass();
        return now == PathClass.DIRECT || now == PathClass.SIGNALING_THEN_DIRECT;
    }

    /** Keys younger than three minutes are kept; the address is another one, and no kernel told. */
    @ParameterizedTest
    @ValueSource(ints = {60, 600})
    void hostThatWakesElsewhereTalksAtOnce(int seconds) {
        List<Long> times = new ArrayList<>();
        Simulation.run("wakes", SEEDS, network -> {
            Homes homes = Homes.make(network, NatBehaviour.PORT_RESTRICTED);
            network.run(20 * SECOND);
            homes.alpha.send(homes.beta);
            network.run(5 * SECOND);
            homes.alpha.suspend();
            network.run(seconds * SECOND);
            homes.alpha.roam(network.nat("cafe", NatBehaviour.PORT_RESTRICTED).inside());
            homes.alpha.wake();
            long wokenNanos = network.nowNanos();
            List<Parcel> parcels = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                network.in(i * 10L * MILLI, () -> parcels.add(homes.alpha.send(homes.beta)));
            }
            network.await(5 * SECOND, "a packet", () -> parcels.stream().anyMatch(Parcel::hasArrived));
            times.add((network.nowNanos() - wokenNanos) / MILLI);
        });
        Collections.sort(times);
        assertThat(times).as("ms: " + times).allMatch(time -> time <= 1_500);
    }
}
