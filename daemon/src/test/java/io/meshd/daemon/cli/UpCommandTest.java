package io.meshd.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.config.BootstrapPeer;
import io.meshd.daemon.config.Config;
import io.meshd.daemon.files.LockHolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class UpCommandTest {
    private static final String LAUNCHER = "meshd.launcher";

    @TempDir
    private Path directory;

    private Shell shell = new Shell(Path.of("/"));

    @BeforeEach
    void openShell() {
        shell = new Shell(directory);
    }

    @AfterEach
    void forgetLauncher() {
        System.clearProperty(LAUNCHER);
    }

    @Test
    void runsTheNodeWithWhatTheOptionsSay() {
        assertThat(shell.run("up", "--seed", "beta@198.51.100.10:51821", "--seed", "[2001:db8::1]:7", "--seed",
                "txt:mesh.example", "--no-tun", "--open").done().out()).isEqualTo("ready\n");

        Shell.Started started = shell.started().getFirst();
        assertThat(started.home()).isEqualTo(shell.home());
        Config config = started.config();
        assertThat(config.bootstrapPeers()).map(BootstrapPeer::toString).containsExactly(
                "beta@udp://198.51.100.10:51821", "udp://[2001:db8::1]:7", "txt://mesh.example");
        assertThat(config.tun().enabled()).isFalse();
        assertThat(config.policy().strictAllowlist()).isFalse();
    }

    @Test
    void daemonRunIsTheSame() {
        shell.run("daemon", "run", "--no-tun").done();

        assertThat(shell.started().getFirst().config().tun().enabled()).isFalse();
        assertThat(shell.run("daemon", "run", "--detach").failed(2)).startsWith("unknown option --detach");
    }

    @Test
    void refusesMalformedSeeds() {
        for (String seed : List.of("nowhere", "host:0", "host:99999", "No One@host:1", "txt:", "txt:a..b", "@host:1")) {
            assertThat(shell.run("up", "--seed", seed).failed(2)).contains("--seed", "[PEER@]HOST:PORT");
        }
        assertThat(shell.started()).isEmpty();
    }

    @Test
    void passesFailuresOn() {
        shell.running((home, config, ready) -> {
            throw CommandException.failed("CAP_NET_ADMIN is missing: use sudo");
        });

        assertThat(shell.run("up").failed(1)).isEqualTo("CAP_NET_ADMIN is missing: use sudo");
    }

    @Test
    void detachReturnsWhenTheDaemonIsReady() throws Exception {
        Path pid = directory.resolve("pid");
        launcher("echo $$ > " + pid, "echo \"$@\" > " + directory.resolve("arguments"), "echo a log line >&2",
                "echo \"meshd is ready on mesh0\"", "exec sleep 60");

        try {
            assertThat(shell.run("up", "--detach", "--seed", "beta@h:1", "--no-tun").done().out())
                    .isEqualTo("meshd is ready on mesh0\n");
            assertThat(directory.resolve("arguments"))
                    .hasContent("up --seed beta@h:1 --no-tun --home " + shell.home().directory() + "\n");
            assertThat(shell.home().log()).content().contains("a log line");
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(shell.home().log())))
                    .isEqualTo("rw-------");
        } finally {
            ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).ifPresent(ProcessHandle::destroyForcibly);
        }
    }

    @Test
    void detachPassesTheErrorOfTheDaemonOn() throws Exception {
        launcher("echo starting >&2", "echo \"error: no rights: use sudo\" >&2", "exit 1");

        assertThat(shell.run("daemon", "start").failed(1)).isEqualTo("no rights: use sudo");
        assertThat(shell.run("up", "--detach").failed(1)).isEqualTo("no rights: use sudo");
    }

    @Test
    void detachSaysWhenADaemonRunsAlready() throws Exception {
        launcher("exit 1");
        Process running = LockHolder.start(shell.home());
        try {
            assertThat(shell.run("up", "--detach").failed(1)).contains("running already with pid " + running.pid());
        } finally {
            running.destroyForcibly().waitFor();
        }
    }

    private void launcher(String... lines) throws IOException {
        Path script = directory.resolve("launcher");
        Files.writeString(script, "#!/bin/sh\n" + String.join("\n", lines) + "\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
        System.setProperty(LAUNCHER, script.toString());
    }
}
