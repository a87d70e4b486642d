package io.meshd.daemon.sim;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Locale;

/** What happened, line by line: all of it as one number, the last lines as text. */
final class Trace {
    private static final int KEPT = 100;
    private static final double SECOND = 1e9;

    private final ArrayDeque<String> last = new ArrayDeque<>();
    private final StringBuilder all = new StringBuilder();
    private final boolean keepsAll;
    private long digest = 1;
    private long lines;

    Trace(boolean keepsAll) {
        this.keepsAll = keepsAll;
    }

    void add(long nowNanos, String who, String what) {
        String line = String.format(Locale.ROOT, "%12.6f %-8s %s", nowNanos / SECOND, who, what);
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
