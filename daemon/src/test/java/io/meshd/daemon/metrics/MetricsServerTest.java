package io.meshd.daemon.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.meshd.daemon.control.ControlException;
import io.meshd.daemon.control.FakeNode;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class MetricsServerTest {
    private static final Duration PATIENCE = Duration.ofMillis(1500);

    private final FakeNode node = new FakeNode();
    private final AtomicInteger readings = new AtomicInteger();
    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private MetricsServer server;

    @BeforeEach
    void start() throws IOException {
        server = MetricsServer.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), loop, this::read,
                PATIENCE);
    }

    @AfterEach
    void end() {
        server.close();
        var _ = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2000);
    }

    private Reading read() throws ControlException, InterruptedException {
        readings.incrementAndGet();
        return new Reading(FakeNode.THEN, node.snapshot(), 7, 2, 0,
                Map.of("beta", Instant.parse("2027-01-01T00:00:00Z")));
    }

    @Test
    void showsTheNodeInPrometheusWords() throws IOException {
        String answer = ask("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");

        assertThat(answer).startsWith("HTTP/1.1 200 OK\r\n").contains("content-type: text/plain; version=0.0.4");
        assertThat(answer.lines()).contains("meshd_build_info{java=\"" + System.getProperty("java.version")
                + "\",version=\"0.1.0\"} 1", "meshd_ready 1.0", "# TYPE meshd_dropped_packets_total counter",
                "meshd_dropped_packets_total{reason=\"unauthorized_source\"} 17.0",
                "meshd_peer_path{class=\"direct\",peer=\"beta\"} 1.0",
                "meshd_peer_path{class=\"relay\",peer=\"beta\"} 0.0", "meshd_peer_rtt_seconds{peer=\"beta\"} 0.0125",
                "meshd_peer_received_bytes_total{peer=\"beta\"} 2048.0", "meshd_peers{state=\"alive\"} 1.0",
                "meshd_peers{state=\"unknown\"} 1.0", "meshd_waiting_tasks 7.0",
                "meshd_peer_trust_expiry_timestamp_seconds{peer=\"beta\"} 1.7987616E9");
        assertThat(answer).doesNotContain("meshd_peer_rtt_seconds{peer=\"phone\"}");
    }

    @Test
    void everyMetricIsExplainedAndHasItsOwnName() throws IOException {
        List<String> lines = body(ask("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")).lines().toList();

        List<String> named = lines.stream().filter(line -> line.startsWith("# TYPE "))
                .map(line -> line.split(" ", -1)[2])
                .toList();
        assertThat(named).doesNotHaveDuplicates().allMatch(name -> name.matches("meshd_[a-z_]+"));
        assertThat(lines.stream().filter(line -> line.startsWith("# HELP ")).map(line -> line.split(" ", -1)[2]))
                .containsExactlyElementsOf(named);
        assertThat(lines.stream().filter(line -> line.startsWith("# HELP "))).allMatch(line -> line.contains("."));
    }

    @Test
    void speaksOpenMetricsToThoseWhoWantIt() throws IOException {
        assertThat(
                ask("GET /metrics HTTP/1.1\r\nHost: x\r\nAccept: application/openmetrics-text; version=1.0.0\r\n\r\n"))
                .contains("application/openmetrics-text").endsWith("# EOF\n");
    }

    @Test
    void hasNothingElse() throws IOException {
        assertThat(ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n")).startsWith("HTTP/1.1 404 ");
        assertThat(ask("GET /metricsx HTTP/1.1\r\nHost: x\r\n\r\n")).startsWith("HTTP/1.1 404 ");
        assertThat(ask("POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"))
                .startsWith("HTTP/1.1 405 ").contains("allow: GET, HEAD");
        assertThat(ask("GET /" + "x".repeat(5000) + " HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 400 ");
        assertThat(ask("HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n")).startsWith("HTTP/1.1 200 OK")
                .endsWith("\r\n\r\n");
    }

    @Test
    void aNodeThatDoesNotAnswerIsNotTakenForAnEmptyOne() throws IOException {
        node.willFail(new ControlException(ControlException.Code.TIMEOUT, "too busy"));

        assertThat(ask("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")).startsWith("HTTP/1.1 503 ");
    }

    @Test
    void askingOftenCostsOneReadingASecond() throws IOException {
        long begun = System.nanoTime();
        for (int i = 0; i < 50; i++) {
            assertThat(ask("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")).startsWith("HTTP/1.1 200 ");
        }

        assertThat(readings.get()).isLessThanOrEqualTo(
                2 + (int) TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun));
    }

    @Test
    void whoIsSlowIsCut() throws IOException {
        try (Socket slow = open()) {
            slow.getOutputStream().write("GET /met".getBytes(StandardCharsets.US_ASCII));

            assertThat(slow.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void whoIsThereWhenItClosesIsLetGo() throws IOException {
        MetricsServer patient = MetricsServer.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), loop,
                this::read, Duration.ofMinutes(5));
        try (Socket client = new Socket()) {
            client.connect(patient.address());
            client.setSoTimeout(5000);
            client.getOutputStream().write("GET /met".getBytes(StandardCharsets.US_ASCII));
            // Taken in after the other, so that one is inside.
            try (Socket later = new Socket()) {
                later.connect(patient.address());
                later.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                assertThat(later.getInputStream().readAllBytes()).isNotEmpty();
            }

            patient.close();

            assertThat(client.getInputStream().read()).isEqualTo(-1);
        }
    }

    @Test
    void moreThanSixteenAtATimeAreTurnedAway() throws IOException {
        List<Socket> held = new ArrayList<>();
        try {
            for (int i = 0; i < 16; i++) {
                held.add(open());
            }
            // Sockets are accepted in their order, so the sixteen are inside when this one is closed.
            try (Socket late = open()) {
                late.setSoTimeout(1000);
                assertThat(late.getInputStream().read()).isEqualTo(-1);
            }
        } finally {
            for (Socket socket : held) {
                socket.close();
            }
        }
    }

    @Test
    void anAddressThatIsTakenIsAnError() {
        assertThatThrownBy(() -> MetricsServer.start(server.address(), loop, this::read))
                .isInstanceOf(IOException.class).hasMessageContaining("Address already in use");
    }

    private Socket open() throws IOException {
        Socket socket = new Socket(server.address().getAddress(), server.address().getPort());
        socket.setSoTimeout(10_000);
        return socket;
    }

    private String ask(String request) throws IOException {
        try (Socket socket = open()) {
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static String body(String answer) {
        return answer.substring(answer.indexOf("\r\n\r\n") + 4);
    }
}
