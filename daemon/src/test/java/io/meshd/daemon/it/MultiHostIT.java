package io.meshd.daemon.it;

import static io.meshd.daemon.lab.LabHost.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.meshd.daemon.control.PathClass;
import io.meshd.daemon.docs.NotTyped;
import io.meshd.daemon.docs.Page;
import io.meshd.daemon.lab.Flow;
import io.meshd.daemon.lab.Lab;
import io.meshd.daemon.lab.MeshdHost;
import io.meshd.daemon.lab.MultiHost;
import io.meshd.daemon.lab.Walkthrough;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** The four hosts of {@code docs/examples/multi-host}, set up by every command of its README, with its configurations. */
@NeedsLab
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class MultiHostIT {
    private static final Page README = Page.of("docs/examples/multi-host/README.md");
    private static final Page TROUBLESHOOTING = Page.of("docs/troubleshooting.md");
    private static final Duration SETTLED_WITHIN = Duration.ofSeconds(20);

    private final Lab lab = Lab.open(MultiHost.OUTSIDE);
    private final MultiHost network = new MultiHost(lab, true);
    private final MeshdHost alpha = network.alpha();
    private final MeshdHost beta = network.beta();
    private final MeshdHost gamma = network.gamma();
    private final Walkthrough typed = new Walkthrough(lab)
            .where("ADDRESS-OF-RELAY", network.relay().host().address());

    @BeforeAll
    void followTheReadmeUpToTheStart() {
        follow("On each host");
        follow("Who trusts whom");
        follow("Start, relay first");
    }

    private void follow(String section) {
        assertThat(typed.follow(README, section::equals)).isPositive();
    }

    @AfterAll
    void end() {
        lab.close();
    }

    private static boolean isStraight(MeshdHost from, MeshdHost to) {
        PathClass now = from.pathTo(to).pathClass();
        return now == PathClass.DIRECT || now == PathClass.SIGNALING_THEN_DIRECT;
    }

    private static boolean are(MeshdHost one, MeshdHost other, PathClass pathClass) {
        return one.pathTo(other).pathClass() == pathClass && other.pathTo(one).pathClass() == pathClass;
    }

    /** Whether a pair comes to a path of this class while something is sent: idle ones are in no hurry. */
    private static boolean settles(MeshdHost one, MeshdHost other, PathClass pathClass) {
        return await(SETTLED_WITHIN, () -> one.pings(MultiHost.address(other)) && are(one, other, pathClass));
    }

    private Set<String> routes() {
        Set<String> routes = new TreeSet<>();
        for (MeshdHost host : network.hosts()) {
            for (JsonNode route : host.json("routes").get("routes")) {
                routes.add(host.name() + ": " + route.get("prefix").asText() + " " + route.get("peer").asText() + " "
                        + route.get("installed").asBoolean());
            }
        }
        return routes;
    }

    @Test
    @Order(1)
    void everyPairHasTheBestPathThatItsRoutersAllow() {
        follow("Look");

        assertThat(settles(alpha, beta, PathClass.DIRECT)).as("alpha and beta").isTrue();
        // Who hears the other before the signal that made it send may take that for a direct path.
        assertThat(await(SETTLED_WITHIN, () -> gamma.pings(MultiHost.address(beta))
                && isStraight(gamma, beta) && isStraight(beta, gamma)
                && (gamma.pathTo(beta).pathClass() == PathClass.SIGNALING_THEN_DIRECT
                        || beta.pathTo(gamma).pathClass() == PathClass.SIGNALING_THEN_DIRECT)))
                .as("gamma and beta").isTrue();
        assertThat(settles(gamma, alpha, PathClass.RELAY)).as("gamma and alpha").isTrue();
        assertThat(alpha.pathTo(gamma).relay()).isEqualTo("relay");
        assertThat(await(SETTLED_WITHIN, () -> alpha.json("status").get("nat").get("port_mapped").asBoolean()))
                .as("a peer has tried the mapped port").isTrue();
        assertThat(alpha.json("status").get("public_endpoints").toString()).contains(network.mappedEndpoint());
        for (MeshdHost from : network.hosts()) {
            for (MeshdHost to : network.hosts()) {
                assertThat(from == to || from.pings(MultiHost.address(to))).as(from.name() + " > " + to.name())
                        .isTrue();
            }
        }
    }

    @Test
    @Order(2)
    void everyHostKnowsAndRoutesThePrefixesOfTheOthers() {
        for (MeshdHost from : network.hosts()) {
            List<String> known = routes().stream().filter(route -> route.startsWith(from.name() + ": 10.42.")).toList();
            assertThat(known).hasSize(3).allMatch(route -> route.endsWith(" true"));
        }
    }

    @Test
    @Order(3)
    void cutDirectPathFallsBackToTheRelayAndReturnsWithoutAnyChangeOfPrefixes() {
        Set<String> before = routes();
        JsonNode counted = alpha.json("counters");
        try (Flow flow = Flow.start(alpha.host(), MultiHost.address(alpha), beta.host(), MultiHost.address(beta))) {
            assertThat(await(SETTLED_WITHIN, () -> flow.mark() > 3 * Flow.PER_SECOND)).as("flows").isTrue();

            int cut = flow.mark();
            network.cutDirectPath();
            assertThat(await(SETTLED_WITHIN, () -> are(alpha, beta, PathClass.RELAY))).as("by relay").isTrue();
            await(Duration.ofSeconds(2), () -> false);
            // A goal of a second; what a busy machine adds is not the daemon's.
            assertThat(flow.since(cut).longestGapMs()).as(() -> flow.since(cut).toString()).isLessThan(2_000);
            assertThat(routes()).isEqualTo(before);

            int restored = flow.mark();
            network.restoreDirectPath();
            assertThat(await(SETTLED_WITHIN, () -> are(alpha, beta, PathClass.DIRECT))).as("direct again").isTrue();
            await(Duration.ofSeconds(1), () -> false);
            assertThat(flow.since(restored).longestGapMs()).as(() -> flow.since(restored).toString())
                    .isLessThan(1_000);
        }
        assertThat(routes()).isEqualTo(before);
        JsonNode now = alpha.json("counters");
        for (String counter : List.of("fallback_transitions", "upgrade_transitions", "relay_usage")) {
            assertThat(now.get(counter).asLong()).as(counter).isGreaterThan(counted.get(counter).asLong());
        }
    }

    @Test
    @Order(4)
    void whatShowsASymptomCanBeTypedInThisNetwork() {
        assertThat(typed.once().amongFaults().follow(TROUBLESHOOTING)).isGreaterThan(20);
    }

    @Test
    @Order(5)
    void everythingStopsAsTheReadmeSays() {
        follow("Stop");

        for (MeshdHost host : network.hosts()) {
            assertThat(host.meshd("status").status()).isEqualTo(1);
            assertThat(host.host().run("ip", "link", "show", "mesh0").status()).isNotZero();
        }
        assertThat(Stream.of(README, TROUBLESHOOTING).flatMap(page -> page.commands().stream())
                .filter(command -> !NotTyped.names(command) && !typed.hasTyped(command)))
                .as("commands that were not typed").isEmpty();
    }
}
