package io.meshd.daemon.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.meshd.daemon.config.Config.Level;
import io.meshd.daemon.control.ControlException;
import io.meshd.daemon.control.LogFeed;
import io.meshd.daemon.control.LogLine;
import io.meshd.daemon.control.LogRequest;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class LogbookTest {
    private final Logbook book = new Logbook();

    @Test
    void theLastLinesComeInTheOrderOfTime() {
        add(Level.INFO, "one");
        add(Level.DEBUG, "two");
        add(Level.ERROR, "three");
        add(Level.DEBUG, "four");

        assertThat(last(10, Level.DEBUG)).containsExactly("one", "two", "three", "four");
        assertThat(last(3, Level.DEBUG)).containsExactly("two", "three", "four");
        assertThat(last(10, Level.INFO)).containsExactly("one", "three");
        assertThat(last(1, Level.WARN)).containsExactly("three");
        assertThat(last(0, Level.DEBUG)).isEmpty();
    }

    @Test
    void detailsPushNothingElseOut() {
        add(Level.WARN, "look at this");
        for (int i = 0; i < 5000; i++) {
            add(Level.DEBUG, "detail " + i);
        }

        assertThat(last(10, Level.INFO)).containsExactly("look at this");
        assertThat(last(1000, Level.DEBUG)).hasSize(1000).contains("detail 4000").doesNotContain("detail 3999");
    }

    @Test
    void longLinesTakeThePlaceOfMany() {
        for (int i = 0; i < 100; i++) {
            add(Level.INFO, i + "x".repeat(100_000));
        }

        assertThat(last(1000, Level.INFO)).hasSize(5);
    }

    @Test
    void aFollowerGetsWhatWasAndWhatComes() throws Exception {
        add(Level.INFO, "before");
        try (LogFeed feed = book.follow(new LogRequest(10, Level.INFO))) {
            add(Level.DEBUG, "a detail");
            add(Level.INFO, "after");

            assertThat(feed.next().message()).isEqualTo("before");
            assertThat(feed.next().message()).isEqualTo("after");
        }
    }

    @Test
    void aSlowFollowerIsToldHowManyLinesItLost() throws Exception {
        try (LogFeed feed = book.follow(new LogRequest(0, Level.INFO))) {
            for (int i = 0; i < 1300; i++) {
                add(Level.INFO, "line " + i);
            }
            for (int i = 0; i < 1000; i++) {
                assertThat(feed.next().message()).isEqualTo("line " + i);
            }
            add(Level.INFO, "line 1300");

            LogLine lost = feed.next();
            assertThat(lost.fields()).containsEntry("lost", 300);
            assertThat(lost.message()).startsWith("300 lines lost here");
            assertThat(feed.next().message()).isEqualTo("line 1300");
        }
    }

    @Test
    void fewMayFollowAtATime() throws Exception {
        LogRequest request = new LogRequest(0, Level.INFO);
        List<LogFeed> feeds = List.of(book.follow(request), book.follow(request), book.follow(request),
                book.follow(request));

        assertThatThrownBy(() -> book.follow(request)).isInstanceOf(ControlException.class)
                .hasMessage("4 readers follow the log already: end one of them");
        feeds.getFirst().close();
        book.follow(request).close();
    }

    private void add(Level level, String message) {
        book.add(new LogLine(Instant.EPOCH, level, "node", message, Map.of()));
    }

    private List<String> last(int lines, Level level) {
        return book.last(new LogRequest(lines, level)).lines().stream().map(LogLine::message).toList();
    }
}
