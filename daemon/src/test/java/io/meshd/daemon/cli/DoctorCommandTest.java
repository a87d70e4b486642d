package io.meshd.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.meshd.daemon.control.ControlException;
import io.meshd.daemon.control.ControlServer;
import io.meshd.daemon.control.FakeNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command around the checks, which have tests of their own. */
final class DoctorCommandTest {
    @TempDir
    private Path directory;

    private Shell shell = new Shell(Path.of("/"));

    @BeforeEach
    void openShell() {
        shell = new Shell(directory);
    }

    private void write(String name, String content) throws IOException {
        Path file = directory.resolve("home").resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, content + "\n");
    }

    @Test
    void numbersTheChecksAndFailsWhenOneFails() throws Exception {
        shell.run("keygen").done();
        write("meshd.toml", "[node]\nlisten_port = 0\n[tun]\nenabled = false\n");

        Shell.Outcome text = shell.run("doctor");
        assertThat(text.out()).containsPattern("(?m)^1 +PASS +config ").contains("WARN  daemon", "do: meshd up\n",
                " failed\n");
        write("authorized_keys/beta.pub", "nonsense");
        Shell.Outcome sick = shell.run("doctor");
        assertThat(sick.status()).isEqualTo(1);
        assertThat(sick.out()).contains("FAIL  trust", "do: change ", "beta.pub:1");
    }

    @Test
    void jsonHasForEachCheckItsIdAndWhatMendsIt() throws Exception {
        shell.run("keygen").done();
        write("authorized_keys/beta.pub", "nonsense");

        JsonNode document = shell.run("doctor", "--json").json();

        JsonNode checks = document.path("checks");
        assertThat(checks.get(0).toString())
                .startsWith("{\"number\":1,\"id\":\"config\",\"name\":\"config\",\"result\":\"pass\",\"message\":\"");
        assertThat(checks.get(0).path("remedy").isNull()).isTrue();
        Set<String> ids = new HashSet<>(checks.findValuesAsText("id"));
        assertThat(ids).hasSizeGreaterThanOrEqualTo(30).contains("udp-port", "local-networks", "daemon");
        checks.forEach(check -> assertThat(check.path("remedy").isNull())
                .isEqualTo(check.path("result").asText().equals("pass")));
        assertThat(document.path("failed").asInt()).isPositive();
        assertThat(document.path("passed").asInt() + document.path("warned").asInt() + document.path("failed").asInt())
                .isEqualTo(checks.size());
    }

    @Test
    void asksTheRunningDaemonForItsReportsAndForALookAtTheNetwork() throws Exception {
        Files.createDirectories(shell.home().run());
        FakeNode node = new FakeNode();
        try (ControlServer _ = ControlServer.start(shell.home().socket(), node)) {
            assertThat(shell.run("doctor").out()).contains("running with pid 4711 as alpha",
                    "trust: gamma.pub is broken");
        }
        assertThat(node.asked()).contains("snapshot", "netcheck");
    }

    @Test
    void daemonThatDoesNotAnswerIsAWarningAndTheHostIsCheckedAllTheSame() throws Exception {
        Files.createDirectories(shell.home().run());
        FakeNode node = new FakeNode();
        node.willFail(new ControlException(ControlException.Code.BUSY, "too many requests"));
        try (ControlServer _ = ControlServer.start(shell.home().socket(), node)) {
            assertThat(shell.run("doctor").out()).contains("it does not answer: too many requests",
                    "PASS  config");
        }
    }
}
