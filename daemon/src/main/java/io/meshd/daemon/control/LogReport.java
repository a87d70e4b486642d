package io.meshd.daemon.control;

import java.util.List;

/**
 * What the log said last.
 *
 * @param lines oldest first
 */
public record LogReport(List<LogLine> lines) {
    public LogReport {
        lines = List.copyOf(lines);
    }
}
