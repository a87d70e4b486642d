package io.meshd.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.meshd.daemon.config.KnownPeers;
import io.meshd.daemon.config.Setup;
import io.meshd.daemon.files.Home;
import io.meshd.identity.Identity;
import io.meshd.identity.OpenSshKey;
import io.meshd.identity.PublicKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TrustCommandTest {
    @TempDir
    private Path directory;

    private Shell shell = new Shell(Path.of("/"));
    private final PublicKey beta = key(1);
    private final PublicKey gamma = key(2);

    @BeforeEach
    void openShell() {
        shell = new Shell(directory);
        shell.run("keygen").done();
    }

    @Test
    void writesTheFileOfAPeer() throws IOException {
        shell.run("trust", line(beta, "beta"), "--prefix", "10.42.1.0/24", "--prefix", "fd42:1::/64", "--relay",
                "--expires", "2027-01-01", "--seed", "beta.example:51821").done();

        assertThat(file("beta")).hasContent("prefix=\"10.42.1.0/24,fd42:1::/64\",relay,expires=\"2027-01-01\","
                + "seed=\"beta.example:51821\" " + line(beta, "beta") + "\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file("beta")))).isEqualTo("rw-r--r--");
    }

    @Test
    void keepsWhatItHasNoOptionFor() throws IOException {
        shell.run("trust", line(beta, "beta"), "--relay").done();
        Files.writeString(file("beta"), "introducer,psk-file=\"beta.psk\" " + line(beta, "beta") + "\n");

        shell.run("trust", line(beta, "beta"), "--prefix", "10.42.1.0/24").done();

        assertThat(file("beta")).content().contains("introducer", "psk-file=\"beta.psk\"", "10.42.1.0/24")
                .doesNotContain("relay");
    }

    @Test
    void takesAKeyInEveryForm() throws Exception {
        shell.run("trust", line(beta, "beta")).done();
        shell.run("trust", "ssh-ed25519", line(gamma, "").split(" ", -1)[1], "gamma").done();
        assertThat(shell.run("trust", key(3).base64(), "--name", "delta").done().out())
                .contains("taken as an Ed25519 key");
        assertThat(shell.run("trust", key(4).peerId(), "--json").done().json().path("taken_as").asText())
                .isEqualTo("peer_id");
        Files.writeString(directory.resolve("eps.pub"), "# a comment\n" + line(key(5), "User@Host") + "\n");
        shell.run("trust", "eps.pub").done();
        shell.typing(line(key(6), "zeta") + "\n").run("trust", "-").done();

        assertThat(names()).containsExactlyInAnyOrder("beta", "gamma", "delta", key(4).peerId().substring(0, 8), "eps",
                "zeta");
    }

    @Test
    void listShowsWhoIsTrustedForWhat() throws Exception {
        shell.run("trust", line(beta, "beta"), "--prefix", "10.42.1.0/24", "--relay").done();

        JsonNode list = shell.run("trust", "list", "--json").done().json().path("trust");

        assertThat(list).hasSize(1);
        JsonNode entry = list.get(0);
        assertThat(entry.path("name").asText()).isEqualTo("beta");
        assertThat(entry.path("peer_id").asText()).isEqualTo(beta.peerId());
        assertThat(entry.path("fingerprint").asText()).isEqualTo(beta.fingerprint());
        assertThat(entry.path("prefixes").get(0).asText()).isEqualTo("10.42.1.0/24");
        assertThat(entry.path("relay_capable").asBoolean()).isTrue();
        assertThat(entry.path("expires").isNull()).isTrue();
        assertThat(entry.path("seed").isNull()).isTrue();
        assertThat(entry.path("source").asText()).isEqualTo(file("beta").toString());
        assertThat(shell.run("trust", "list").done().out()).contains(beta.peerId(), "10.42.1.0/24");
    }

    @Test
    void listSaysWhenNobodyIsTrusted() {
        assertThat(shell.run("trust", "list").done().out()).contains("nobody is trusted");
    }

    @Test
    void untrustRemovesByNameAndByPeerId() {
        shell.run("trust", line(beta, "beta")).done();
        shell.run("trust", line(gamma, "gamma")).done();

        shell.run("untrust", "beta").done();
        shell.run("revoke", gamma.peerId().substring(0, 6)).done();

        assertThat(file("beta")).doesNotExist();
        assertThat(file("gamma")).doesNotExist();
        assertThat(shell.run("untrust", "beta").failed(1)).startsWith("nobody is trusted as beta");
        assertThat(shell.run("untrust", "No Name").failed(2)).startsWith("expected a name");
    }

    @Test
    void untrustForgetsANewcomerOfAnOpenNode() throws IOException {
        KnownPeers known = KnownPeers.of(Home.at(directory.resolve("home")));
        known.remember("beta", beta);
        known.remember("gamma", gamma);

        shell.run("untrust", "beta").done();
        shell.run("untrust", gamma.peerId().substring(0, 12)).done();

        assertThat(known.read()).isEmpty();
        assertThat(shell.run("untrust", "beta").failed(1)).startsWith("nobody is trusted as beta");
    }

    @Test
    void untrustRemovesAFileThatIsBroken() throws IOException {
        Files.createDirectories(file("x").getParent());
        Files.writeString(file("broken"), "nonsense\n");

        shell.run("untrust", "broken").done();

        assertThat(file("broken")).doesNotExist();
    }

    @Test
    void untrustPointsToTheConfiguration() throws IOException {
        Files.writeString(directory.resolve("home/meshd.toml"),
                "[[allowed_peers]]\nname = \"beta\"\npeer_id = \"" + beta.peerId() + "\"\n");

        assertThat(shell.run("untrust", "beta").failed(1))
                .contains("remove it from " + directory.resolve("home/meshd.toml") + ":1");
    }

    @Test
    void refusesKeysThatAreNone() {
        assertThat(shell.run("trust", "AAAA").failed(2)).startsWith("expected \"ssh-ed25519 <base64> <name>\"");
        assertThat(shell.run("trust", "ssh-rsa AAAA x").failed(2)).contains("ssh-ed25519");
        assertThat(shell.run("trust", PublicKey.of(new byte[32]).base64()).failed(2)).contains("small order");
        // Half of all keys have a slash in base64, which makes no path of them.
        assertThat(shell.run("trust", "xxdqcD1N2E+6PAt2DRBnDyogU/osOczGTsf9d5KsA3o=").failed(2))
                .contains("small order");
        assertThat(shell.run("trust", "ssh-ed25519 AAA/ x").failed(2)).contains("ssh-ed25519");
        assertThat(shell.run("trust", "").failed(2)).startsWith("expected one key");
        assertThat(shell.run("trust", "missing.pub").failed(1)).isEqualTo("missing.pub is no file: check the path");
        assertThat(shell.run("trust", "./missing").failed(1)).startsWith("./missing is no file");
    }

    @Test
    void refusesItsOwnKey() throws Exception {
        String own = shell.run("export").done().out().strip();

        assertThat(shell.run("trust", own, "--name", "me").failed(2)).contains("this node's own key");
        assertThat(names()).isEmpty();
    }

    @Test
    void refusesTheTwinOfAnotherKey() {
        byte[] bytes = beta.bytes();
        bytes[31] ^= (byte) 0x80;
        PublicKey twin = PublicKey.of(bytes);
        shell.run("trust", line(beta, "beta")).done();

        assertThat(shell.run("trust", twin.peerId(), "--name", "twin").failed(2)).contains("beta");
    }

    @Test
    void refusesTheSameKeyUnderAnotherNameAndAnotherKeyUnderTheSameName() {
        shell.run("trust", line(beta, "beta")).done();

        assertThat(shell.run("trust", line(beta, "other")).failed(2)).contains("trusted already, as beta");
        assertThat(shell.run("trust", line(gamma, "beta")).failed(2)).contains("another key has the name beta already");
        assertThat(file("beta")).hasContent(line(beta, "beta") + "\n");
    }

    @Test
    void replacesTheOptionsOfTheSameKey() {
        shell.run("trust", line(beta, "beta"), "--prefix", "10.42.1.0/24").done();

        shell.run("trust", line(beta, "beta"), "--prefix", "10.42.2.0/24").done();

        assertThat(file("beta")).content().startsWith("prefix=\"10.42.2.0/24\" ");
    }

    @Test
    void refusesPrefixesThatAreWrongOrTaken() {
        shell.run("config", "init", "--address", "10.42.0.1", "--prefix-len", "24").done();
        shell.run("trust", line(beta, "beta"), "--prefix", "10.42.1.0/24").done();

        assertThat(shell.run("trust", line(gamma, "gamma"), "--prefix", "10.42.1.128/25").failed(2)).contains("beta");
        assertThat(shell.run("trust", line(gamma, "gamma"), "--prefix", "10.42.0.0/16").status()).isEqualTo(2);
        assertThat(shell.run("trust", line(gamma, "gamma"), "--prefix", "10.42.0.0/24").failed(2))
                .contains("nothing was written");
        assertThat(shell.run("trust", line(gamma, "gamma"), "--prefix", "10.42.3.1/24").failed(2))
                .contains("host bits", "10.42.3.0/24");
        assertThat(shell.run("trust", line(gamma, "gamma"), "--prefix", "nonsense").failed(2)).contains("--prefix");
        assertThat(file("gamma")).doesNotExist();
    }

    @Test
    void refusesMalformedOptions() {
        assertThat(shell.run("trust", line(beta, "beta"), "--name", "Big Name").failed(2)).contains("--name");
        assertThat(shell.run("trust", line(beta, "beta"), "--expires", "soon").failed(2)).contains("--expires");
        assertThat(shell.run("trust", line(beta, "beta"), "--seed", "nowhere").failed(2)).contains("--seed");
        assertThat(names()).isEmpty();
    }

    @Test
    void warnsOfTrustThatHasExpired() {
        Shell.Outcome outcome = shell.run("trust", line(beta, "beta"), "--expires", "2020-01-01");

        assertThat(outcome.status()).isZero();
        assertThat(outcome.err()).contains("expired already");
        assertThat(shell.run("trust", "list").out()).contains("2020-01-01 (past)");
    }

    @Test
    void addsAStockWireGuardDevice() throws Exception {
        String key = key(9).tunnelKey().base64();
        Path secret = directory.resolve("psk");
        Files.writeString(secret, key(8).base64() + "\n");
        Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));

        JsonNode added = shell.run("peer", "add", "phone", "--wireguard", key, "--prefix", "10.42.9.0/24",
                "--preshared-key", "psk", "--persistent-keepalive", "25", "--endpoint", "phone.example:51820", "--json")
                .done().json();

        assertThat(added.path("peer_id").isNull()).isTrue();
        assertThat(file("phone")).hasContent("prefix=\"10.42.9.0/24\",endpoint=\"phone.example:51820\","
                + "persistent-keepalive=\"25\",psk-file=\"phone.psk\" wireguard-x25519 " + key + "\n");
        Path copy = file("phone").resolveSibling("phone.psk");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(copy))).isEqualTo("rw-------");
        assertThat(shell.run("trust", "list", "--json").done().json().path("trust").get(0).path("peer_id").isNull())
                .isTrue();

        shell.run("untrust", "phone").done();
        assertThat(copy).doesNotExist();
    }

    @Test
    void refusesAWrongWireGuardDevice() throws IOException {
        String key = key(9).tunnelKey().base64();
        Path open = directory.resolve("open");
        Files.writeString(open, key(8).base64());
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rw-r--r--"));

        assertThat(shell.run("peer", "add", "phone").failed(2)).contains("--wireguard is missing");
        assertThat(shell.run("peer", "add", "phone", "--wireguard", "AAAA").failed(2)).contains("base64 of 32 bytes");
        assertThat(shell.run("peer", "add", "Phone!", "--wireguard", key).failed(2)).contains("expected a name");
        assertThat(shell.run("peer", "add", "phone", "--wireguard", key, "--preshared-key", "none").failed(1))
                .contains("does not exist");
        assertThat(shell.run("peer", "add", "phone", "--wireguard", key, "--preshared-key", "open").failed(1))
                .contains("chmod 600");
        assertThat(shell.run("peer", "add", "phone", "--wireguard", key, "--persistent-keepalive", "-1").failed(2))
                .contains("--persistent-keepalive");
        assertThat(shell.run("peer", "add", "phone", "--wireguard", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
                .failed(2)).contains("small order");
        assertThat(names()).isEmpty();
    }

    @Test
    void trustsWithoutAnIdentityOfItsOwn() throws IOException {
        Files.delete(directory.resolve("home/identity"));

        shell.run("trust", line(beta, "beta")).done();

        assertThat(file("beta")).exists();
        assertThat(Setup.NOBODY.tunnelKey()).isNotEqualTo(beta.tunnelKey());
    }

    private List<String> names() {
        List<String> names = new ArrayList<>();
        try {
            shell.run("trust", "list", "--json").done().json().path("trust")
                    .forEach(entry -> names.add(entry.path("name").asText()));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return names;
    }

    private Path file(String name) {
        return directory.resolve("home/authorized_keys/" + name + ".pub");
    }

    private static String line(PublicKey key, String comment) {
        return new OpenSshKey(key, comment).line();
    }

    private static PublicKey key(long seed) {
        return Identity.generate(new SplittableRandom(seed)).publicKey();
    }
}
