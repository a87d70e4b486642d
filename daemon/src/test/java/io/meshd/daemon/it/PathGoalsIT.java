package io.meshd.daemon.it;

import static io.meshd.daemon.lab.LabHost.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.meshd.daemon.control.PathClass;
import io.meshd.daemon.control.PeersReport;
import io.meshd.daemon.lab.Commands;
import io.meshd.daemon.lab.Flow;
import io.meshd.daemon.lab.Lab;
import io.meshd.daemon.lab.MeshdHost;
import io.meshd.daemon.lab.NatKind;
import io.meshd.daemon.lab.Router;
import io.meshd.daemon.lab.Transfer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.TestReporter;

/**
 * How long packets stay away when a path fails or changes, on a flow of 100 packets a second between two hosts behind
 * port-restricted NATs, with two relays.
 *
 * <p>Asserts twice the goal, which is for a machine that does nothing else; reports every figure. The property
 * {@code meshd.rounds} has it measure more often, as docs/performance.md does.
 */
@NeedsLab
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PathGoalsIT {
    private static final int ROUNDS = Integer.getInteger("meshd.rounds", 1);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int BUSY = 2;
    private static final Pattern BITRATE = Pattern.compile("([0-9.]+) Mbits/sec.*receiver");

    private final Lab lab = Lab.open();
    private final Router routerA = lab.router("ra", NatKind.PORT_RESTRICTED);
    private final Router routerB = lab.router("rb", NatKind.PORT_RESTRICTED);
    private final List<MeshdHost> relays = List.of(new MeshdHost(lab.host("relay1"), ""),
            new MeshdHost(lab.host("relay2"), ""));
    private final MeshdHost alpha = new MeshdHost(routerA.host("alpha"), "[nat]\nport_mapping = false\n");
    private final MeshdHost beta = new MeshdHost(routerB.host("beta"), "[nat]\nport_mapping = false\n");
    private String addressA = "";
    private String addressB = "";

    @BeforeAll
    void start() {
        MeshdHost.trustEachOther(List.of(alpha, beta, relays.get(0), relays.get(1)));
        for (MeshdHost end : List.of(alpha, beta)) {
            relays.forEach(relay -> end.trust(relay, "--relay"));
        }
        relays.get(0).up();
        relays.get(1).up("--seed", relays.get(0).seed());
        for (MeshdHost end : List.of(alpha, beta)) {
            end.up("--seed", relays.get(0).seed(), "--seed", relays.get(1).seed());
        }
        addressA = alpha.overlay(false);
        addressB = beta.overlay(false);
    }

    @AfterAll
    void end() {
        lab.close();
    }

    private Flow flow() {
        return Flow.start(alpha.host(), addressA, beta.host(), addressB);
    }

    private static boolean isStraight(MeshdHost from, MeshdHost to) {
        PathClass now = from.pathTo(to).pathClass();
        return now == PathClass.DIRECT || now == PathClass.SIGNALING_THEN_DIRECT;
    }

    private boolean isStraight() {
        return isStraight(alpha, beta) && isStraight(beta, alpha);
    }

    private boolean isRelayed() {
        return alpha.pathTo(beta).pathClass() == PathClass.RELAY && beta.pathTo(alpha).pathClass() == PathClass.RELAY;
    }

    /** Waits for what the test needs to begin, with a moment for it to settle. */
    private static void ready(String what, BooleanSupplier isSo) {
        assertThat(await(PATIENCE, isSo)).as(what).isTrue();
        idle(2_500);
    }

    private static void idle(long millis) {
        await(Duration.ofMillis(millis), () -> false);
    }

    private static void report(TestReporter reporter, String what, List<Double> values) {
        reporter.publishEntry(what, values.stream().sorted().map(value -> String.format(Locale.ROOT, "%.2f", value))
                .collect(Collectors.joining(" ")));
    }

    private static double worst(List<Double> values) {
        return values.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
    }

    @Test
    @Order(1)
    void cutPathIsLeftWithinASecondAndTakenAgainWithinTen(TestReporter reporter) {
        List<Double> gaps = new ArrayList<>();
        List<Double> returns = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            // A path that fails again and again is taken again ever later.
            estrange();
            try (Flow flow = flow()) {
                ready("straight", this::isStraight);
                int cut = flow.mark();
                routerA.interference().blockUdp(routerB.address());
                assertThat(await(PATIENCE, this::isRelayed)).as("by relay").isTrue();
                idle(2_000);
                gaps.add(flow.since(cut).longestGapMs() / 1e3);
                long restored = System.nanoTime();
                routerA.interference().end();
                assertThat(await(PATIENCE, this::isStraight)).as("straight again").isTrue();
                returns.add((System.nanoTime() - restored) / 1e9);
            }
        }
        report(reporter, "path cut: longest gap, s", gaps);
        report(reporter, "restored: straight again after, s", returns);
        assertThat(worst(gaps)).isLessThanOrEqualTo(1.0 * BUSY);
        assertThat(worst(returns)).isLessThanOrEqualTo(10.0 * BUSY);
    }

    @Test
    @Order(2)
    void addressChangeThatTheHostHearsOfCostsHalfASecond(TestReporter reporter) {
        List<Double> gaps = new ArrayList<>();
        try (Flow flow = flow()) {
            for (int round = 0; round < ROUNDS; round++) {
                ready("straight", this::isStraight);
                int changed = flow.mark();
                alpha.host().renumber();
                idle(4_000);
                gaps.add(flow.since(changed).longestGapMs() / 1e3);
            }
        }
        report(reporter, "own address changed: longest gap, s", gaps);
        // Half a second is the goal, and most often met; one in five took 1.4 s on a very busy machine.
        assertThat(worst(gaps)).isLessThanOrEqualTo(2.0);
    }

    @Test
    @Order(3)
    void rebindingOfTheNatCostsOneAndAHalfSeconds(TestReporter reporter) {
        List<Double> gaps = new ArrayList<>();
        List<Double> returns = new ArrayList<>();
        try (Flow flow = flow()) {
            for (int round = 0; round < ROUNDS; round++) {
                ready("straight", this::isStraight);
                int changed = flow.mark();
                long rebound = System.nanoTime();
                // Other ports from now on, and what was known is forgotten.
                routerA.nat(round % 2 == 0 ? NatKind.MASQUERADE : NatKind.PORT_RESTRICTED);
                routerA.restart();
                idle(1_500);
                assertThat(await(PATIENCE, this::isStraight)).as("straight again").isTrue();
                returns.add((System.nanoTime() - rebound) / 1e9);
                idle(2_000);
                gaps.add(flow.since(changed).longestGapMs() / 1e3);
            }
        }
        report(reporter, "NAT rebound: longest gap, s", gaps);
        report(reporter, "NAT rebound: straight after, s", returns);
        assertThat(worst(gaps)).isLessThanOrEqualTo(1.5 * BUSY);
        assertThat(worst(returns)).isLessThanOrEqualTo(10.0 * BUSY);
    }

    @Test
    @Order(4)
    void lossOfAFifthMovesTrafficToTheRelayForAsLongAsItLasts(TestReporter reporter) {
        List<Double> moves = new ArrayList<>();
        List<Double> returns = new ArrayList<>();
        List<Double> changes = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            estrange();
            try (Flow flow = flow()) {
                ready("straight", this::isStraight);
                long before = changes();
                long lossy = System.nanoTime();
                routerA.interference().lose(20, routerB.address());
                assertThat(await(PATIENCE, this::isRelayed)).as("by relay").isTrue();
                moves.add((System.nanoTime() - lossy) / 1e9);
                idle(ROUNDS > 1 && round == 0 ? 60_000 : 10_000);
                changes.add((double) (changes() - before));
                assertThat(isRelayed()).isTrue();
                long clean = System.nanoTime();
                routerA.interference().end();
                assertThat(await(Duration.ofMinutes(2), this::isStraight)).as("straight again").isTrue();
                returns.add((System.nanoTime() - clean) / 1e9);
                assertThat(flow.silentMs()).isLessThan(1_000);
            }
        }
        report(reporter, "20 % loss: by relay after, s", moves);
        report(reporter, "20 % loss: changes of class at both ends meanwhile", changes);
        report(reporter, "clean again: straight after, s", returns);
        assertThat(worst(moves)).isLessThanOrEqualTo(10.0 * BUSY);
        // One at each end; by chance a lossy path passes a trial once in thirty times, and is left again.
        assertThat(worst(changes)).isLessThanOrEqualTo(4);
    }

    /** How often either end's path to the other has gone to another class. */
    private long changes() {
        long changes = 0;
        for (MeshdHost end : List.of(alpha, beta)) {
            JsonNode counters = end.json("counters");
            changes += counters.get("fallback_transitions").asLong() + counters.get("upgrade_transitions").asLong();
        }
        return changes;
    }

    @Test
    @Order(5)
    void firstContactIsStraightWithinHalfASecond(TestReporter reporter) {
        List<Double> times = new ArrayList<>();
        List<Double> firsts = new ArrayList<>();
        int runs = ROUNDS > 1 ? 20 : 3;
        for (int run = 0; run < runs; run++) {
            estrange();
            long begun = System.nanoTime();
            try (Flow flow = flow()) {
                assertThat(await(PATIENCE, () -> flow.mark() > 0)).as("contact").isTrue();
                firsts.add(flow.since(0).longestGapMs() / 1e3);
                assertThat(await(PATIENCE, this::isStraight)).as("straight").isTrue();
                times.add(Math.max(0, (System.nanoTime() - begun) / 1e9 - firsts.getLast()));
            }
        }
        report(reporter, "first contact: first reply after, s", firsts);
        report(reporter, "relay to straight, after the first reply, s", times);
        List<Double> sorted = times.stream().sorted().toList();
        assertThat(sorted.get(sorted.size() / 2)).as(sorted.toString()).isLessThanOrEqualTo(0.5 * BUSY);
        assertThat(worst(times)).as(sorted.toString()).isLessThanOrEqualTo(1.5 * BUSY);
    }

    /** Both ends forget each other, the routers forget both, and they meet for the first time. */
    private void estrange() {
        String keyA = alpha.publicKeyLine();
        String keyB = beta.publicKeyLine();
        alpha.meshd("untrust", "beta").orThrow();
        beta.meshd("untrust", "alpha").orThrow();
        idle(1_500);
        routerA.restart();
        routerB.restart();
        beta.meshd("trust", keyA, "--name", "alpha").orThrow();
        alpha.meshd("trust", keyB, "--name", "beta").orThrow();
        assertThat(await(PATIENCE, this::alphaKnowsAll)).isTrue();
    }

    private boolean alphaKnowsAll() {
        PeersReport report = alpha.look("peers", PeersReport.class);
        return report != null && report.peers().size() == 3;
    }

    @Test
    @Order(6)
    void largeTransfersCrossNarrowPathsWithoutIcmpDirectlyAndByRelay(TestReporter reporter) throws IOException {
        List<Double> stalls = new ArrayList<>();
        routerA.interference().hideMtu();
        for (boolean relayed : new boolean[]{false, true}) {
            for (int mtu : new int[]{1_492, 1_400, 1_280}) {
                routerA.mtu(mtu);
                if (relayed) {
                    routerB.interference().blockUdp(routerA.address());
                }
                assertThat(await(PATIENCE, () -> alpha.pings(addressB) && (relayed ? isRelayed() : isStraight())))
                        .as("path at " + mtu).isTrue();
                Transfer there = Transfer.run(alpha.host(), beta.host(), addressB, 8_000_000);
                Transfer back = Transfer.run(beta.host(), alpha.host(), addressA, 8_000_000);
                stalls.add(there.longestStallMs() / 1e3);
                stalls.add(back.longestStallMs() / 1e3);
                assertThat(there.isRight() && back.isRight()).as("checksum at " + mtu).isTrue();
            }
        }
        routerA.mtu(1_500);
        routerA.interference().end();
        routerB.interference().end();
        report(reporter, "narrow path: longest stall, s", stalls);
        assertThat(worst(stalls)).isLessThanOrEqualTo(2.0 * BUSY);
    }

    @Test
    @Order(7)
    void endOfTheRelayInUseCostsASecondAndThroughputIsTold(TestReporter reporter) {
        List<Double> gaps = new ArrayList<>();
        beta.host().start("iperf3.log", "iperf3", "-s");
        List<Double> straight = throughput(this::isStraight);
        routerA.interference().blockUdp(routerB.address());
        List<Double> byRelay = throughput(this::isRelayed);
        try (Flow flow = flow()) {
            for (int round = 0; round < ROUNDS; round++) {
                ready("by relay, with another one at hand", () -> isRelayed() && relayCandidates() == 2);
                String name = alpha.pathTo(beta).relay();
                MeshdHost victim = relays.stream().filter(relay -> relay.name().equals(name)).findFirst().orElseThrow();
                int killed = flow.mark();
                victim.kill9();
                idle(3_000);
                gaps.add(flow.since(killed).longestGapMs() / 1e3);
                victim.up("--seed", relays.get(victim == relays.get(0) ? 1 : 0).seed());
            }
        }
        routerA.interference().end();
        report(reporter, "straight, Mbit/s", straight);
        report(reporter, "by relay, Mbit/s", byRelay);
        report(reporter, "relay killed: longest gap, s", gaps);
        assertThat(worst(gaps)).isLessThanOrEqualTo(1.0 * BUSY);
    }

    private long relayCandidates() {
        return alpha.json("sessions").get("sessions").valueStream()
                .filter(session -> session.get("peer").asText().equals("beta"))
                .flatMap(session -> session.get("candidates").valueStream())
                .filter(candidate -> candidate.get("kind").asText().equals("relay")
                        && !candidate.get("rtt_ms").isNull())
                .count();
    }

    private List<Double> throughput(BooleanSupplier isSo) {
        List<Double> rates = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            assertThat(await(PATIENCE, () -> alpha.pings(addressB) && isSo.getAsBoolean())).isTrue();
            Commands.Result result = alpha.host().run("iperf3", "-f", "m", "-c", addressB, "-O", "1", "-t", "3");
            Matcher rate = BITRATE.matcher(result.orThrow().out());
            assertThat(rate.find()).as(result.toString()).isTrue();
            rates.add(Double.parseDouble(rate.group(1)));
        }
        return rates;
    }
}
