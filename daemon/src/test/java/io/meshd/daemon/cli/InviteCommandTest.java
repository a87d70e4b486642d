package io.meshd.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.control.ControlServer;
import io.meshd.daemon.control.FakeNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jspecify.annotations.Nullable;

/** `invite`, `invite list` and `invite cancel` against a daemon that answers from values. */
final class InviteCommandTest {
    @TempDir
    private Path directory;

    private final FakeNode node = new FakeNode();
    private Shell shell = new Shell(Path.of("/"));
    private @Nullable ControlServer server;

    @BeforeEach
    void open() {
        shell = new Shell(directory);
    }

    @AfterEach
    void close() throws IOException {
        if (server != null) {
            server.close();
        }
    }

    private void serve() throws IOException {
        Files.createDirectories(shell.home().socket().getParent());
        server = ControlServer.start(shell.home().socket(), node);
    }

    @Test
    void nothingButTheTokenIsOnStandardOutput() throws IOException {
        serve();
        Shell.Outcome outcome = shell.run("invite").done();
        assertThat(outcome.out()).isEqualTo("meshd://token\n");
        assertThat(outcome.err()).contains("sudo meshd join TOKEN");
    }

    @Test
    void fileHoldsTheTokenForItsOwnerOnly() throws IOException {
        serve();
        Shell.Outcome outcome = shell.run("invite", "--out", "beta.token").done();
        Path file = directory.resolve("beta.token");
        assertThat(outcome.out()).isEmpty();
        assertThat(Files.readString(file)).isEqualTo("meshd://token\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rw-------");
        assertThat(outcome.err()).contains(file.toString());
    }

    @Test
    void optionsReachTheDaemon() throws Exception {
        serve();
        shell.run("invite", "--name", "beta", "--prefix", "10.42.1.0/24", "--relay", "--expires", "90m", "--endpoint",
                "mesh.example:51821", "--json").done();
        assertThat(node.asked().take()).contains("name=beta", "10.42.1.0/24", "relay=true", "expiresSeconds=5400",
                "mesh.example:51821");
        shell.run("invite", "--name", "Beta's Laptop").done();
        assertThat(node.asked().take()).contains("name=beta-s-laptop,");
        for (List<String> pair : List.of(List.of("30s", "30"), List.of("24h", "86400"), List.of("7d", "604800"),
                List.of("2026-11-22T12:00:00Z", "86400"))) {
            shell.run("invite", "--expires", pair.getFirst()).done();
            assertThat(node.asked().take()).contains("expiresSeconds=" + pair.getLast() + ",");
        }
    }

    @Test
    void wrongValuesAreWrongUsage() {
        assertThat(shell.run("invite", "--prefix", "10.42.1.1/24").failed(2)).contains("host bits");
        assertThat(shell.run("invite", "--prefix", "0.0.0.0/0").failed(2)).contains("default route");
        assertThat(shell.run("invite", "--expires", "soon").failed(2)).contains("90s, 30m, 24h, 7d");
        assertThat(shell.run("invite", "--expires", "2020-01-01").failed(2)).contains("a time to come");
        assertThat(shell.run("invite", "--expires", "900d").failed(2)).contains("366 days");
        assertThat(shell.run("invite", "--endpoint", "nowhere").failed(2)).contains("option --endpoint");
        assertThat(shell.run("invite", "beta").failed(2)).contains("unexpected argument beta");
        assertThat(shell.run("invite").failed(1)).startsWith("meshd is not running");
        assertThat(shell.run("invite", "list").failed(1)).startsWith("meshd is not running");
        assertThat(shell.run("invite", "cancel", "abcdefgh").failed(1)).startsWith("meshd is not running");
    }

    @Test
    void listShowsWhatBecameOfEachAndTheLineForOthers() throws Exception {
        serve();
        assertThat(shell.run("invite", "list").done().out()).contains("abcdefgh  open", "bcdefghi  used",
                "10.42.1.0/24",
                "meshd trust 'ssh-ed25519 AAAA beta'");
        assertThat(shell.run("invite", "list", "--json").done().json().get("invitations")).hasSize(2);
    }

    @Test
    void cancelTakesAnIdOrTheTokenItself() throws Exception {
        serve();
        shell.run("invite", "cancel", "abcdefgh").done();
        assertThat(node.asked().take()).isEqualTo("cancel abcdefgh");
        assertThat(shell.run("invite", "cancel", "meshd://AAAA").failed(1)).contains("altered or cut off");
        assertThat(shell.run("invite", "cancel").failed(2)).contains("needs ID");
    }
}
