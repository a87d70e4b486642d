package io.meshd.daemon.log;

import io.meshd.daemon.control.LogLine;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Keeps lines that repeat from filling the log: ten of a kind pass in a row, then one each six seconds; and of all kinds
 * together some hundreds in a row, then fifty a second. What was kept back is counted and told.
 *
 * <p>Its caller guards it.
 */
final class Suppression {
    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final int BURST = 10;
    private static final long EACH_NANOS = 6 * SECOND_NANOS;
    private static final int BURST_ALL = 500;
    private static final long EACH_ALL_NANOS = SECOND_NANOS / 50;
    /** A kind that was quiet for so long is over. */
    private static final long OVER_NANOS = 60 * SECOND_NANOS;
    private static final int KINDS_MAX = 512;

    /** The longest unused first. */
    private final Map<Kind, Tally> kinds = new LinkedHashMap<>(16, 0.75f, true);
    private final Allowance all = new Allowance(BURST_ALL, EACH_ALL_NANOS);

    /**
     * What makes lines similar.
     *
     * @param component who says it
     * @param message   before its values are put in
     * @param about     the peer that it speaks of, or what tells such lines apart; empty when nothing does
     */
    record Kind(String component, String message, String about) {}

    /** So many at once, then one each so often. */
    private static final class Allowance {
        private final int burst;
        private final long eachNanos;
        private long left;
        private long sinceNanos;
        private boolean used;

        Allowance(int burst, long eachNanos) {
            this.burst = burst;
            this.eachNanos = eachNanos;
            this.left = burst;
        }

        boolean take(long nowNanos) {
            if (!used) {
                used = true;
                sinceNanos = nowNanos;
            }
            long earned = (nowNanos - sinceNanos) / eachNanos;
            if (earned > 0) {
                left = Math.min(burst, left + earned);
                sinceNanos += earned * eachNanos;
            }
            if (left == 0) {
                return false;
            }
            left--;
            return true;
        }
    }

    /** What became of one kind. */
    private static final class Tally {
        private final Allowance allowance = new Allowance(BURST, EACH_NANOS);
        private int keptBack;
        private long lastNanos;
        private @Nullable LogLine first;
    }

    /** The line as it may pass, saying how many of its kind were kept back before; null when it is kept back too. */
    @Nullable
    LogLine pass(Kind kind, LogLine line, long nowNanos) {
        Tally tally = kinds.computeIfAbsent(kind, _ -> new Tally());
        tally.lastNanos = nowNanos;
        if (!tally.allowance.take(nowNanos) || !all.take(nowNanos)) {
            tally.keptBack++;
            if (tally.first == null) {
                tally.first = line;
            }
            return null;
        }
        LogLine passed = tally.keptBack == 0 ? line : with(line, tally.keptBack);
        tally.keptBack = 0;
        tally.first = null;
        return passed;
    }

    /** A line for each kind that is over and of which some were kept back. */
    List<LogLine> over(long nowNanos) {
        List<LogLine> lines = new ArrayList<>();
        for (Iterator<Tally> tallies = kinds.values().iterator(); tallies.hasNext();) {
            Tally tally = tallies.next();
            if (kinds.size() <= KINDS_MAX && nowNanos - tally.lastNanos < OVER_NANOS) {
                break;
            }
            tallies.remove();
            if (tally.first != null) {
                lines.add(with(tally.first, tally.keptBack - 1));
            }
        }
        return lines;
    }

    private static LogLine with(LogLine line, int keptBack) {
        if (keptBack == 0) {
            return line;
        }
        Map<String, Object> fields = new LinkedHashMap<>(line.fields());
        fields.put(LogLine.SUPPRESSED, keptBack);
        return new LogLine(line.time(), line.level(), line.component(), line.message(), fields);
    }
}
