package io.meshd.daemon.it;

import static io.meshd.daemon.lab.LabHost.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.meshd.daemon.lab.Lab;
import io.meshd.daemon.lab.LabHost;
import io.meshd.daemon.lab.MeshdHost;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/** Two hosts between which nothing passes talk through a third, which sees nothing of it, and survive its end. */
@NeedsLab
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RelayIT {
    private static final String SECRET = "secret-innerdata";
    private static final Duration TRANSFER = Duration.ofSeconds(40);

    private final Lab lab = Lab.open();
    private MeshdHost alpha;
    private MeshdHost gamma;
    private List<MeshdHost> relays;

    @BeforeAll
    void start() {
        alpha = new MeshdHost(lab.host("alpha"), "");
        gamma = new MeshdHost(lab.host("gamma"), "");
        relays = List.of(new MeshdHost(lab.host("relay1"), ""), new MeshdHost(lab.host("relay2"), ""));
        MeshdHost.trustEachOther(List.of(alpha, gamma, relays.get(0), relays.get(1)));
        for (MeshdHost relay : relays) {
            alpha.trust(relay, "--relay");
            gamma.trust(relay, "--relay");
        }
        block(alpha.host(), gamma.host());
        block(gamma.host(), alpha.host());
        relays.get(0).up();
        relays.get(1).up("--seed", relays.get(0).seed());
        for (MeshdHost end : List.of(alpha, gamma)) {
            end.up("--seed", relays.get(0).seed(), "--seed", relays.get(1).seed());
        }
    }

    @AfterAll
    void end() {
        lab.close();
    }

    /** Nothing comes from the other host on the wire. */
    private static void block(LabHost at, LabHost other) {
        at.run("nft", "add table inet wall").orThrow();
        at.run("nft", "add chain inet wall in { type filter hook input priority 0; }").orThrow();
        at.run("nft", "add rule inet wall in ip saddr " + other.address() + " drop").orThrow();
        at.run("nft", "add rule inet wall in ip6 saddr " + other.address6() + " drop").orThrow();
    }

    private static JsonNode path(MeshdHost from, MeshdHost to) {
        for (JsonNode peer : from.json("peers").get("peers")) {
            if (peer.get("name").asText().equals(to.name())) {
                return peer.get("path");
            }
        }
        throw new IllegalStateException(from.name() + " knows no " + to.name());
    }

    @Test
    @Order(1)
    void hostsTalkThroughARelayAtOnceAndSayWhich() {
        assertThat(await(Duration.ofSeconds(5), () -> alpha.pings(gamma.overlay(false)))).isTrue();
        assertThat(gamma.pings(alpha.overlay(true))).isTrue();
        JsonNode path = path(alpha, gamma);
        assertThat(path.get("class").asText()).isEqualTo("relay");
        assertThat(path.get("relay").asText()).isIn("relay1", "relay2");
        assertThat(path.get("endpoint").isNull()).isTrue();
        assertThat(alpha.json("counters").get("relay_usage").asLong()).isPositive();
        assertThat(alpha.json("sessions").get("by_class").get("relay").asInt()).isEqualTo(1);
        assertThat(alpha.json("sessions").toString()).contains("\"kind\":\"relay\"");
    }

    @Test
    @Order(2)
    void relaySeesNothingOfWhatItCarries() throws IOException {
        for (MeshdHost relay : relays) {
            relay.host().start("capture.log", "tcpdump", "-U", "-i", "any", "-w",
                    relay.host().home().resolve("capture.pcap").toString());
        }
        alpha.host().start("capture.log", "tcpdump", "-U", "-i", "mesh0", "-w",
                alpha.host().home().resolve("capture.pcap").toString());
        await(Duration.ofSeconds(3), () -> Files.exists(alpha.host().home().resolve("capture.pcap")));
        StringBuilder hex = new StringBuilder();
        SECRET.chars().forEach(character -> hex.append(Integer.toHexString(character)));
        assertThat(alpha.host().run("ping", "-n", "-c", "20", "-i", "0.1", "-p", hex.toString(), gamma.overlay(false))
                .out()).contains(" 0% packet loss");
        await(Duration.ofSeconds(2), () -> sees(alpha));
        assertThat(sees(alpha)).as("the capture inside shows it").isTrue();
        long carried = 0;
        for (MeshdHost relay : relays) {
            assertThat(sees(relay)).isFalse();
            carried += relay.json("counters").get("relayed_for_others_packets").asLong();
        }
        assertThat(carried).isPositive();
    }

    private static boolean sees(MeshdHost host) {
        try {
            Path capture = host.host().home().resolve("capture.pcap");
            return new String(Files.readAllBytes(capture), StandardCharsets.ISO_8859_1).contains(SECRET);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    @Order(3)
    void largeTransferThroughTheRelayCompletes() {
        gamma.host().start("iperf3.log", "iperf3", "-s");
        for (boolean v6 : new boolean[]{false, true}) {
            String address = gamma.overlay(v6);
            assertThat(await(Duration.ofSeconds(5),
                    () -> alpha.host().run(TRANSFER, "iperf3", "-c", address, "-n", "30M").status() == 0)).isTrue();
            String back = alpha.host().run(TRANSFER, "iperf3", "-c", address, "-n", "30M", "-R").orThrow().out();
            assertThat(back).contains("receiver");
        }
        assertThat(path(alpha, gamma).get("class").asText()).isEqualTo("relay");
        // Larger than a relay's frame carries, and divisible.
        assertThat(alpha.host().run("ping", "-n", "-M", "dont", "-s", "4000", "-c", "3", gamma.overlay(false)).out())
                .contains(" 0% packet loss");
    }

    @Test
    @Order(4)
    void endOfTheRelayInUseIsSurvivedWithinASecond() {
        MeshdHost victim = relays.stream()
                .filter(relay -> relay.name().equals(path(alpha, gamma).get("relay").asText())).findFirst()
                .orElseThrow();
        alpha.host().start("flow.log", "ping", "-n", "-i", "0.01", "-c", "900", gamma.overlay(false));
        assertThat(await(Duration.ofSeconds(5), () -> sequence(alpha.host().log("flow.log")) > 300)).isTrue();
        victim.kill9();
        assertThat(await(Duration.ofSeconds(15), () -> alpha.host().log("flow.log").contains("packets transmitted")))
                .isTrue();
        String log = alpha.host().log("flow.log");
        assertThat(longestGap(log)).as("packets in a row that were lost, of 100 a second\n%s", tail(log))
                .isLessThanOrEqualTo(100);
        assertThat(sequence(log)).isGreaterThan(850);
        assertThat(path(alpha, gamma).get("relay").asText()).isNotEqualTo(victim.name());
    }

    private static final Pattern REPLY = Pattern.compile("icmp_seq=(\\d+) ttl");

    private static int sequence(String log) {
        Matcher matcher = REPLY.matcher(log);
        int last = 0;
        while (matcher.find()) {
            last = Integer.parseInt(matcher.group(1));
        }
        return last;
    }

    private static int longestGap(String log) {
        Matcher matcher = REPLY.matcher(log);
        int last = 0;
        int longest = 0;
        while (matcher.find()) {
            int number = Integer.parseInt(matcher.group(1));
            longest = Math.max(longest, number - last - 1);
            last = Math.max(last, number);
        }
        return longest;
    }

    private static String tail(String log) {
        return log.substring(Math.max(0, log.length() - 300));
    }
}
