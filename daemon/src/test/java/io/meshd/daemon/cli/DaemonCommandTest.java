package io.meshd.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.meshd.daemon.control.ControlException;
import io.meshd.daemon.control.ControlException.Code;
import io.meshd.daemon.control.ControlServer;
import io.meshd.daemon.control.FakeNode;
import io.meshd.daemon.control.Json;
import io.meshd.daemon.control.ReloadReport;
import io.meshd.daemon.files.LockHolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jspecify.annotations.Nullable;

/** Every command that asks a running daemon, with one and without. */
final class DaemonCommandTest {
    private static final List<String> REPORTS = List.of("status", "peers", "routes", "sessions", "counters",
            "snapshot");
    private static final String NOT_RUNNING = "meshd is not running";

    @TempDir
    private Path directory;

    private Shell shell = new Shell(Path.of("/"));
    private final FakeNode node = new FakeNode();
    private @Nullable ControlServer server;
    private @Nullable Process daemon;

    @BeforeEach
    void openShell() {
        shell = new Shell(directory);
    }

    @AfterEach
    void stopServer() throws IOException {
        if (server != null) {
            server.close();
        }
        if (daemon != null) {
            daemon.destroyForcibly();
        }
    }

    @Test
    void everyReportNeedsADaemon() {
        for (String report : REPORTS) {
            assertThat(shell.run(report).failed(1)).startsWith(NOT_RUNNING);
            assertThat(shell.run(report, "--json").failed(1)).startsWith(NOT_RUNNING);
        }
        assertThat(shell.run("ping", "beta").failed(1)).startsWith(NOT_RUNNING);
        assertThat(shell.run("why", "beta").failed(1)).startsWith(NOT_RUNNING);
        assertThat(shell.run("netcheck").failed(1)).startsWith(NOT_RUNNING);
        assertThat(shell.run("log").failed(1)).startsWith(NOT_RUNNING);
        assertThat(shell.run("top").failed(1)).startsWith(NOT_RUNNING);
        assertThat(shell.run("log", "-f").failed(1)).startsWith(NOT_RUNNING);
        assertThat(shell.run("reload").failed(1)).startsWith(NOT_RUNNING);
        assertThat(shell.run("down").failed(1)).startsWith(NOT_RUNNING);
        assertThat(shell.run("daemon", "status").failed(1)).startsWith(NOT_RUNNING);
        Shell.Outcome asJson = shell.run("daemon", "status", "--json");
        assertThat(asJson.status()).isEqualTo(1);
        assertThat(asJson.out()).contains("\"running\" : false");
    }

    @Test
    void theLogIsShownAsItWasWritten() throws Exception {
        serve();

        assertThat(shell.run("log").done().out()).isEqualTo("""
                2026-11-21T01:02:03.456Z INFO  node: beta is alive
                2026-11-21T01:02:03.456Z ERROR daemon: the disk failed: full (7 similar suppressed)
                """);
        assertThat(shell.run("log", "--json").done().json().at("/lines/0/peer").textValue()).isEqualTo("beta");
        assertThat(shell.run("log", "-n", "5", "--level", "debug").done().err()).isEmpty();
        assertThat(node.asked()).contains("log 100 INFO", "log 5 DEBUG");
        assertThat(shell.run("log", "-n", "1001").failed(2)).contains("from 0 to 1000");
        assertThat(shell.run("log", "--level", "loud").failed(2)).contains("debug").contains("loud");
    }

    @Test
    void topPrintsOnePictureWhereThereIsNoTerminal() throws Exception {
        serve();

        assertThat(shell.run("top").done().out()).contains("alpha in home-net  running")
                .containsPattern("> beta +alive +direct 203.0.113.9:51821 +12.5 ms +0 % +0 B/s +0 B/s")
                .containsPattern("\n  phone +unknown").doesNotContain("\u001b", "q quit");
    }

    @Test
    void reportsAsJsonAreWhatTheDaemonSent() throws Exception {
        serve();
        ObjectMapper mapper = new ObjectMapper();

        assertThat(shell.run("status", "--json").done().json()).isEqualTo(mapper.readTree(Json.line(node.status())));
        assertThat(shell.run("peers", "--json").done().json()).isEqualTo(mapper.readTree(Json.line(node.peers())));
        assertThat(shell.run("routes", "--json").done().json()).isEqualTo(mapper.readTree(Json.line(node.routes())));
        assertThat(shell.run("sessions", "--json").done().json())
                .isEqualTo(mapper.readTree(Json.line(node.sessions())));
        assertThat(shell.run("counters", "--json").done().json())
                .isEqualTo(mapper.readTree(Json.line(node.counters())));
        assertThat(shell.run("snapshot", "--json").done().json())
                .isEqualTo(mapper.readTree(Json.line(node.snapshot())));
        assertThat(shell.run("diagnostics", "--format", "json").done().out())
                .isEqualTo(shell.run("snapshot", "--json").out());
    }

    @Test
    void reportsAsTextNameWhatMatters() throws Exception {
        serve();

        assertThat(shell.run("status").done().out()).contains("alpha in network home-net", "running, pid 4711",
                "up 1 d 2 h", "10.42.0.1/24", "51821", "2 alive of 3 trusted", "1 installed of 2",
                "203.0.113.9:51821", "warning: trust: gamma.pub is broken");
        assertThat(shell.run("peers").done().out()).contains("beta", "alive", "direct 203.0.113.9:51821", "12.5 ms",
                "2.0 KiB", "phone", "unknown", "never");
        assertThat(shell.run("routes").done().out()).contains("10.42.1.0/24", "yes", "no device");
        assertThat(shell.run("sessions").done().out()).contains("2 sessions with 3 trusted peers",
                "beta  punched 203.0.113.9:51821", "reflexive", "25 %", "gamma  relay beta");
        assertThat(shell.run("counters").done().out()).contains("packets sent",
                "wrong prefix".replace("wrong", "other"),
                "malformed", "21");
        assertThat(shell.run("snapshot").done().out()).contains("STATUS", "PEERS", "ROUTES", "SESSIONS", "COUNTERS");
    }

    @Test
    void coloursOnlyOnATerminalWithoutNoColor() throws Exception {
        serve();

        assertThat(shell.run("status").out()).doesNotContain("\u001b");
        assertThat(shell.atTerminal().run("status").out()).contains("\u001b[32mrunning\u001b[0m");
        assertThat(shell.run("status", "--json").out()).doesNotContain("\u001b");
        assertThat(shell.with("NO_COLOR", "1").run("status").out()).doesNotContain("\u001b");
        assertThat(Colour.strip(shell.without("NO_COLOR").run("peers").out()))
                .isEqualTo(shell.with("TERM", "dumb").run("peers").out());
    }

    @Test
    void pingSendsOneEchoARequestAndSummarizes() throws Exception {
        serve();

        String text = shell.run("ping", "beta", "-c", "2", "-i", "0.01", "-W", "0.5").done().out();

        assertThat(node.asked()).containsExactly("ping beta 1 10 500 0", "ping beta 1 10 500 1");
        assertThat(text.lines()).containsExactly("PING beta (beta)",
                "reply from beta: seq=0 time=1.250 ms via direct 203.0.113.9:51821",
                "reply from beta: seq=1 time=1.250 ms via direct 203.0.113.9:51821", "", "--- beta (beta) ---",
                "2 sent, 2 received, 0 % lost", "rtt min/avg/max = 1.250/1.250/1.250 ms");
    }

    @Test
    void pingAsJsonHasTheFieldsOfTheContract() throws Exception {
        serve();

        assertThat(shell.run("ping", "10.42.1.1", "--count", "2", "-i", "0.01", "--json").done().json().toString())
                .isEqualTo("""
                        {"target":"10.42.1.1","peer":"beta","replies":[{"seq":0,"rtt_ms":1.25,"class":"direct",\
                        "endpoint":"203.0.113.9:51821","relay":null},{"seq":1,"rtt_ms":1.25,"class":"direct",\
                        "endpoint":"203.0.113.9:51821","relay":null}],"sent":2,"received":2}""");
    }

    @Test
    void pingWithoutReplyFails() throws Exception {
        serve();
        node.willBeSilent();

        Shell.Outcome outcome = shell.run("ping", "beta", "-c1");

        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.out()).contains("no reply from beta: seq=0", "1 sent, 0 received, 100 % lost");
        Shell.Outcome asJson = shell.run("-c", "1", "ping", "beta", "--json");
        assertThat(asJson.status()).isEqualTo(1);
        assertThat(asJson.json().path("received").asInt()).isZero();
    }

    @Test
    void inPingACountIsNoConfiguration() throws Exception {
        serve();
        Files.createDirectories(directory.resolve("home"));

        shell.run("ping", "-c", "1", "-c", "some.toml", "beta").done();
        assertThat(shell.run("ping", "-c", "0", "beta").failed(2)).contains("--count", "1 to 1000000");
        assertThat(shell.run("ping", "-c", "-1", "beta").failed(2)).contains("--count");
        assertThat(shell.run("ping", "beta", "-i", "0").failed(2)).contains("--interval", "0.01 to 60");
        assertThat(shell.run("ping", "beta", "-W", "x").failed(2)).contains("--timeout", "0.001 to 60");
    }

    @Test
    void pingOfAnUnknownPeerFails() throws Exception {
        serve();
        node.willFail(new ControlException(Code.NOT_FOUND, "no peer is called betta: see `meshd peers`"));

        assertThat(shell.run("ping", "betta").failed(1)).isEqualTo("no peer is called betta: see `meshd peers`");
    }

    @Test
    void whyTellsTheAnswerThenThePathsThenTheDecisions() throws Exception {
        serve();

        String text = shell.run("why", "gamma").done().out();

        assertThat(node.asked()).containsExactly("why gamma");
        assertThat(text.replaceAll(" {2,}", "  ").lines()).startsWith(
                "gamma is reached through the relay beta. Both NATs are hard.", "A mapped port would do.", "",
                "PATH  FROM  STATE  RTT  LOSS  NAMED  SIGNALLED BY",
                "beta  relay  chosen  24.5 ms  0 %  7 s ago  -",
                "203.0.113.5:4000  reflexive, record  unsound, held for 40 s  -  25 %  12 s ago  beta",
                "relay beta: open", "relay delta: refused, quota", "NAT here: address dependent; there: unknown", "");
        assertThat(text.lines().skip(10)).hasSize(2).first().asString()
                .endsWith(" ago  none -> beta: first to complete a handshake (via beta)");
        assertThat(text).endsWith(" ago  called, to punch together [beta], 3 times (round 3)\n");
        assertThat(shell.run("why", "gamma", "--json").done().json())
                .isEqualTo(new ObjectMapper().readTree(Json.line(node.why("gamma"))));
    }

    @Test
    void netcheckSaysWhatTheNetworkMeans() throws Exception {
        serve();

        String text = shell.run("netcheck").done().out().replaceAll(" {2,}", "  ");

        assertThat(text.lines()).containsExactly(
                "IPv4  usable, default route to 192.168.1.1 from 192.168.1.2", "  addresses  192.168.1.2",
                "  NAT  mapping address and port dependent, filtering address and port dependent, outside ports 4000, "
                        + "4002",
                "  ports can be guessed", "IPv6  not usable: IPv6 is off, no default route", "  addresses  -", "",
                "An unused path is remembered on the way for 45 s at least.", "", "SEEN FROM OUTSIDE",
                "  198.51.100.1:4002  reflexive  by beta, 203.0.113.1:3478  3 s ago", "",
                "PORT MAPPING",
                "  198.51.100.1:51821  pcp at 192.168.1.1  not confirmed by a peer yet, for another 1 h 0 min",
                "  upnp-igd at 192.168.1.1  no answer", "", "STUN SERVERS",
                "  stun.example:3478  -  its name has no address", "", "RELAYS", "  beta  usable  12.5 ms",
                "  delta  not usable  it does not serve", "", "PATHS",
                "  beta  203.0.113.9:51821  packets of up to 1420 bytes");
        assertThat(shell.run("netcheck", "--json").done().json())
                .isEqualTo(new ObjectMapper().readTree(Json.line(node.netcheck())));
    }

    @Test
    void whyNeedsOnePeerThatIsKnown() throws Exception {
        serve();
        assertThat(shell.run("why").failed(2)).contains("PEER");
        node.willFail(new ControlException(Code.NOT_FOUND, "no peer is called betta: see `meshd peers`"));
        assertThat(shell.run("why", "betta").failed(1)).isEqualTo("no peer is called betta: see `meshd peers`");
    }

    @Test
    void reloadSaysWhatChanged() throws Exception {
        serve();

        assertThat(shell.run("reload").done().out()).isEqualTo("log.level  info  ->  debug\n");
        JsonNode document = shell.run("reload", "--json").done().json();
        assertThat(document.path("applied").asBoolean()).isTrue();
        node.willReload(ReloadReport.ofKeys(true, List.of(), List.of("be careful")));
        Shell.Outcome nothing = shell.run("reload").done();
        assertThat(nothing.out()).isEqualTo("nothing changed\n");
        assertThat(nothing.err()).isEqualTo("warning: be careful\n");
    }

    @Test
    void reloadThatNeedsARestartFails() throws Exception {
        serve();
        node.willReload(ReloadReport.ofKeys(false,
                List.of(new ReloadReport.Change("tun.name", "mesh0", "mesh1", true, "it is made anew")), List.of()));

        Shell.Outcome outcome = shell.run("reload");

        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.out()).isEqualTo("tun.name  mesh0  ->  mesh1  needs restart: it is made anew\n");
        assertThat(outcome.err()).startsWith("error: nothing was applied, needs restart: tun.name: ");
    }

    @Test
    void planSaysWhatWouldChangeAndAsksWithTheOperatorsConnection() throws Exception {
        serve();
        shell.with("SSH_CONNECTION", "10.42.1.7 50000 10.42.0.1 22");

        assertThat(shell.run("plan", "--trust", "/next", "-c", "/next.toml").done().out())
                .isEqualTo("log.level  info  ->  debug\n");
        assertThat(node.asked()).containsExactly("plan /next.toml /next 10.42.1.7 10.42.0.1");
        node.willReload(ReloadReport.ofKeys(false, List.of(), List.of("you would be cut off")));
        Shell.Outcome nothing = shell.run("plan").done();
        assertThat(nothing.out()).isEqualTo("nothing would change\n");
        assertThat(nothing.err()).isEqualTo("warning: you would be cut off\n");
    }

    @Test
    void planOfWhatNeedsARestartFails() throws Exception {
        serve();
        node.willReload(ReloadReport.ofKeys(false,
                List.of(new ReloadReport.Change("tun.name", "mesh0", "mesh1", true, "it is made anew")), List.of()));

        Shell.Outcome outcome = shell.run("plan");

        assertThat(outcome.status()).isEqualTo(1);
        assertThat(outcome.out()).isEqualTo("tun.name  mesh0  ->  mesh1  needs restart: it is made anew\n");
        assertThat(outcome.err()).isEqualTo("error: a reload would apply nothing, needs restart: tun.name\n");
        assertThat(shell.run("plan", "--json").json().path("accepted").asBoolean()).isFalse();
    }

    @Test
    void planNeedsADaemon() throws Exception {
        assertThat(shell.run("plan").failed(1)).contains("meshd is not running");
    }

    @Test
    void reloadOfAnInvalidConfigurationNamesEachError() throws Exception {
        serve();
        node.willFail(new ControlException(Code.INVALID_CONFIG, "the new configuration is refused, the old one stays",
                List.of("meshd.toml:2: node.name: expected a name")));

        Shell.Outcome outcome = shell.run("reload");

        assertThat(outcome.status()).isEqualTo(2);
        assertThat(outcome.err().lines()).containsExactly(
                "error: the new configuration is refused, the old one stays",
                "error: meshd.toml:2: node.name: expected a name");
    }

    @Test
    void downAsksTheDaemonAndWaitsForItsEnd() throws Exception {
        daemon = LockHolder.start(shell.home());
        serve();
        Process running = daemon;
        Thread.startVirtualThread(() -> {
            try {
                if ("stop".equals(node.asked().poll(10, TimeUnit.SECONDS))) {
                    running.destroyForcibly();
                }
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        });

        assertThat(shell.run("down").done().out()).isEqualTo("stopped meshd (pid " + running.pid() + ")\n");
        assertThat(running.waitFor(5, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void downEndsADaemonThatDoesNotListen() throws Exception {
        daemon = LockHolder.start(shell.home());

        shell.run("goodbye").done();

        assertThat(daemon.waitFor(5, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void downSignalsNoForeignProcess() throws Exception {
        Process foreign = new ProcessBuilder("sleep", "60").start();
        try {
            Files.createDirectories(shell.home().run());
            Files.writeString(shell.home().pidFile(), foreign.pid() + "\n");

            assertThat(shell.run("down").failed(1)).startsWith(NOT_RUNNING);
            assertThat(shell.run("daemon", "stop").failed(1)).startsWith(NOT_RUNNING);
            assertThat(shell.run("daemon", "status").failed(1)).startsWith(NOT_RUNNING);
            assertThat(foreign.isAlive()).isTrue();
        } finally {
            foreign.destroyForcibly();
        }
    }

    @Test
    void daemonStatusShowsTheRunningDaemon() throws Exception {
        daemon = LockHolder.start(shell.home());
        serve();

        assertThat(shell.run("daemon", "status").done().out())
                .isEqualTo("meshd is running with pid 4711, up 1 d 2 h\n");
        assertThat(shell.run("daemon", "status", "--json").done().json().toString()).isEqualTo(
                "{\"running\":true,\"pid\":4711,\"phase\":\"running\",\"version\":\"0.1.0\",\"uptime_seconds\":93784}");
    }

    private void serve() throws IOException {
        Files.createDirectories(shell.home().run());
        server = ControlServer.start(shell.home().socket(), node);
    }
}
