package io.meshd.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.meshd.identity.Identity;
import io.meshd.identity.OpenSshKey;
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

final class ConfigCommandTest {
    @TempDir
    private Path directory;

    private Shell shell = new Shell(Path.of("/"));

    @BeforeEach
    void openShell() {
        shell = new Shell(directory);
    }

    @Test
    void initWritesAValidFile() throws IOException {
        assertThat(shell.run("config", "init", "--name", "alpha", "--network", "home-net", "--address", "10.42.0.1",
                "--prefix-len", "20").done().out()).isEqualTo("wrote " + file() + "\n");

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file()))).isEqualTo("rw-r--r--");
        shell.run("config", "validate").done();
        JsonNode settings = shell.run("config", "show", "--json").done().json().path("settings");
        assertThat(setting(settings, "node.name").path("value").asText()).isEqualTo("alpha");
        assertThat(setting(settings, "node.network_id").path("value").asText()).isEqualTo("home-net");
        assertThat(setting(settings, "tun.address").path("value").asText()).isEqualTo("10.42.0.1");
        assertThat(setting(settings, "tun.prefix_len").path("value").asInt()).isEqualTo(20);
    }

    @Test
    void initRefusesToReplaceWithoutForce() {
        shell.run("config", "init", "--name", "alpha").done();

        assertThat(shell.run("config", "init", "--name", "beta").failed(1)).contains("already: --force replaces it");
        assertThat(file()).content().contains("name = \"alpha\"");

        shell.run("config", "init", "--name", "beta", "--force").done();
        assertThat(file()).content().contains("name = \"beta\"");
    }

    @Test
    void initRefusesMalformedValues() {
        assertThat(shell.run("config", "init", "--name", "A B").failed(2)).contains("--name");
        assertThat(shell.run("config", "init", "--network", "NET").failed(2)).contains("--network");
        assertThat(shell.run("config", "init", "--address", "10.42.0").failed(2)).contains("--address");
        assertThat(shell.run("config", "init", "--address", "10.42.0.1", "--prefix-len", "33").failed(2))
                .contains("--prefix-len", "0 to 32");
        assertThat(shell.run("config", "init", "--prefix-len", "24").failed(2)).contains("belongs to --address");
        assertThat(file()).doesNotExist();
    }

    @Test
    void initSaysWhatCannotBeWritten() throws IOException {
        Files.writeString(directory.resolve("file"), "");

        assertThat(shell.run("config", "init", "-c", "file/meshd.toml").failed(1)).contains("is no directory");
    }

    @Test
    void validateAcceptsTheDefaults() {
        assertThat(shell.run("config", "validate").done().out())
                .isEqualTo("there is no configuration at " + file() + ": the defaults are valid\n");
    }

    @Test
    void validateSaysEveryErrorAtOnce() throws Exception {
        write("[node]\nlisten_prt = 5\n[tun]\nmtu = 5\n");

        Shell.Outcome outcome = shell.run("config", "validate");

        assertThat(outcome.status()).isEqualTo(2);
        assertThat(outcome.err().lines()).containsExactly(
                "error: " + file() + ":2: node.listen_prt: unknown key; did you mean \"listen_port\"?",
                "error: " + file() + ":4: tun.mtu: expected a whole number from 1280 to 65455, found 5");
        Shell.Outcome asJson = shell.run("config", "validate", "--json");
        assertThat(asJson.status()).isEqualTo(2);
        assertThat(asJson.json().path("valid").asBoolean()).isFalse();
        assertThat(asJson.json().path("problems")).hasSize(2);
        assertThat(asJson.json().path("problems").get(0).path("line").asInt()).isEqualTo(2);
        assertThat(asJson.json().path("problems").get(0).path("key").asText()).isEqualTo("node.listen_prt");
    }

    @Test
    void everyCommandRefusesAnInvalidConfiguration() throws IOException {
        write("[node]\nname = 5\n");

        for (String[] command : List.of(new String[]{"up"}, new String[]{"trust", "list"}, new String[]{"export"},
                new String[]{"config", "show"}, new String[]{"up", "--detach"})) {
            assertThat(shell.run(command).failed(2)).startsWith(file() + ":2: node.name: expected a name");
        }
    }

    @Test
    void validateChecksTheIdentityToo() throws Exception {
        shell.run("keygen").done();
        String fingerprint = shell.run("identity", "fingerprint").out().strip();
        write("[node]\nfingerprint = \"" + fingerprint + "\"\n");
        shell.run("config", "validate").done();

        write("[node]\nfingerprint = \"SHA256:" + "A".repeat(43) + "\"\n");
        Shell.Outcome other = shell.run("config", "validate");
        assertThat(other.status()).isEqualTo(2);
        assertThat(other.err()).contains(file() + ":2: node.fingerprint: expected an identity with SHA256:AAA",
                fingerprint);

        write("");
        Files.setPosixFilePermissions(directory.resolve("home/identity"),
                PosixFilePermissions.fromString("rw-rw-r--"));
        Shell.Outcome open = shell.run("config", "validate");
        assertThat(open.status()).isEqualTo(2);
        assertThat(open.err()).contains("chmod 600 " + directory.resolve("home/identity"));
    }

    @Test
    void validateChecksTrustToo() throws IOException {
        Path keys = Files.createDirectories(directory.resolve("home/authorized_keys"));
        Files.writeString(keys.resolve("beta.pub"), "prefix=\"10.42.1.0/24\" " + line(1));
        Files.writeString(keys.resolve("gamma.pub"), "prefix=\"10.42.0.0/16\" " + line(2));
        Files.writeString(keys.resolve("broken.pub"), "# nothing\nprefix=10 x\n");

        Shell.Outcome outcome = shell.run("config", "validate");

        assertThat(outcome.status()).isEqualTo(2);
        assertThat(outcome.err()).contains("broken.pub:2: ", "overlap");
    }

    @Test
    void validateRefusesTheNameOfAnInterfaceThatIsNoTun() throws IOException {
        write("[tun]\nname = \"lo\"\n");

        Shell.Outcome outcome = shell.run("config", "validate");

        assertThat(outcome.status()).isEqualTo(2);
        assertThat(outcome.err()).contains(file() + ":2: tun.name: ", "lo is another interface");
    }

    @Test
    void anExplicitFileMustExist() {
        assertThat(shell.run("config", "validate", "-c", "none.toml").failed(1))
                .isEqualTo(directory.resolve("none.toml") + " does not exist: check the path");
        assertThat(shell.run("-c", ".", "config", "validate").failed(1)).contains("is a directory");
    }

    @Test
    void showNamesTheOriginOfEachValue() throws Exception {
        write("[node]\nlisten_port = 7\n");
        shell.run("keygen").done();

        JsonNode document = shell.run("config", "show", "--json").done().json();

        assertThat(document.path("config_path").asText()).isEqualTo(file().toString());
        assertThat(setting(document.path("settings"), "node.listen_port").toString()).isEqualTo(
                "{\"key\":\"node.listen_port\",\"value\":7,\"source\":\"file\",\"file\":\"" + file()
                        + "\",\"line\":2}");
        assertThat(setting(document.path("settings"), "tun.mtu").path("source").asText()).isEqualTo("default");
        assertThat(setting(document.path("settings"), "tun.addresses").path("value")).hasSize(2);
        assertThat(shell.run("config", "show").done().out()).contains("node.listen_port", file() + ":2", "default");
    }

    private static JsonNode setting(JsonNode settings, String key) {
        List<JsonNode> found = new ArrayList<>();
        settings.forEach(setting -> {
            if (setting.path("key").asText().equals(key)) {
                found.add(setting);
            }
        });
        assertThat(found).as(key).hasSize(1);
        return found.getFirst();
    }

    private void write(String text) throws IOException {
        Files.createDirectories(file().getParent());
        Files.writeString(file(), text);
    }

    private Path file() {
        return directory.resolve("home/meshd.toml");
    }

    private static String line(long seed) {
        return new OpenSshKey(Identity.generate(new SplittableRandom(seed)).publicKey(), "").line() + "\n";
    }
}
