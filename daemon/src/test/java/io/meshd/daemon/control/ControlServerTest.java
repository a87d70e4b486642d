package io.meshd.daemon.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.meshd.daemon.config.Config;
import io.meshd.daemon.control.ControlException.Code;
import io.meshd.daemon.files.FileException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.jspecify.annotations.Nullable;

final class ControlServerTest {
    @TempDir
    private Path directory;

    private final FakeNode node = new FakeNode();
    private @Nullable ControlServer server;

    @AfterEach
    void stopServer() throws IOException {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void answersEachReportWithItsDocument() throws Exception {
        ControlClient client = start();

        assertThat(client.report("status").toString()).isEqualTo(Json.line(node.status()));
        assertThat(client.report("peers").toString()).isEqualTo(Json.line(node.peers()));
        assertThat(client.report("routes").toString()).isEqualTo(Json.line(node.routes()));
        assertThat(client.report("sessions").toString()).isEqualTo(Json.line(node.sessions()));
        assertThat(client.report("counters").toString()).isEqualTo(Json.line(node.counters()));
        assertThat(client.report("snapshot").toString()).isEqualTo(Json.line(node.snapshot()));
        assertThat(client.reload().changes()).containsExactly(
                new ReloadReport.Change("log.level", "info", "debug", false, null));
    }

    @Test
    void passesTheArgumentsOfPingOn() throws Exception {
        PingReport report = start().ping(new PingRequest("10.42.1.1", 3, 200, 500, 7));

        assertThat(report.replies()).map(PingReport.Reply::seq).containsExactly(7);
        assertThat(node.asked()).containsExactly("ping 10.42.1.1 3 200 500 7");
    }

    @Test
    void tellsTheLogAsItIs() throws Exception {
        JsonNode report = start().log(new LogRequest(7, Config.Level.WARN));

        assertThat(ControlClient.read(report, LogReport.class).lines()).map(LogLine::text)
                .isEqualTo(FakeNode.LOG.stream().map(LogLine::text).toList());
        assertThat(report.at("/lines/1/suppressed").intValue()).isEqualTo(7);
        assertThat(node.asked()).containsExactly("log 7 WARN");
    }

    @Test
    void aFollowerGetsLineByLineUntilItHasEnough() throws Exception {
        List<String> messages = new ArrayList<>();

        start().follow(new LogRequest(7, Config.Level.INFO), line -> {
            messages.add(line.path("message").textValue());
            return messages.size() < 2;
        });

        assertThat(messages).containsExactly("beta is alive", "the disk failed");
        assertThat(node.asked().poll(5, TimeUnit.SECONDS)).isEqualTo("follow 7 INFO");
        assertThat(node.asked().poll(5, TimeUnit.SECONDS)).isEqualTo("unfollow");
    }

    @Test
    void aFollowerEndsWithTheServer() throws Exception {
        ControlClient client = start();
        AtomicInteger lines = new AtomicInteger();
        Thread stopper = Thread.ofPlatform().unstarted(() -> {
            try {
                stopServer();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });

        client.follow(new LogRequest(7, Config.Level.INFO), _ -> {
            if (lines.incrementAndGet() == 2) {
                stopper.start();
            }
            return true;
        });

        stopper.join();
        assertThat(lines).hasValue(2);
    }

    @Test
    void aFollowerThatIsOneTooManyIsToldSo() throws Exception {
        node.willFail(new ControlException(Code.BUSY, "4 readers follow the log already"));

        assertThatThrownBy(() -> start().follow(new LogRequest(7, Config.Level.INFO), _ -> true))
                .hasMessage("4 readers follow the log already");
    }

    @Test
    void stopsTheNodeOnceTheClientKnows() throws Exception {
        start().stop();

        assertThat(node.asked().poll(5, TimeUnit.SECONDS)).isEqualTo("stop");
    }

    @Test
    void socketIsForItsOwnerOnlyAndGoesWithTheServer() throws Exception {
        start();

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket()))).isEqualTo("rw-------");
        stopServer();
        assertThat(socket()).doesNotExist();
    }

    @Test
    void replacesASocketThatNobodyListensOn() throws Exception {
        try (var stale = java.nio.channels.ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            stale.bind(UnixDomainSocketAddress.of(socket()));
        }
        assertThat(socket()).exists();

        assertThat(start().report("status").path("pid").intValue()).isEqualTo(4711);
    }

    @Test
    void saysNotRunningWithoutSocketAndWithAStaleOne() throws Exception {
        ControlClient client = new ControlClient(socket());
        assertThatThrownBy(() -> client.report("status")).isInstanceOf(NotRunningException.class)
                .hasMessageStartingWith("meshd is not running");

        try (var stale = java.nio.channels.ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            stale.bind(UnixDomainSocketAddress.of(socket()));
        }
        assertThatThrownBy(() -> client.report("status")).isInstanceOf(NotRunningException.class);
    }

    @Test
    void refusesOtherUsers() throws Exception {
        server = ControlServer.start(socket(), node, _ -> false, ControlProtocol.TIME_MAX);

        assertThatThrownBy(() -> new ControlClient(socket()).report("status"))
                .isInstanceOfSatisfying(ControlException.class, e -> assertThat(e.code()).isEqualTo(Code.FORBIDDEN));
        assertThat(node.asked()).isEmpty();
    }

    @Test
    void asksTheKernelForTheUserOfTheClient() throws Exception {
        List<Integer> seen = new ArrayList<>();
        server = ControlServer.start(socket(), node, uid -> seen.add(uid), ControlProtocol.TIME_MAX);

        new ControlClient(socket()).report("status");

        assertThat(seen).containsExactly((Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid"));
    }

    @Test
    void answersGarbageWithAnError() throws Exception {
        start();

        assertThat(errorOf("hello\n")).isEqualTo("malformed");
        assertThat(errorOf("\n")).isEqualTo("malformed");
        assertThat(errorOf("[1]\n")).isEqualTo("malformed");
        assertThat(errorOf("{\"version\":1,\"command\":\"status\"} trailing\n")).isEqualTo("malformed");
        assertThat(errorOf("{\"version\":1,\"command\":7}\n")).isEqualTo("malformed");
        assertThat(errorOf("{\"version\":1,\"command\":\"status\",\"arguments\":[]}\n")).isEqualTo("malformed");
        assertThat(errorOf("[".repeat(60_000) + "\n")).isEqualTo("malformed");
        assertThat(errorOf("{\"command\":\"status\"}\n")).isEqualTo("unsupported_version");
        assertThat(errorOf("{\"version\":2,\"command\":\"status\"}\n")).isEqualTo("unsupported_version");
        assertThat(errorOf("{\"version\":1,\"command\":\"explode\"}\n")).isEqualTo("unknown_command");
        assertThat(errorOf("{\"version\":1,\"command\":\"ping\"}\n")).isEqualTo("invalid_argument");
        assertThat(errorOf("{\"version\":1,\"command\":\"ping\",\"arguments\":{\"target\":\"b\",\"count\":0}}\n"))
                .isEqualTo("invalid_argument");
        assertThat(errorOf("{\"version\":1,\"command\":\"ping\",\"arguments\":{\"target\":\"b\",\"count\":1.5}}\n"))
                .isEqualTo("invalid_argument");
        assertThat(errorOf("{\"version\":1,\"command\":\"ping\",\"arguments\":{\"target\":\"b\",\"count\":100,"
                + "\"interval_ms\":60000}}\n")).isEqualTo("invalid_argument");
        assertThat(node.asked()).isEmpty();
    }

    @Test
    void survivesRandomBytes() throws Exception {
        start();
        SplittableRandom random = new SplittableRandom(42);
        for (int i = 0; i < 200; i++) {
            byte[] bytes = new byte[random.nextInt(300)];
            random.nextBytes(bytes);
            try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket()))) {
                channel.write(ByteBuffer.wrap(bytes));
                channel.write(ByteBuffer.wrap(new byte[]{'\n'}));
                assertThat(readAll(channel)).contains("\"error\"");
            }
        }
        assertThat(new ControlClient(socket()).report("status").path("pid").intValue()).isEqualTo(4711);
    }

    @Test
    void refusesARequestThatIsTooLong() throws Exception {
        start();

        String line = "{\"version\":1,\"command\":\"status\",\"x\":\"" + "y".repeat(ControlProtocol.REQUEST_MAX_BYTES)
                + "\"}\n";
        JsonNode error = ask(line).path("error");

        assertThat(error.path("code").textValue()).isEqualTo("malformed");
        assertThat(error.path("message").textValue()).contains("at most 65536 bytes");
    }

    @Test
    void refusesConnectionsBeyondTheBoundAndServesAgainLater() throws Exception {
        ControlClient client = start();
        List<SocketChannel> idle = new ArrayList<>();
        for (int i = 0; i < ControlProtocol.CONNECTIONS_MAX; i++) {
            idle.add(SocketChannel.open(UnixDomainSocketAddress.of(socket())));
        }

        assertThatThrownBy(() -> client.report("status")).isInstanceOfSatisfying(ControlException.class,
                e -> assertThat(e.code()).isEqualTo(Code.BUSY));

        for (SocketChannel channel : idle) {
            channel.write(ByteBuffer.wrap("x\n".getBytes(StandardCharsets.US_ASCII)));
            readAll(channel);
            channel.close();
        }
        assertThat(client.report("status").path("pid").intValue()).isEqualTo(4711);
    }

    @Test
    void givesUpARequestWhoseClientIsGone() throws Exception {
        start();
        node.willBeStuck();
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket()))) {
            channel.write(ByteBuffer.wrap(
                    "{\"version\":1,\"command\":\"status\"}\n".getBytes(StandardCharsets.US_ASCII)));
            assertThat(node.asked().poll(5, TimeUnit.SECONDS)).isEqualTo("status");
        }

        assertThat(node.interrupted().await(5, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void boundsTheTimeOfARequestAndOfItsAnswer() throws Exception {
        server = ControlServer.start(socket(), node, _ -> true, Duration.ofMillis(100));
        node.willBeStuck();

        assertThat(errorOf("{\"version\":1,\"command\":\"status\"}\n")).isEqualTo("timeout");
        assertThat(node.interrupted().await(5, TimeUnit.SECONDS)).isTrue();
        assertThat(errorOf("{\"version\":1,\"comm")).isEqualTo("timeout");
        assertThat(errorOf("")).isEqualTo("timeout");
    }

    @Test
    void passesFailuresOfTheNodeOn() throws Exception {
        ControlClient client = start();
        node.willFail(new ControlException(Code.INVALID_CONFIG, "refused", List.of("a:1: b", "a:2: c")));

        assertThatThrownBy(client::reload).isInstanceOfSatisfying(ControlException.class, e -> {
            assertThat(e.code()).isEqualTo(Code.INVALID_CONFIG);
            assertThat(e).hasMessage("refused");
            assertThat(e.problems()).containsExactly("a:1: b", "a:2: c");
        });
    }

    @Test
    void hidesFaultsOfTheProgram() throws Exception {
        ControlClient client = start();
        node.willBreak(new IllegalStateException("secret detail"));

        assertThatThrownBy(() -> client.report("routes")).isInstanceOf(ControlException.class)
                .hasMessage("internal error: see the daemon's log");
    }

    @Test
    void refusesAPathThatIsTooLongForASocket() {
        Path deep = directory.resolve("d".repeat(120));

        assertThatThrownBy(() -> ControlServer.start(deep.resolve("meshd.sock"), node))
                .isInstanceOf(FileException.class).hasMessageContaining("choose a shorter --home");
    }

    private ControlClient start() throws IOException {
        server = ControlServer.start(socket(), node);
        return new ControlClient(socket());
    }

    private Path socket() {
        return directory.resolve("meshd.sock");
    }

    private String errorOf(String line) throws IOException {
        return ask(line).path("error").path("code").asText();
    }

    private JsonNode ask(String line) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket()))) {
            Thread writer = Thread.startVirtualThread(() -> {
                try {
                    channel.write(ByteBuffer.wrap(line.getBytes(StandardCharsets.UTF_8)));
                } catch (IOException _) {
                    // The server answers and closes before it has read all of a line that is too long.
                }
            });
            String answer = readAll(channel);
            writer.interrupt();
            return Json.parse(answer.getBytes(StandardCharsets.UTF_8));
        }
    }

    private static String readAll(SocketChannel channel) throws IOException {
        return new String(Channels.newInputStream(channel).readAllBytes(), StandardCharsets.UTF_8);
    }
}
