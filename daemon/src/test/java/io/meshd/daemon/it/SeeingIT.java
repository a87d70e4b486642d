package io.meshd.daemon.it;

import static io.meshd.daemon.lab.LabHost.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.lab.Commands;
import io.meshd.daemon.lab.Lab;
import io.meshd.daemon.lab.MeshdHost;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** A running node can be watched: its log, its metrics, on a terminal; and what it tells is no secret. */
@NeedsLab
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SeeingIT {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final Lab lab = Lab.open();
    private MeshdHost alpha;
    private MeshdHost beta;
    private Process daemon;

    @BeforeAll
    void start() {
        alpha = new MeshdHost(lab.host("alpha"), "[metrics]\nlisten = \"127.0.0.1:9000\"\n");
        beta = new MeshdHost(lab.host("beta"), "");
        MeshdHost.trustEachOther(List.of(alpha, beta));
        daemon = alpha.startUp();
        beta.up("--seed", alpha.seed());
        assertThat(await(PATIENCE, () -> alpha.echo(beta) != null)).isTrue();
    }

    @AfterAll
    void end() {
        tmux("kill-server");
        lab.close();
    }

    @Test
    void aFloodOfSignalsCostsOneDumpASecondAndNothingElse() {
        alpha.host().run("sh", "-c", "for i in $(seq 2000); do kill -USR1 " + daemon.pid() + "; done").orThrow();

        assertThat(await(PATIENCE, () -> alpha.host().log("daemon.log").contains("diagnostics: counters"))).isTrue();
        assertThat(alpha.host().log("daemon.log").lines().filter(line -> line.contains("diagnostics: status")).count())
                .isBetween(1L, 10L);
        assertThat(daemon.isAlive()).isTrue();
        assertThat(alpha.echo(beta)).isNotNull();
    }

    @Test
    void theLogOfTheDaemonIsReadFromOutside() {
        assertThat(alpha.meshd("log").orThrow().out()).contains("node: beta is alive, was unknown");
        Commands.Result followed = alpha.host().run("sh", "-c",
                "timeout 20 " + String.join(" ", alpha.command("log", "-f", "--level", "debug")) + " | head -n 2");
        assertThat(followed.out().lines()).hasSize(2);
    }

    @Test
    void aMonitorReadsTheMetrics() {
        String metrics = alpha.host().run("curl", "-s", "-m", "5", "http://127.0.0.1:9000/metrics").orThrow().out();

        assertThat(metrics.lines()).contains("meshd_ready 1.0", "meshd_peer_up{peer=\"beta\"} 1.0");
        assertThat(alpha.host().run("curl", "-s", "-m", "5", "-o", "/dev/null", "-w", "%{http_code}",
                "http://127.0.0.1:9000/").out()).isEqualTo("404");
    }

    @Test
    void topShowsTheMeshOnARealTerminalAndGivesItBack() {
        String top = String.join(" ", alpha.command("top"));
        tmux("-f", "/dev/null", "new-session", "-d", "-x", "110", "-y", "15", "env LC_ALL=C.UTF-8 bash --norc");
        tmux("send-keys", top, "Enter");
        assertThat(await(PATIENCE, () -> screen().contains("> beta") && screen().contains("q quit"))).isTrue();

        tmux("send-keys", "Enter");
        assertThat(await(PATIENCE, () -> screen().contains("beta is reached directly"))).isTrue();
        tmux("send-keys", "q");
        tmux("resize-window", "-x", "60", "-y", "12");
        assertThat(await(PATIENCE, () -> screen().contains("> beta") && !screen().contains("HANDSHAKE"))).isTrue();

        tmux("send-keys", "C-c");
        assertThat(await(PATIENCE, () -> !screen().contains("q quit"))).isTrue();
        tmux("send-keys", "stty -a | grep -o -- ' echo '; echo status $?", "Enter");
        assertThat(await(PATIENCE, () -> screen().contains("status 0"))).isTrue();
    }

    @Test
    void whatIsToldToHelpersIsNoSecret() throws IOException {
        String told = alpha.meshd("snapshot", "--json").orThrow().out()
                + alpha.meshd("why", "beta", "--json").orThrow().out()
                + alpha.meshd("log", "-n", "1000", "--level", "debug").orThrow().out();
        List<String> secrets = new ArrayList<>();
        try (Stream<Path> files = Files.walk(alpha.host().home())) {
            for (Path file : files.filter(Files::isRegularFile).filter(file -> file.toString().contains("identity"))
                    .toList()) {
                Files.readString(file, StandardCharsets.ISO_8859_1).lines().filter(line -> line.length() > 20)
                        .filter(line -> !line.startsWith("-----")).forEach(secrets::add);
            }
        }

        assertThat(secrets).isNotEmpty();
        assertThat(told).doesNotContain(secrets).doesNotContain("PRIVATE KEY");
    }

    private String screen() {
        return tmux("capture-pane", "-p").out();
    }

    private Commands.Result tmux(String... arguments) {
        return alpha.host().run(Stream.concat(Stream.of("tmux", "-L", alpha.host().namespace()), Stream.of(arguments))
                .toArray(String[]::new));
    }
}
