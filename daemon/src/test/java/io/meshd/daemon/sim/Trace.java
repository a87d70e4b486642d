package io.meshd.daemon.sim;

import java.util.ArrayDeque;
import java.util.List;

/** What happened, line by line: all of it as one number, the last lines as text. */
final class Trace {
    private static final int KEPT = 100;
    private static final long MICRO = 1_000;
    private static final long MILLION = 1_000_000;
    private static final int SECONDS_COLUMNS = 5;
    private static final int NAME_COLUMNS = 9;

    private final ArrayDeque<String> last = new ArrayDeque<>();
    private final StringBuilder all = new StringBuilder();
    private final boolean keepsAll;
    private long digest = 1;
    private long lines;

    Trace(boolean keepsAll) {
        this.keepsAll = keepsAll;
    }

    void add(long nowNanos, String who, String what) {
        String line = seconds(nowNanos) + " " + who + " ".repeat(Math.max(1, NAME_COLUMNS - who.length())) + what;
        for (int i = 0; i < line.length(); i++) {
            digest = digest * 1_000_003 + line.charAt(i);
        }
        lines++;
        last.addLast(line);
        if (last.size() > KEPT) {
            last.removeFirst();
        }
        if (keepsAll) {
            all.append(line).append('\n');
        }
    }

    /** Seconds with six digits behind the point; a format would take longer than what it tells of. */
    private static String seconds(long nanos) {
        String micros = Long.toString(nanos / MICRO % MILLION + MILLION).substring(1);
        String whole = Long.toString(nanos / MICRO / MILLION);
        return " ".repeat(Math.max(0, SECONDS_COLUMNS - whole.length())) + whole + "." + micros;
    }

    /** Number of all lines and a hash of them. */
    String summary() {
        return lines + " lines, " + Long.toHexString(digest);
    }

    /** All lines, when they were to be kept. */
    String text() {
        return all.toString();
    }

    List<String> lastLines() {
        return List.copyOf(last);
    }
}
