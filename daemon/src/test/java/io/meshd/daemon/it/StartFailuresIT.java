package io.meshd.daemon.it;

import static io.meshd.daemon.lab.LabHost.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.lab.Commands;
import io.meshd.daemon.lab.Lab;
import io.meshd.daemon.lab.MeshdHost;
import io.meshd.daemon.lab.StockWireGuard;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Each thing that keeps a daemon from starting is one clear line, the right exit status, and nothing left behind. */
@NeedsLab
class StartFailuresIT {
    private final Lab lab = Lab.open();
    private final MeshdHost node = new MeshdHost(lab.host("node"), "");

    @AfterEach
    void end() {
        lab.close();
    }

    private static void refuses(Commands.Result result, int status, String... words) {
        assertThat(result.status()).as(result.toString()).isEqualTo(status);
        assertThat(result.err().strip().lines()).as(result.toString()).hasSize(1);
        assertThat(result.err()).contains(words);
        assertThat(result.out()).isEmpty();
    }

    @Test
    void secondDaemonSaysWhichProcessRuns() {
        node.up();
        String pid = node.json("status").get("pid").asText();

        refuses(node.meshd("up", "--detach"), 1, "running already", pid);
        assertThat(node.json("status").get("phase").asText()).isEqualTo("running");
    }

    @Test
    void busyPortIsNamed() {
        // Another WireGuard on the host: what an operator's port is most likely taken by. It binds when it is brought up.
        new StockWireGuard(node.host(), List.of(), 51821);
        assertThat(await(Duration.ofSeconds(10), () -> node.host().run("ss", "-uln").out().contains(":51821")))
                .isTrue();

        refuses(node.meshd("up"), 1, "51821", "in use");
        assertThat(node.host().run("ip", "link", "show", "mesh0").status()).isNotZero();
        assertThat(node.host().home().resolve("run/meshd.pid")).doesNotExist();
    }

    @Test
    void missingTunDeviceIsNamed() {
        List<String> words = new ArrayList<>(List.of("unshare", "-m", "sh", "-c",
                "mount -t tmpfs none /dev/net && exec \"$@\"", "sh"));
        words.addAll(node.command("up"));

        refuses(node.host().run(words.toArray(String[]::new)), 1, "/dev/net/tun");
    }

    @Test
    void missingCapabilityNamesTheLineThatGrantsIt() {
        List<String> words = new ArrayList<>(List.of("setpriv", "--bounding-set", "-net_admin", "--inh-caps",
                "-net_admin"));
        words.addAll(node.command("up"));

        refuses(node.host().run(words.toArray(String[]::new)), 1, "CAP_NET_ADMIN", "setpriv");
    }

    @Test
    void identityThatOthersCanReadIsRefusedWithItsCure() throws IOException {
        Path identity = node.host().home().resolve("identity");
        Files.setPosixFilePermissions(identity, PosixFilePermissions.fromString("rw-r--r--"));

        refuses(node.meshd("up"), 1, "chmod 600", identity.toString());
    }

    @Test
    void configurationMistakesAreAllNamedAtOnce() {
        node.configure("""
                listen_port = 70000
                nonsense = 1
                """);

        Commands.Result result = node.meshd("up");

        assertThat(result.status()).isEqualTo(2);
        assertThat(result.err()).contains("meshd.toml", "listen_port", "nonsense");
    }

    @Test
    void killedDaemonLeavesNothingInTheWayOfTheNext() {
        node.up();
        node.kill9();

        node.up();

        assertThat(node.json("status").get("phase").asText()).isEqualTo("running");
        node.meshd("down").orThrow();
        assertThat(node.meshd("status").status()).isEqualTo(1);
    }

    @Test
    void endsWithStatusZeroWhenToldToBySignal() throws InterruptedException {
        for (String signal : List.of("TERM", "INT")) {
            Process daemon = node.startUp();
            assertThat(await(Duration.ofSeconds(20), () -> node.meshd("daemon", "status").status() == 0))
                    .isTrue();

            node.host().run("kill", "-" + signal, node.json("status").get("pid").asText()).orThrow();

            assertThat(daemon.waitFor(10, TimeUnit.SECONDS)).as(signal).isTrue();
            assertThat(daemon.exitValue()).as(signal).isZero();
            assertThat(node.host().home().resolve("run/meshd.pid")).doesNotExist();
        }
    }

    @Test
    void runsWhereIpv6IsOff() {
        node.host().run("sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
                .orThrow();

        node.up();

        assertThat(node.json("status").get("warnings").toString()).contains("IPv6");
        assertThat(node.host().run("ip", "-4", "-o", "addr", "show", "mesh0").orThrow().out())
                .contains(node.overlay(false));
        node.meshd("down").orThrow();
    }

    @Test
    void runsWithTheOneCapabilityAndWithoutRoot() throws IOException {
        Commands.run(List.of("chown", "-R", "nobody", node.host().home().toString())).orThrow();
        Files.setPosixFilePermissions(lab.folder(), PosixFilePermissions.fromString("rwxr-xr-x"));
        // A device node as distributions make it: open to all, since the kernel asks for the capability.
        List<String> words = new ArrayList<>(List.of("unshare", "-m", "sh", "-c",
                "mount -t tmpfs none /dev/net && mknod -m 666 /dev/net/tun c 10 200 && exec \"$@\"", "sh", "setpriv",
                "--reuid", "nobody", "--clear-groups", "--inh-caps", "+net_admin", "--ambient-caps", "+net_admin",
                "--no-new-privs"));
        words.addAll(node.command("up", "--detach"));

        node.host().run(words.toArray(String[]::new)).orThrow();

        assertThat(node.json("status").get("phase").asText()).isEqualTo("running");
    }
}
