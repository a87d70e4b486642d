package io.meshd.daemon.log;

import io.meshd.daemon.config.Config;
import io.meshd.daemon.control.ControlException;
import io.meshd.daemon.control.LogFeed;
import io.meshd.daemon.control.LogLine;
import io.meshd.daemon.control.LogReport;
import io.meshd.daemon.control.LogRequest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The last lines of the log, for those who ask, and those who follow it. Any thread.
 *
 * <p>It holds more than is written: lines of {@code debug} too, whatever level the configuration has, so that after a
 * trouble its history can be read. These have a ring of their own, so that they push nothing else out.
 */
public final class Logbook {
    private static final int LINES_MAX = LogRequest.LINES_MAX;
    /** Texts of all lines of a ring. */
    private static final int CHARACTERS_MAX = 512 * 1024;
    private static final int FOLLOWERS_MAX = 4;
    private static final int WAITING_MAX = 1000;

    private final Ring important = new Ring();
    private final Ring details = new Ring();
    private final List<Follower> followers = new ArrayList<>();
    private long numbers;

    /** A line and its place among all. */
    private record Numbered(long number, LogLine line) {}

    /** Lines, the oldest first. */
    private static final class Ring {
        private final Deque<Numbered> lines = new ArrayDeque<>();
        private int characters;

        void add(Numbered added) {
            lines.addLast(added);
            characters += size(added);
            while (lines.size() > LINES_MAX || (characters > CHARACTERS_MAX && lines.size() > 1)) {
                characters -= size(lines.removeFirst());
            }
        }

        private static int size(Numbered numbered) {
            return numbered.line().message().length();
        }
    }

    /** Keeps a line, and passes it on. */
    synchronized void add(LogLine line) {
        Ring ring = line.level().compareTo(Config.Level.INFO) < 0 ? details : important;
        ring.add(new Numbered(numbers++, line));
        followers.forEach(follower -> follower.offer(line));
    }

    /** The last lines that are asked for. */
    public LogReport last(LogRequest request) {
        return new LogReport(lines(request));
    }

    private synchronized List<LogLine> lines(LogRequest request) {
        List<Numbered> all = new ArrayList<>(important.lines);
        if (request.level().compareTo(Config.Level.INFO) < 0) {
            all.addAll(details.lines);
            all.sort((a, b) -> Long.compare(a.number(), b.number()));
        }
        List<LogLine> wanted = all.stream().map(Numbered::line)
                .filter(line -> line.level().compareTo(request.level()) >= 0).toList();
        return wanted.subList(Math.max(0, wanted.size() - request.lines()), wanted.size());
    }

    /**
     * The last lines that are asked for, and all that come.
     *
     * @throws ControlException BUSY when enough follow already
     */
    public synchronized LogFeed follow(LogRequest request) throws ControlException {
        if (followers.size() == FOLLOWERS_MAX) {
            throw new ControlException(ControlException.Code.BUSY,
                    FOLLOWERS_MAX + " readers follow the log already: end one of them");
        }
        Follower follower = new Follower(request.level(), lines(request));
        followers.add(follower);
        return follower;
    }

    private synchronized void leave(Follower follower) {
        followers.remove(follower);
    }

    /** One reader; lines wait for it, but not without end. */
    private final class Follower implements LogFeed {
        private final Config.Level least;
        private final Deque<LogLine> waiting;
        private int lost;

        Follower(Config.Level least, List<LogLine> before) {
            this.least = least;
            this.waiting = new ArrayDeque<>(before);
        }

        synchronized void offer(LogLine line) {
            if (line.level().compareTo(least) < 0) {
                return;
            }
            if (waiting.size() >= WAITING_MAX) {
                lost++;
                return;
            }
            tellLost(line);
            waiting.addLast(line);
            notifyAll();
        }

        private void tellLost(LogLine before) {
            if (lost > 0) {
                Map<String, Object> fields = new LinkedHashMap<>();
                fields.put("lost", lost);
                waiting.addLast(new LogLine(before.time(), Config.Level.WARN, "log",
                        lost + " lines lost here: this reader was too slow", fields));
                lost = 0;
            }
        }

        @Override
        public synchronized LogLine next() throws InterruptedException {
            while (waiting.isEmpty()) {
                wait();
            }
            return waiting.removeFirst();
        }

        @Override
        public void close() {
            leave(this);
        }
    }
}
