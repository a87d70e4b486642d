package io.meshd.daemon.log;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.meshd.daemon.config.Config;
import io.meshd.daemon.control.LogLine;
import io.meshd.daemon.control.LogRequest;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LoggingTest {
    private static final System.Logger LOG = System.getLogger("io.meshd.node");
    private static final Logger ROOT = Logger.getLogger("");
    private static final Logger OURS = Logger.getLogger("io.meshd");

    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final PrintStream stream = new PrintStream(written, true, StandardCharsets.UTF_8);
    private final AtomicLong nanos = new AtomicLong();
    private final Logging logging = new Logging(LogOutput.lines(stream), nanos::get);
    private List<Handler> handlers = List.of();
    private Level[] levels = {};

    @TempDir
    private Path directory;

    @BeforeEach
    void rememberTheLogOfTheTests() {
        handlers = List.of(ROOT.getHandlers());
        levels = new Level[]{ROOT.getLevel(), OURS.getLevel()};
    }

    @AfterEach
    void giveItBack() {
        logging.close();
        for (Handler handler : ROOT.getHandlers()) {
            ROOT.removeHandler(handler);
        }
        handlers.forEach(ROOT::addHandler);
        ROOT.setLevel(levels[0]);
        OURS.setLevel(levels[1]);
    }

    @Test
    void aTextLineIsTimeLevelComponentMessage() {
        configure(Config.Level.INFO, "text");

        LOG.log(System.Logger.Level.INFO, "{0} is {1}", Field.peer("beta"), Field.of("state", "alive"),
                Field.of("peer_id", "b".repeat(52)));

        assertThat(lines()).singleElement().asString()
                .matches("20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z INFO  node: beta is alive");
    }

    @Test
    void aJsonLineHasEveryFieldByItsName() throws Exception {
        configure(Config.Level.INFO, "json");

        LOG.log(System.Logger.Level.WARNING, "{0} is {1}", Field.peer("beta"), Field.of("state", "dead"),
                Field.of("port", 51821), Field.of("relay", null));

        JsonNode line = new ObjectMapper().readTree(lines().getFirst());
        assertThat(line.properties().stream().map(Map.Entry::getKey)).containsExactly("time", "level", "component",
                "message", "peer", "state", "port");
        assertThat(line.path("level").textValue()).isEqualTo("warn");
        assertThat(line.path("message").textValue()).isEqualTo("beta is dead");
        assertThat(line.path("port").intValue()).isEqualTo(51821);
    }

    @Test
    void detailsAreKeptThoughTheyAreNotWritten() {
        configure(Config.Level.WARN, "text");

        LOG.log(System.Logger.Level.DEBUG, "a detail");
        LOG.log(System.Logger.Level.INFO, "news");
        LOG.log(System.Logger.Level.ERROR, "it failed", new IllegalStateException("broken\nin two"));

        assertThat(lines()).singleElement().asString()
                .endsWith("ERROR node: it failed: java.lang.IllegalStateException: broken in two");
        assertThat(logging.book().last(new LogRequest(100, Config.Level.DEBUG)).lines()).map(LogLine::message)
                .contains("a detail", "news").last().asString().contains("LoggingTest");
    }

    @Test
    void aLineThatRepeatsIsWrittenTenTimesAndThenCounted() {
        configure(Config.Level.INFO, "text");
        for (int i = 0; i < 10_000; i++) {
            LOG.log(System.Logger.Level.INFO, "{0} sent {1}", Field.peer("mallory"), Field.of("what", i));
        }
        assertThat(lines()).hasSize(10);

        nanos.addAndGet(60_000_000_000L);
        logging.turn();

        assertThat(lines()).hasSize(11).last().asString().endsWith("mallory sent 10 (9989 similar suppressed)");
    }

    @Test
    void diagnosticsAreWrittenWhole() {
        configure(Config.Level.INFO, "text");
        for (int i = 0; i < 600; i++) {
            Logging.diagnostics().log(System.Logger.Level.INFO, "peer {0}", Field.peer("beta"));
        }

        assertThat(lines()).hasSize(600);
    }

    @Test
    void theJournalGetsFields() throws Exception {
        Path socket = directory.resolve("journal");
        try (FakeJournal journal = new FakeJournal(socket);
                Logging toJournal = new Logging(new LogOutput(stream, socket), nanos::get)) {
            toJournal.configure(new Config.Log(Config.Level.INFO, "text"));
            LOG.log(System.Logger.Level.WARNING, "{0} is {1}", Field.peer("beta"), Field.of("state", "dead"),
                    Field.of("endpoint", "two\nlines"));

            assertThat(journal.next()).containsExactlyInAnyOrderEntriesOf(Map.of("MESSAGE", "beta is dead",
                    "PRIORITY", "4", "SYSLOG_IDENTIFIER", "meshd", "MESHD_COMPONENT", "node", "MESHD_PEER", "beta",
                    "MESHD_STATE", "dead", "MESHD_ENDPOINT", "two\nlines"));
            assertThat(lines()).isEmpty();
        }
    }

    @Test
    void whileThereIsNoJournalLinesHaveTheirPriority() {
        try (Logging toJournal = new Logging(new LogOutput(stream, directory.resolve("absent")), nanos::get)) {
            toJournal.configure(new Config.Log(Config.Level.INFO, "text"));
            LOG.log(System.Logger.Level.ERROR, "it failed");

            assertThat(lines()).containsExactly("<3>node: it failed");
        }
    }

    @Test
    void standardErrorIsTheJournalWhenSystemdSaysSo() throws Exception {
        Path stderr = Path.of("/proc/self/fd/2");
        String device = Files.getAttribute(stderr, "unix:dev") + ":" + Files.getAttribute(stderr, "unix:ino");

        assertThat(LogOutput.standardError(stream, Map.of("JOURNAL_STREAM", device)).journal())
                .hasToString("/run/systemd/journal/socket");
        assertThat(LogOutput.standardError(stream, Map.of("JOURNAL_STREAM", "1:1")).journal()).isNull();
        assertThat(LogOutput.standardError(stream, Map.of()).journal()).isNull();
    }

    private void configure(Config.Level level, String format) {
        logging.configure(new Config.Log(level, format));
    }

    private List<String> lines() {
        return written.toString(StandardCharsets.UTF_8).lines().toList();
    }
}
