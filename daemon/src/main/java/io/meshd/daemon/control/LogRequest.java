package io.meshd.daemon.control;

import io.meshd.daemon.config.Config;

/**
 * Which lines of the log are asked for.
 *
 * @param lines how many of the last ones
 * @param level the least that counts
 */
public record LogRequest(int lines, Config.Level level) {
    /** Most lines at a time: what the daemon keeps of each kind. */
    public static final int LINES_MAX = 1000;

    public LogRequest {
        if (lines < 0 || lines > LINES_MAX) {
            throw new IllegalArgumentException("lines must be 0 to " + LINES_MAX);
        }
    }
}
