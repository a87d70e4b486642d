package io.meshd.daemon.it;

import static io.meshd.daemon.lab.LabHost.await;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.meshd.daemon.config.ConfigKey;
import io.meshd.daemon.control.ControlClient;
import io.meshd.daemon.control.ControlException;
import io.meshd.daemon.control.ReloadReport;
import io.meshd.daemon.files.Home;
import io.meshd.daemon.lab.Commands;
import io.meshd.daemon.lab.Flow;
import io.meshd.daemon.lab.Interference;
import io.meshd.daemon.lab.Lab;
import io.meshd.daemon.lab.MeshdHost;
import io.meshd.daemon.lab.StockWireGuard;
import io.meshd.identity.Identity;
import io.meshd.identity.OverlayAddresses;
import io.meshd.identity.PublicKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * What can change while a daemon runs does, every key of it, and nobody who is not concerned loses a packet.
 *
 * <p>Beta and gamma hear nothing of each other on the wire: alpha is their relay.
 */
@NeedsLab
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class ReloadIT {
    private static final Duration EFFECT = Duration.ofSeconds(8);
    private static final Duration START = Duration.ofSeconds(30);
    private static final Duration FLOW = Duration.ofSeconds(15);
    private static final String STRANGER = Identity.generate(new SplittableRandom(7)).publicKey().peerId();

    private final Lab lab = Lab.open();
    private MeshdHost alpha;
    private MeshdHost beta;
    private MeshdHost gamma;
    private StockWireGuard phone;

    /** What a key does when it changes on a host: a whole configuration, and how its effect shows. */
    private record Change(MeshdHost host, String config, Effect effect) {}

    /** Whether something is so. */
    private interface Effect {
        boolean shows() throws IOException, ControlException;
    }

    @BeforeAll
    void start() {
        alpha = new MeshdHost(lab.host("alpha"), "");
        beta = new MeshdHost(lab.host("beta"), "");
        gamma = new MeshdHost(lab.host("gamma"), "");
        phone = new StockWireGuard(lab.host("phone"), List.of("10.77.0.2/32"), 51_820);
        MeshdHost.trustEachOther(List.of(alpha, beta, gamma));
        beta.trust(alpha, "--relay");
        gamma.trust(alpha, "--relay");
        alpha.meshd("untrust", "beta").orThrow();
        alpha.trust(beta, "--prefix", "10.42.5.0/24");
        alpha.meshd("peer", "add", "phone", "--wireguard", phone.publicKey(), "--prefix", "10.77.0.2/32").orThrow();
        beta.host().interference().cut(Interference.Way.BOTH, gamma.host().address());
        beta.host().interference().cut(Interference.Way.BOTH, gamma.host().address6());
        alpha.startUp();
        assertThat(await(START, () -> alpha.look("status", JsonNode.class) != null)).isTrue();
        beta.startUp("--seed", alpha.seed());
        gamma.up("--seed", alpha.seed());
        phone.peer(alpha.json("identity", "show").get("wireguard_public_key").asText(), alpha.overlay(false) + "/32",
                "endpoint", alpha.seed());
        assertThat(await(START, () -> beta.echo(gamma) != null)).isTrue();
    }

    @AfterAll
    void end() {
        lab.close();
    }

    /** Whatever another test left, also one that failed. */
    @BeforeEach
    void asAtTheBeginning() throws IOException, ControlException {
        for (MeshdHost host : List.of(alpha, beta)) {
            assertThat(reload(host, base(host)).applied()).isTrue();
        }
    }

    private static Path file(MeshdHost host) {
        return host.host().home().resolve("meshd.toml");
    }

    private static void write(MeshdHost host, String config) {
        try {
            Files.writeString(file(host), config);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String base(MeshdHost host) {
        return "[node]\nname = \"" + host.name() + "\"\n";
    }

    private static ControlClient control(MeshdHost host) {
        return new ControlClient(Home.at(host.host().home()).socket());
    }

    private static ReloadReport reload(MeshdHost host, String config) throws IOException, ControlException {
        write(host, config);
        return control(host).reload();
    }

    private static boolean holds(Effect effect) {
        return await(EFFECT, () -> {
            try {
                return effect.shows();
            } catch (IOException | ControlException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    private static JsonNode status(MeshdHost host) throws IOException, ControlException {
        return control(host).report("status");
    }

    private static boolean lists(MeshdHost host, String array, String value) throws IOException, ControlException {
        return status(host).get(array).toString().contains(value);
    }

    private static JsonNode peer(MeshdHost host, String name) throws IOException, ControlException {
        for (JsonNode peer : control(host).report("peers").get("peers")) {
            if (peer.get("name").asText().equals(name)) {
                return peer;
            }
        }
        return MissingNode.getInstance();
    }

    private static boolean logs(MeshdHost host, String text) {
        return host.host().log("daemon.log").contains(text);
    }

    private Map<ConfigKey, Change> changes() throws IOException, ControlException {
        String fingerprint = beta.json("identity", "show").get("fingerprint").asText();
        String node = base(beta);
        String stranger = node + "[[allowed_peers]]\npeer_id = \"" + STRANGER + "\"\n";
        String named = stranger + "name = \"delta\"\n";
        Map<ConfigKey, Change> all = new EnumMap<>(ConfigKey.class);
        all.put(ConfigKey.NODE_NAME, new Change(beta, "[node]\nname = \"bet\"\n",
                () -> status(beta).get("name").asText().equals("bet")));
        all.put(ConfigKey.FINGERPRINT, new Change(beta, node + "fingerprint = \"" + fingerprint + "\"\n",
                () -> beta.meshd("config", "show").out().contains(fingerprint)));
        all.put(ConfigKey.LISTEN_PORT, new Change(beta, node + "listen_port = 51899\n",
                () -> status(beta).get("listen_port").asInt() == 51_899 && beta.echo(alpha) != null
                        && peer(alpha, "beta").get("path").get("endpoint").asText().endsWith(":51899")));
        all.put(ConfigKey.PREFIXES, new Change(beta, node + "prefixes = [\"10.42.5.0/24\"]\n", () -> control(alpha)
                .report("routes").toString().contains("\"prefix\":\"10.42.5.0/24\",\"peer\":\"beta\"")
                && routeOf("10.42.5.0/24").get("installed").asBoolean()));
        all.put(ConfigKey.TUN_ADDRESS, new Change(beta, node + "[tun]\naddress = \"10.42.5.1\"\n",
                () -> lists(beta, "addresses", "10.42.5.1/24") && alpha.pings("10.42.5.1")));
        all.put(ConfigKey.TUN_PREFIX_LEN, new Change(beta, node + "[tun]\naddress = \"10.42.5.1\"\nprefix_len = 25\n",
                () -> lists(beta, "addresses", "10.42.5.1/25")));
        all.put(ConfigKey.TUN_ADDRESSES, new Change(beta, node + "[tun]\naddresses = [\"10.42.5.2/24\"]\n",
                () -> lists(beta, "addresses", "10.42.5.2/24") && alpha.pings("10.42.5.2")));
        all.put(ConfigKey.MTU, new Change(beta, node + "[tun]\nmtu = 1380\n",
                () -> beta.host().run("ip", "link", "show", "mesh0").out().contains("mtu 1380")));
        all.put(ConfigKey.SEED_ADDRESS, new Change(beta,
                node + "[[bootstrap_peers]]\naddress = \"udp://198.18.0.77:7\"\n",
                () -> lists(beta, "seeds", "198.18.0.77:7")));
        all.put(ConfigKey.SEED_PEER, new Change(beta,
                node + "[[bootstrap_peers]]\naddress = \"udp://198.18.0.78:7\"\npeer_id = \"gamma\"\n",
                () -> lists(beta, "seeds", "\"address\":\"198.18.0.78:7\",\"peer\":\"gamma\"")));
        all.put(ConfigKey.ALLOWED_PEER, new Change(beta, stranger,
                () -> !peer(beta, STRANGER.substring(0, 8)).isMissingNode()));
        all.put(ConfigKey.ALLOWED_NAME, new Change(beta, named, () -> !peer(beta, "delta").isMissingNode()));
        all.put(ConfigKey.ALLOWED_PREFIX, new Change(beta, named + "prefix = \"10.42.8.0/24\"\n",
                () -> peer(beta, "delta").get("prefixes").toString().contains("10.42.8.0/24")));
        all.put(ConfigKey.ALLOWED_PREFIXES, new Change(beta, named + "prefixes = [\"10.42.9.0/24\"]\n",
                () -> peer(beta, "delta").get("prefixes").toString().contains("10.42.9.0/24")));
        all.put(ConfigKey.ALLOWED_RELAY, new Change(beta, named + "relay_capable = true\n",
                () -> peer(beta, "delta").get("relay_capable").asBoolean()));
        all.put(ConfigKey.ALLOWED_SEED, new Change(beta, named + "seed = \"198.18.0.79:7\"\n",
                () -> lists(beta, "seeds", "198.18.0.79:7")));
        all.put(ConfigKey.ALLOWED_EXPIRES, new Change(beta, named + "expires = \"2020-01-01\"\n",
                () -> peer(beta, "delta").isMissingNode()));
        all.put(ConfigKey.STRICT_ALLOWLIST, new Change(beta, node + "[policy]\nstrict_allowlist = false\n",
                () -> lists(beta, "warnings", "this node is open")));
        all.put(ConfigKey.ALLOW_RELAY, new Change(beta, node + "[policy]\nallow_relay = false\n",
                () -> beta.echo(gamma) == null
                        && peer(beta, "gamma").get("path").get("class").asText().equals("none")));
        all.put(ConfigKey.ALLOW_SIGNALING, new Change(beta, node + "[policy]\nallow_signaling_upgrade = false\n",
                () -> beta.echo(gamma) != null && says("policy.allow_signaling_upgrade is false here")));
        all.put(ConfigKey.RELAY_SERVE, new Change(alpha, base(alpha) + "[relay]\nserve = false\n",
                () -> beta.echo(gamma) == null));
        all.put(ConfigKey.RELAY_RATE, new Change(alpha, base(alpha) + "[relay]\nmax_bytes_per_second = 1\n",
                () -> beta.echo(gamma) == null));
        all.put(ConfigKey.STUN_SERVERS, new Change(beta, node + "[nat]\nstun_servers = [\"198.18.0.80:7\"]\n",
                () -> control(beta).netcheck().get("stun_servers").toString().contains("198.18.0.80:7")));
        all.put(ConfigKey.PORT_MAPPING, new Change(beta, node + "[nat]\nport_mapping = false\n",
                () -> !control(beta).netcheck().get("port_mapping").get("enabled").asBoolean()));
        all.put(ConfigKey.LAN_DISCOVERY, new Change(beta, node + "[nat]\nlan_discovery = false\n",
                () -> !beta.host().run("ss", "-Huln").out().contains(":21821")));
        all.put(ConfigKey.LOG_LEVEL, new Change(beta, node + "[log]\nlevel = \"error\"\n",
                () -> reload(beta, node).applied() && logs(beta, "log.level: error -> info")
                        && !logs(beta, "log.level: info -> error")));
        all.put(ConfigKey.LOG_FORMAT, new Change(beta, node + "[log]\nformat = \"json\"\n",
                () -> logs(beta, "\"message\":\"log.format: text -> json\"")));
        all.put(ConfigKey.METRICS_LISTEN, new Change(beta, node + "[metrics]\nlisten = \"127.0.0.1:9000\"\n",
                () -> beta.host().run("ss", "-Hltn").out().replace("]", "").contains("127.0.0.1:9000")));
        return all;
    }

    private boolean says(String text) throws IOException, ControlException {
        return control(beta).why("gamma").get("verdict").get("text").asText().contains(text);
    }

    private JsonNode routeOf(String prefix) throws IOException, ControlException {
        for (JsonNode route : control(alpha).report("routes").get("routes")) {
            if (route.get("prefix").asText().equals(prefix)) {
                return route;
            }
        }
        throw new AssertionError("no route " + prefix);
    }

    /** What a key that needs a restart is changed to. */
    private String restarting(ConfigKey key) {
        String value = switch (key) {
            case TUN_ENABLED -> "false";
            case DERIVE_FROM -> "[\"10.98.0.0/16\", \"fd98::/64\"]";
            case IDENTITY_PATH -> "\"/nowhere/identity\"";
            default -> "\"other\"";
        };
        String table = key.key().substring(0, key.key().indexOf('.'));
        String line = key.key().substring(table.length() + 1) + " = " + value + "\n";
        return table.equals("node") ? base(beta) + line : base(beta) + "[" + table + "]\n" + line;
    }

    @Test
    @Order(1)
    void everyKeyIsAppliedOrNeedsARestart() throws Exception {
        Map<ConfigKey, Change> changes = changes();
        for (ConfigKey key : ConfigKey.values()) {
            if (key == ConfigKey.RELAY_PEERS) {
                continue; // At the end: whom a relay has refused for its quota does not ask again at once.
            }
            Change change = changes.get(key);
            assertThat(key.needsRestart()).as(key.key()).isEqualTo(change == null);
            if (change == null) {
                ReloadReport refused = reload(beta, restarting(key));
                assertThat(refused.applied()).as(key.key()).isFalse();
                assertThat(refused.needsRestart()).containsExactly(key.key());
                assertThat(Files.exists(Path.of("/nowhere/identity"))).isFalse();
                assertThat(status(beta).get("network_id").asText()).isEqualTo("default");
                assertThat(reload(beta, base(beta)).changes()).as("nothing of " + key.key() + " was applied").isEmpty();
            } else {
                assertThat(holds(this::relayWorks)).as("before " + key.key()).isTrue();
                ReloadReport report = reload(change.host(), change.config());
                assertThat(report.applied()).as(key.key()).isTrue();
                assertThat(report.changes()).as(key.key()).isNotEmpty();
                assertThat(holds(change.effect())).as(key.key()).isTrue();
                assertThat(reload(change.host(), base(change.host())).applied()).isTrue();
            }
        }
        assertThat(holds(() -> relayWorks() && beta.echo(alpha) != null)).isTrue();
    }

    private boolean relayWorks() {
        return beta.echo(gamma) != null;
    }

    @Test
    @Order(2)
    void untouchedSessionsLoseNoPacketWhileEverythingElseChanges() throws Exception {
        assertThat(holds(() -> phone.host().run("ping", "-c", "1", "-W", "1", alpha.overlay(false)).status() == 0))
                .isTrue();
        Process device = phone.host().start("ping.log", "ping", "-n", "-q", "-i", "0.05", "-c", "180", "-W", "2",
                alpha.overlay(false));
        try (Flow straight = Flow.start(alpha.host(), alpha.overlay(true), beta.host(), beta.overlay(true));
                Flow relayed = Flow.start(gamma.host(), gamma.overlay(true), beta.host(), beta.overlay(true))) {
            assertThat(await(FLOW, () -> straight.rate() > 50)).as("straight").isTrue();
            assertThat(await(FLOW, () -> relayed.rate() > 50)).as("relayed").isTrue();
            int straightMark = straight.mark();
            int relayedMark = relayed.mark();

            ReloadReport report = reload(alpha, """
                    [node]
                    name = "alef"
                    listen_port = 51900
                    [tun]
                    mtu = 1390
                    addresses = ["%s/16", "%s/64"]
                    [[bootstrap_peers]]
                    address = "udp://198.18.0.77:7"
                    [[allowed_peers]]
                    peer_id = "%s"
                    [policy]
                    allow_signaling_upgrade = false
                    [relay]
                    max_peers = 8
                    max_bytes_per_second = 10_000_000
                    [nat]
                    stun_servers = ["198.18.0.80:7"]
                    port_mapping = false
                    lan_discovery = false
                    [log]
                    level = "debug"
                    format = "json"
                    """.formatted(alpha.overlay(false), alpha.overlay(true), STRANGER));

            assertThat(report.applied()).as(report.toString()).isTrue();
            assertThat(report.listenPort()).isEqualTo(new ReloadReport.Port(51_821, 51_900));
            TimeUnit.SECONDS.sleep(7);
            assertThat(alpha.host().run("ss", "-Huln").out()).as("the old port is closed").contains(":51900")
                    .doesNotContain(":51821");
            assertThat(straight.since(straightMark).lost()).as("straight").isZero();
            assertThat(relayed.since(relayedMark).lost()).as("relayed").isZero();
        }
        assertThat(device.waitFor()).isZero();
        assertThat(phone.host().log("ping.log")).contains("180 received");
        assertThat(phone.show("endpoints")).endsWith(":51900");
        assertThat(reload(alpha, base(alpha)).applied()).isTrue();
    }

    @Test
    @Order(3)
    void portThatIsTakenRefusesTheWholeReload() throws Exception {
        new StockWireGuard(alpha.host(), List.of(), 52_000);
        write(alpha, base(alpha) + "listen_port = 52000\n[log]\nlevel = \"debug\"\n");

        Commands.Result refused = alpha.meshd("reload");

        assertThat(refused.status()).isEqualTo(1);
        assertThat(refused.err()).contains("UDP port 52000 is in use by another process: nothing was applied");
        assertThat(alpha.json("status").get("listen_port").asInt()).isEqualTo(51_821);
        write(alpha, base(alpha));
        assertThat(control(alpha).reload().changes()).isEmpty();
    }

    @Test
    @Order(4)
    void invalidFileChangesNothingAndIsToldLineByLine() throws Exception {
        write(alpha, base(alpha) + "listen_prt = 7\n[tun]\nmtu = 7\n[log]\nlevel = \"debug\"\n");

        Commands.Result reload = alpha.meshd("reload");
        Commands.Result plan = alpha.meshd("plan");

        assertThat(reload.status()).isEqualTo(2);
        assertThat(reload.err()).contains("the old one stays", "meshd.toml:3: node.listen_prt",
                "meshd.toml:5: tun.mtu");
        assertThat(plan.status()).isEqualTo(2);
        assertThat(plan.err()).contains("meshd.toml:3: node.listen_prt", "did you mean");
        write(alpha, base(alpha));
        assertThat(control(alpha).reload().changes()).isEmpty();
    }

    @Test
    @Order(5)
    void planSaysWhatAReloadWouldDoAndDoesNothing() throws Exception {
        write(alpha, base(alpha) + "listen_port = 51901\n[[allowed_peers]]\nname = \"delta\"\npeer_id = \"" + STRANGER
                + "\"\nprefix = \"198.18.0.0/24\"\n");

        Commands.Result plan = alpha.host().run(command(alpha, "SSH_CONNECTION=198.18.0.9 1 198.18.0.1 22", "plan"));

        assertThat(plan.status()).as(plan.err()).isZero();
        assertThat(plan.out().lines()).contains("gains reach: delta (198.18.0.0/24, " + derivedV6() + ")",
                "prefix 198.18.0.0/24: nobody -> delta", "route added: 198.18.0.0/24 to delta",
                "listens on UDP port 51901 instead of 51821");
        assertThat(plan.err()).contains("you are connected from 198.18.0.9, which would belong to delta");
        assertThat(alpha.json("status").get("listen_port").asInt()).isEqualTo(51_821);
        assertThat(alpha.json("peers").get("peers")).hasSize(3);

        Path keys = Files.createDirectory(alpha.host().home().resolve("next"));
        write(alpha, base(alpha));
        JsonNode without = alpha.json("plan", "--trust", keys.toString());
        assertThat(without.get("accepted").asBoolean()).isTrue();
        assertThat(without.get("applied").asBoolean()).isFalse();
        assertThat(without.get("peers").get("removed")).hasSize(3);
        assertThat(alpha.json("peers").get("peers")).hasSize(3);
        assertThat(alpha.meshd("plan").out()).isEqualTo("nothing would change\n");
    }

    private static String derivedV6() {
        return OverlayAddresses.DEFAULT.v6Of(Objects.requireNonNull(PublicKey.ofPeerId(STRANGER))) + "/128";
    }

    private static String[] command(MeshdHost host, String variable, String... arguments) {
        List<String> words = new ArrayList<>(List.of("env", variable));
        words.addAll(host.command(arguments));
        return words.toArray(String[]::new);
    }

    @Test
    @Order(6)
    void signalDoesWhatReloadDoesAndTellsTheLog() throws Exception {
        write(alpha, base(alpha) + "[tun]\nmtu = 1400\n");

        alpha.host().run("kill", "-HUP", alpha.json("status").get("pid").asText()).orThrow();

        assertThat(await(EFFECT, () -> logs(alpha, "tun.mtu: 1420 -> 1400"))).isTrue();
        assertThat(holds(() -> alpha.host().run("ip", "link", "show", "mesh0").out().contains("mtu 1400"))).isTrue();
    }

    @Test
    @Order(7)
    void whoWasStartedToIgnoreTheSignalSaysSo() {
        MeshdHost other = new MeshdHost(lab.host("other"), "");
        List<String> words = new ArrayList<>(List.of("env", "--ignore-signal=HUP"));
        words.addAll(other.command("up"));
        other.host().start("daemon.log", words.toArray(String[]::new));

        assertThat(await(START, () -> logs(other, "SIGHUP is ignored"))).isTrue();
        assertThat(logs(alpha, "SIGHUP is ignored")).isFalse();
        other.host().run("kill", "-HUP", other.json("status").get("pid").asText()).orThrow();
        assertThat(other.meshd("reload").orThrow().out()).isEqualTo("nothing changed\n");
    }

    @Test
    @Order(8)
    void relayThatServesFewerRefusesNewPairs() throws Exception {
        // Who is served already stays until it goes.
        assertThat(reload(alpha, base(alpha) + "[relay]\nserve = false\n").applied()).isTrue();
        assertThat(holds(() -> !relayWorks())).isTrue();

        ReloadReport report = reload(alpha, base(alpha) + "[relay]\nmax_peers = 1\n");

        assertThat(report.changes()).map(ReloadReport.Change::key).contains(ConfigKey.RELAY_PEERS.key());
        assertThat(holds(() -> !relayWorks() && control(beta).why("gamma").get("relays").toString().contains("quota")))
                .isTrue();
    }
}
