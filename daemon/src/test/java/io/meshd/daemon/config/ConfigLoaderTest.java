package io.meshd.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.meshd.daemon.files.Access;
import io.meshd.daemon.files.AtomicFile;
import io.meshd.daemon.files.Home;
import io.meshd.identity.AuthorizedKey;
import io.meshd.identity.Identity;
import io.meshd.identity.IpAddress;
import io.meshd.identity.OverlayAddresses;
import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import io.meshd.identity.TrustEntry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ConfigLoaderTest {
    private static final PublicKey KEY = Identity.generate(new SplittableRandom(1)).publicKey();

    @TempDir
    private Path directory;

    @Test
    void withoutAFileTheDefaultsOfTheContractHold() throws Exception {
        Config config = loader(Overrides.NONE).load();

        assertThat(config.file()).isNull();
        assertThat(config.node().networkId()).isEqualTo("default");
        assertThat(config.node().identityPath()).isEqualTo(directory.resolve("identity"));
        assertThat(config.node().fingerprint()).isNull();
        assertThat(config.node().listenPort()).isEqualTo(51821);
        assertThat(config.node().prefixes()).isEmpty();
        assertThat(config.tun()).isEqualTo(new Config.Tun("mesh0", List.of(), OverlayAddresses.DEFAULT, 1420, true));
        assertThat(config.bootstrapPeers()).isEmpty();
        assertThat(config.allowedPeers()).isEmpty();
        assertThat(config.policy()).isEqualTo(new Config.Policy(true, true, true));
        assertThat(config.relay()).isEqualTo(new Config.Relay(true, 32, 0));
        assertThat(config.nat()).isEqualTo(new Config.Nat(List.of(), true, true));
        assertThat(config.log()).isEqualTo(new Config.Log(Config.Level.INFO, "text"));
        assertThat(config.metrics().listen()).isNull();
        assertThat(config.settings()).allSatisfy(setting -> assertThat(setting.origin())
                .isInstanceOf(Origin.Default.class));
    }

    @Test
    void readsEveryKeyOfTheContract() throws Exception {
        Config config = load("""
                [node]
                name = "alpha"
                network_id = "home-net"
                identity_path = "/srv/id"
                fingerprint = "SHA256:%s"
                listen_port = 0
                prefixes = ["10.42.0.0/24", "fd42::/64"]
                [tun]
                name = "mesh1"
                address = "10.42.0.1"
                prefix_len = 25
                derive_from = ["10.98.0.0/16"]
                mtu = 1380
                enabled = false
                [[bootstrap_peers]]
                peer_id = "beta"
                address = "udp://198.51.100.10:51821"
                [[bootstrap_peers]]
                address = "txt://mesh.example"
                [[bootstrap_peers]]
                address = "udp://[2001:db8::1]:7"
                [[allowed_peers]]
                name = "beta"
                peer_id = "%s"
                prefix = "10.42.1.0/24"
                relay_capable = true
                expires = "2027-01-01"
                seed = "beta.example:51821"
                [[allowed_peers]]
                peer_id = "%s"
                prefixes = ["10.42.2.0/24", "fd42:2::/64"]
                [policy]
                strict_allowlist = false
                allow_relay = false
                allow_signaling_upgrade = false
                [relay]
                serve = false
                max_peers = 1
                max_bytes_per_second = 5000000000
                [nat]
                stun_servers = ["stun.example:3478"]
                port_mapping = false
                lan_discovery = false
                [log]
                level = "debug"
                format = "json"
                [metrics]
                listen = "127.0.0.1:9000"
                """.formatted("A".repeat(43), KEY.peerId(), key(2).peerId()));

        assertThat(config.node()).isEqualTo(new Config.Node("alpha", "home-net", Path.of("/srv/id"),
                "SHA256:" + "A".repeat(43), 0, List.of(prefix("10.42.0.0/24"), prefix("fd42::/64"))));
        assertThat(config.tun().addresses()).map(InterfaceAddress::toString).containsExactly("10.42.0.1/25");
        assertThat(config.tun().deriveFrom().v6()).isNull();
        assertThat(config.tun().enabled()).isFalse();
        assertThat(config.bootstrapPeers()).map(BootstrapPeer::toString).containsExactly(
                "beta@udp://198.51.100.10:51821", "txt://mesh.example", "udp://[2001:db8::1]:7");
        assertThat(config.allowedPeers()).map(TrustEntry::source).containsExactly(file() + ":22", file() + ":29");
        AuthorizedKey.Member beta = (AuthorizedKey.Member) config.allowedPeers().getFirst().key();
        assertThat(beta.text()).isEqualTo("prefix=\"10.42.1.0/24\",relay,expires=\"2027-01-01\","
                + "seed=\"beta.example:51821\" " + beta.text().substring(beta.text().indexOf("ssh-ed25519")));
        assertThat(config.allowedPeers().getLast().key().name()).isEqualTo(key(2).peerId().substring(0, 8));
        assertThat(config.policy()).isEqualTo(new Config.Policy(false, false, false));
        assertThat(config.relay()).isEqualTo(new Config.Relay(false, 1, 5_000_000_000L));
        assertThat(config.nat().stunServers()).map(Object::toString).containsExactly("stun.example:3478");
        assertThat(config.log()).isEqualTo(new Config.Log(Config.Level.DEBUG, "json"));
        assertThat(config.metrics().listen()).hasToString("127.0.0.1:9000");
    }

    @Test
    void saysEveryErrorAtOnceWithFileLineAndKey() {
        List<String> problems = problems("""
                [node]
                name = "Alpha Beta"
                network_id = "NET"
                identity_path = "relative"
                fingerprint = "MD5:x"
                listen_port = 70000
                prefixes = [
                  "10.42.0.0/24",
                  "10.42.1.1/24",
                ]

                [tun]
                name = "much-too-long-name"
                address = "10.42.0.1/24"
                mtu = "1420"
                enabled = 1
                [[bootstrap_peers]]
                peer_id = "No Body"
                address = "198.51.100.10:51821"
                [[bootstrap_peers]]
                [[allowed_peers]]
                peer_id = "short"
                relay_capable = "yes"
                expires = "soon"
                [log]
                level = "inof"
                """);

        assertThat(problems).containsExactly(
                "2: node.name: expected a name by the rule [a-z0-9][a-z0-9._-]{0,62}, found \"Alpha Beta\"",
                "3: node.network_id: expected 1 to 63 of a-z 0-9 . _ -, found \"NET\"",
                "4: node.identity_path: expected an absolute path, found \"relative\"",
                "5: node.fingerprint: expected \"\" or a fingerprint such as \"SHA256:…\", found \"MD5:x\"",
                "6: node.listen_port: expected a whole number from 0 to 65535, found 70000",
                "9: node.prefixes[1]: expected a prefix such as \"10.42.1.0/24\", found \"10.42.1.1/24\": "
                        + "\"10.42.1.1/24\" has host bits set; the prefix is 10.42.1.0/24",
                "13: tun.name: expected 1 to 15 bytes without \"/\", \":\" and blanks, not \".\" or \"..\","
                        + " found \"much-too-long-name\"",
                "14: tun.address: expected an address such as \"10.42.0.1\", found \"10.42.0.1/24\": "
                        + "its length belongs to prefix_len",
                "15: tun.mtu: expected a whole number from 1280 to 65455, found \"1420\"",
                "16: tun.enabled: expected true or false, found 1",
                "18: bootstrap_peers[0].peer_id: expected a peer_id or the name of a peer, found \"No Body\"",
                "19: bootstrap_peers[0].address: expected \"udp://HOST:PORT\" or \"txt://DOMAIN\", "
                        + "found \"198.51.100.10:51821\"",
                "20: bootstrap_peers[1]: needs the key address: \"udp://HOST:PORT\" or \"txt://DOMAIN\"",
                "22: allowed_peers[0].peer_id: expected a peer_id of 52 characters, found \"short\"",
                "23: allowed_peers[0].relay_capable: expected true or false, found \"yes\"",
                "24: allowed_peers[0].expires: expected \"\", YYYY-MM-DD or an RFC 3339 time, found \"soon\": "
                        + "\"soon\" is no date YYYY-MM-DD or RFC 3339 time such as 2027-01-01T12:00:00Z",
                "26: log.level: expected one of trace, debug, info, warn, error, found \"inof\": "
                        + "did you mean \"info\"?");
    }

    @Test
    void unknownKeysAreErrorsWithASuggestion() {
        assertThat(problems("""
                nod = 1
                [node]
                listen_prot = 5
                xyzzy = 1
                [tunn]
                [[allowed_peers]]
                peer_id = "%s"
                prefx = "10.0.0.0/8"
                """.formatted(KEY.peerId()))).containsExactly(
                "3: node.listen_prot: unknown key; did you mean \"listen_port\"?",
                "4: node.xyzzy: unknown key",
                "8: allowed_peers[0].prefx: unknown key; did you mean \"prefix\"?",
                "1: nod: unknown key; did you mean \"node\"?",
                "5: tunn: unknown key; did you mean \"tun\"?");
    }

    @Test
    void tablesOfTheWrongShapeAreErrors() {
        assertThat(problems("node = 5\ntun = []\nbootstrap_peers = \"x\"\nallowed_peers = [1]\n")).containsExactly(
                "1: node: expected a table, found 5",
                "2: tun: expected a table, found []",
                "3: bootstrap_peers: expected tables, each begun by [[bootstrap_peers]]",
                "4: allowed_peers[0]: expected a table, found 1");
    }

    @Test
    void brokenTomlIsReportedWithItsLine() {
        assertThat(problems("[node]\nname = \"alpha\nlisten_port = 1\n")).singleElement().asString()
                .startsWith("2: no valid TOML: ");
        assertThat(problems("[node]\nname = \"a\"\nname = \"b\"\n")).singleElement().asString()
                .startsWith("3: no valid TOML: ");
    }

    @Test
    void valuesThatExcludeEachOtherAreErrors() {
        assertThat(problems("[tun]\naddress = \"10.0.0.1\"\naddresses = [\"10.0.0.2/24\"]\n")).singleElement()
                .asString().startsWith("3: tun.addresses: stands instead of address and prefix_len");
        assertThat(problems("[tun]\nprefix_len = 24\n")).singleElement().asString()
                .startsWith("2: tun.prefix_len: belongs to address");
        assertThat(problems("[tun]\naddress = \"10.0.0.1\"\nprefix_len = 33\n")).singleElement().asString()
                .startsWith("3: tun.prefix_len: expected a whole number from 0 to 32");
        assertThat(problems("[tun]\nderive_from = [\"10.0.0.0/16\", \"10.1.0.0/16\"]\n")).singleElement().asString()
                .startsWith("2: tun.derive_from: expected at most one range a family");
        assertThat(problems("[node]\nprefixes = [\"10.0.0.0/8\", \"10.1.0.0/16\"]\n")).singleElement().asString()
                .startsWith("2: node.prefixes[1]: 10.1.0.0/16 overlaps 10.0.0.0/8");
        assertThat(problems("[[allowed_peers]]\npeer_id = \"" + KEY.peerId()
                + "\"\nprefix = \"10.0.0.0/8\"\nprefixes = []\n")).singleElement().asString()
                .startsWith("4: allowed_peers[0].prefixes: stands instead of prefix");
    }

    @Test
    void noMorePrefixesAreOwnedThanARecordClaims() throws Exception {
        // One of the sixteen is the derived address of the other family.
        assertThat(load("[node]\nprefixes = [" + prefixes(15) + "]\n").node().prefixes()).hasSize(15);
        assertThat(problems("[node]\nprefixes = [" + prefixes(16) + "]\n")).singleElement().asString()
                .startsWith("2: node.prefixes: expected at most 15 prefixes to claim, found 16");
        assertThat(load("[node]\nprefixes = [" + prefixes(15) + ", \"fd42::/64\"]\n").node().prefixes()).hasSize(16);
        assertThat(problems("[node]\nprefixes = [" + prefixes(16) + ", \"fd42::/64\"]\n")).singleElement().asString()
                .startsWith("2: node.prefixes: expected at most 16 prefixes to claim, found 17");
    }

    private static String prefixes(int count) {
        return IntStream.range(0, count).mapToObj(i -> "\"10.43." + i + ".0/24\"").collect(Collectors.joining(", "));
    }

    @Test
    void aDefaultRouteOfItsOwnGoesWithLongerPrefixes() throws Exception {
        assertThat(load("[node]\nprefixes = [\"0.0.0.0/0\", \"10.42.0.0/24\", \"::/0\"]\n").node().prefixes())
                .hasSize(3);
        assertThat(problems("[node]\nprefixes = [\"0.0.0.0/0\", \"0.0.0.0/0\"]\n")).singleElement().asString()
                .contains("node.prefixes[1]: 0.0.0.0/0 overlaps 0.0.0.0/0");
    }

    @Test
    void interfaceNamesKeepTheKernelsRule() {
        for (String bad : List.of("", ".", "..", "a/b", "a:b", "a b", "1234567890123456", "tab\\t", "mesh%d")) {
            assertThat(problems("[tun]\nname = \"" + bad + "\"\n")).as(bad).hasSize(1);
        }
        assertThat(problems("[tun]\nname = \"äöüäöüä\"\n")).isEmpty();
        assertThat(problems("[tun]\nname = \"äöüäöüäö\"\n")).hasSize(1);
    }

    @Test
    void weakKeysAreRefused() {
        String weak = PublicKey.of(new byte[32]).peerId();

        assertThat(problems("[[allowed_peers]]\npeer_id = \"" + weak + "\"\n")).singleElement().asString()
                .contains("small order");
    }

    @Test
    void aConfigThatOthersMayWriteIsRefused() throws IOException {
        AtomicFile.write(file(), "[nod]\n", Access.PUBLIC);
        Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-rw-r--"));

        ConfigException e = catchThrowableOfType(ConfigException.class, () -> loader(Overrides.NONE).load());

        assertThat(e.problems()).map(Problem::toString).containsExactly(
                file() + ": config is writable by others: chmod go-w " + file(),
                file() + ":1: nod: unknown key; did you mean \"node\"?");
    }

    @Test
    void textThatIsNotUtf8IsRefused() throws IOException {
        AtomicFile.write(file(), "[node]\nname = \"é\"".getBytes(StandardCharsets.ISO_8859_1), Access.PUBLIC);

        assertThatThrownBy(() -> loader(Overrides.NONE).load()).isInstanceOf(ConfigException.class)
                .hasMessage(file() + ": expected text in UTF-8");
    }

    @Test
    void anExplicitFileMustExist() {
        assertThatThrownBy(() -> new ConfigLoader(Home.at(directory), directory.resolve("none.toml"), Overrides.NONE)
                .load()).isInstanceOf(IOException.class);
    }

    @Test
    void optionsWinOverTheFileAndAreNamedAsOrigin() throws Exception {
        AtomicFile.write(file(), "[[bootstrap_peers]]\naddress = \"udp://192.0.2.1:1\"\n[node]\nlisten_port = 5\n",
                Access.PUBLIC);
        BootstrapPeer seed = BootstrapPeer.ofOption("beta@198.51.100.10:51821").orThrow();

        Config config = loader(new Overrides(List.of(seed), true, true)).load();

        assertThat(config.bootstrapPeers()).map(BootstrapPeer::toString)
                .containsExactly("beta@udp://198.51.100.10:51821", "udp://192.0.2.1:1");
        assertThat(config.tun().enabled()).isFalse();
        assertThat(config.policy().strictAllowlist()).isFalse();
        assertThat(config.settings()).contains(new Setting("tun.enabled", false, new Origin.Option("--no-tun")),
                new Setting("policy.strict_allowlist", false, new Origin.Option("--open")),
                new Setting("node.listen_port", 5L, new Origin.File(file(), 4)));
    }

    @Test
    void warnsThatAnOpenNodeLetsAnybodyIn() throws Exception {
        assertThat(load("[policy]\nstrict_allowlist = false\n").warnings()).map(Problem::toString).singleElement()
                .asString()
                .startsWith(file() + ":2: policy.strict_allowlist: this node is open: anyone who reaches its");
        assertThat(loader(new Overrides(List.of(), false, true)).load().warnings()).map(Problem::toString)
                .anyMatch(warning -> warning.startsWith("--open: this node is open: anyone who reaches its UDP port"));
        assertThat(load("[policy]\nstrict_allowlist = true\n").warnings()).isEmpty();
    }

    @Test
    void warnsOfMetricsThatOthersCanRead() throws Exception {
        assertThat(load("[metrics]\nlisten = \"127.0.0.1:9000\"\n").warnings()).isEmpty();
        assertThat(load("[metrics]\nlisten = \"[::1]:9000\"\n").warnings()).isEmpty();
        assertThat(load("[metrics]\nlisten = \"localhost:9000\"\n").warnings()).isEmpty();
        assertThat(load("[metrics]\nlisten = \"0.0.0.0:9000\"\n").warnings()).map(Problem::toString)
                .containsExactly(
                        file() + ":2: metrics.listen: whoever reaches 0.0.0.0:9000 can read names and traffic of"
                                + " the mesh there: let a firewall admit the monitor only, or listen on 127.0.0.1");
        assertThatThrownBy(() -> load("[metrics]\nlisten = \"monitor.example:9000\"\n"))
                .hasMessageContaining("is a name");
    }

    @Test
    void ownsTheNetworkOfItsAddressAndDerivesTheOtherFamily() throws Exception {
        Config config = load("[tun]\naddress = \"10.42.0.1\"\n");

        assertThat(config.configuredPrefixes()).containsExactly(prefix("10.42.0.0/24"));
        assertThat(config.interfaceAddresses(KEY)).map(InterfaceAddress::toString).containsExactly("10.42.0.1/24",
                OverlayAddresses.DEFAULT.v6Of(KEY) + "/64");
    }

    @Test
    void derivesBothFamiliesWhenNothingIsConfigured() throws Exception {
        Config config = load("");

        assertThat(config.configuredPrefixes()).isEmpty();
        assertThat(config.interfaceAddresses(KEY)).map(InterfaceAddress::toString).containsExactly(
                OverlayAddresses.DEFAULT.v4Of(KEY) + "/16", OverlayAddresses.DEFAULT.v6Of(KEY) + "/64");
    }

    @Test
    void aConfiguredPrefixReplacesTheDerivedAddressOfItsFamily() throws Exception {
        Config config = load("[node]\nprefixes = [\"192.168.7.0/24\"]\n");

        assertThat(config.interfaceAddresses(KEY)).map(InterfaceAddress::toString)
                .containsExactly(OverlayAddresses.DEFAULT.v6Of(KEY) + "/64");
    }

    @Test
    void warnsOfAnAddressOutsideOfItsPrefixes() throws Exception {
        Config config = load("[node]\nprefixes = [\"10.1.0.0/16\"]\n[tun]\naddress = \"10.2.0.1\"\n");

        assertThat(config.warnings()).singleElement().asString().contains("tun.address", "node.prefixes");
    }

    @Test
    void theTemplateIsValidAndKeepsTheDefaults() throws Exception {
        Config plain = load(ConfigTemplate.text("alpha", "home-net", null, 24, Path.of("/var/lib/meshd/identity")));
        Config addressed = load(ConfigTemplate.text("alpha", "home-net",
                IpAddress.parse("10.42.0.1").orThrow(), 20, Path.of("/var/lib/meshd/identity")));

        assertThat(plain.warnings()).isEmpty();
        assertThat(plain.node().name()).isEqualTo("alpha");
        assertThat(plain.tun()).isEqualTo(new Config.Tun("mesh0", List.of(), OverlayAddresses.DEFAULT, 1420, true));
        assertThat(addressed.tun().addresses()).map(InterfaceAddress::toString).containsExactly("10.42.0.1/20");
    }

    @Test
    void theTemplateShowsEveryKeyAsItWouldBeWritten() throws Exception {
        String text = ConfigTemplate.text("alpha", "home-net", null, 24, Path.of("/var/lib/meshd/identity"));
        String live = text.lines().map(line -> line.matches("# ([a-z_]+ = .*|\\[\\[.*)") ? line.substring(2) : line)
                .filter(line -> !line.startsWith("addresses") && !line.startsWith("prefixes")
                        && !line.startsWith("peer_id = \"\""))
                .reduce("", (a, b) -> a + b + "\n").replace("name = \"beta\"", "name = \"beta\"\npeer_id = \""
                        + KEY.peerId() + "\"");

        Config config = load(live);

        assertThat(config.settings().stream().filter(s -> s.origin() instanceof Origin.File).count())
                .isGreaterThanOrEqualTo(30);
        assertThat(config.allowedPeers()).hasSize(1);
    }

    private Config load(String text) throws Exception {
        AtomicFile.write(file(), text, Access.PUBLIC);
        return loader(Overrides.NONE).load();
    }

    /** Each problem without the path of the file. */
    private List<String> problems(String text) {
        try {
            load(text);
            return List.of();
        } catch (ConfigException e) {
            return e.problems().stream().map(problem -> problem.toString().substring(file().toString().length() + 1))
                    .toList();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private ConfigLoader loader(Overrides overrides) {
        return new ConfigLoader(Home.at(directory), null, overrides);
    }

    private Path file() {
        return directory.resolve("meshd.toml");
    }

    private static Prefix prefix(String text) {
        return Prefix.parse(text).orThrow();
    }

    private static PublicKey key(long seed) {
        return Identity.generate(new SplittableRandom(seed)).publicKey();
    }
}
