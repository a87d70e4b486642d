package io.meshd.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.meshd.daemon.files.Access;
import io.meshd.daemon.files.AtomicFile;
import io.meshd.identity.OpenSshKey;
import io.meshd.identity.OverlayAddresses;
import io.meshd.identity.PublicKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class IdentityCommandTest {
    @TempDir
    private Path directory;

    private Shell shell = new Shell(Path.of("/"));

    @BeforeEach
    void openShell() {
        shell = new Shell(directory);
    }

    @Test
    void initMakesASecretFile() throws IOException {
        assertThat(shell.run("identity", "init").done().out()).startsWith("made the identity " + file());

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file()))).isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve("home"))))
                .isEqualTo("rwx------");
        assertThat(Files.readString(file())).contains("format = ", "seed = ", "public_key = ", "peer_id = ",
                "fingerprint = ");
    }

    @Test
    void initRefusesToReplaceWithoutForce() throws IOException {
        shell.run("keygen").done();
        String before = Files.readString(file());

        assertThat(shell.run("keygen").failed(1)).contains("already: --force replaces it");
        assertThat(file()).hasContent(before);

        shell.run("keygen", "--force").done();
        assertThat(Files.readString(file())).isNotEqualTo(before);
    }

    @Test
    void showHasTheFieldsOfTheContract() throws IOException {
        shell.run("keygen").done();

        JsonNode shown = shell.run("identity", "show", "--format", "json").done().json();

        List<String> fields = new ArrayList<>();
        shown.fieldNames().forEachRemaining(fields::add);
        assertThat(fields).containsExactly("peer_id", "public_key", "fingerprint", "wireguard_public_key", "addresses",
                "path");
        PublicKey key = Objects.requireNonNull(PublicKey.ofPeerId(shown.path("peer_id").asText()));
        assertThat(shown.path("public_key").asText()).isEqualTo(key.base64());
        assertThat(shown.path("fingerprint").asText()).isEqualTo(key.fingerprint());
        assertThat(shown.path("wireguard_public_key").asText()).isEqualTo(key.tunnelKey().base64());
        assertThat(shown.path("addresses").toString()).isEqualTo("[\""
                + OverlayAddresses.DEFAULT.v4Of(key) + "\",\"" + OverlayAddresses.DEFAULT.v6Of(key) + "\"]");
        assertThat(shown.path("path").asText()).isEqualTo(file().toString());
        assertThat(shell.run("identity", "show").done().out()).contains(key.peerId(), key.fingerprint());
        assertThat(shell.run("identity", "fingerprint").done().out()).isEqualTo(key.fingerprint() + "\n");
    }

    @Test
    void exportPrintsExactlyOneOpenSshLine() {
        shell.run("keygen").done();
        shell.run("config", "init", "--name", "alpha").done();

        String line = shell.run("export").done().out();

        assertThat(line).matches("ssh-ed25519 [A-Za-z0-9+/]{68} alpha\\n");
        assertThat(OpenSshKey.parse(line.strip()).orThrow().comment()).isEqualTo("alpha");
        assertThat(shell.run("identity", "export").done().out()).isEqualTo(line);
        assertThat(shell.run("identity", "export-public").done().out()).isEqualTo(line);
        assertThat(shell.run("export-public").done().out()).isEqualTo(line);
    }

    @Test
    void missingIdentityNamesTheCommandThatMakesOne() {
        assertThat(shell.run("identity", "show").failed(1))
                .isEqualTo("there is no identity at " + file() + ": make one with `meshd identity init`");
    }

    @Test
    void saysWhereItCannotWrite() {
        assertThat(shell.run("keygen", "--home", "/proc").failed(1)).startsWith("cannot write /proc/identity: ");
        assertThat(shell.run("config", "init", "--home", "/proc/none").failed(1)).startsWith("/proc/none");
        assertThat(shell.run("keygen", "--home", "/dev/null").failed(1)).startsWith("/dev/null is no directory");
    }

    @Test
    void refusesAnIdentityThatOthersMayRead() throws IOException {
        shell.run("keygen").done();
        Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-r--r--"));

        assertThat(shell.run("export").failed(1)).endsWith("chmod 600 " + file());
    }

    @Test
    void refusesAnIdentityWhoseLinesDoNotMatch() throws IOException {
        shell.run("keygen").done();
        String text = Files.readString(file());
        AtomicFile.write(file(), text.replaceFirst("fingerprint = SHA256:...", "fingerprint = SHA256:xyz"),
                Access.SECRET);

        assertThat(shell.run("identity", "show").failed(2)).startsWith(file() + ":6: fingerprint does not belong");
    }

    @Test
    void usesThePathThatTheConfigurationNames() throws IOException {
        Path elsewhere = directory.resolve("elsewhere/key");
        Files.createDirectories(directory.resolve("home"));
        Files.writeString(directory.resolve("home/meshd.toml"), "[node]\nidentity_path = \"" + elsewhere + "\"\n");

        shell.run("keygen").done();

        assertThat(elsewhere).exists();
        assertThat(file()).doesNotExist();
    }

    private Path file() {
        return directory.resolve("home/identity");
    }
}
