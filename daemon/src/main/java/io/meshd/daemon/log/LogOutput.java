package io.meshd.daemon.log;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where the log goes.
 *
 * @param stream  for lines
 * @param journal the socket of systemd's journal when the stream ends there anyway; else null
 */
public record LogOutput(PrintStream stream, @Nullable Path journal) {
    private static final Path JOURNAL = Path.of("/run/systemd/journal/socket");
    private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");

    /** Lines only. */
    public static LogOutput lines(PrintStream stream) {
        return new LogOutput(stream, null);
    }

    /** Standard error; when that is the journal (systemd.exec(5), JOURNAL_STREAM), the journal itself, for its fields. */
    public static LogOutput standardError(PrintStream stream, Map<String, String> environment) {
        String device = environment.get("JOURNAL_STREAM");
        return new LogOutput(stream, device != null && device.equals(deviceOf(STANDARD_ERROR)) ? JOURNAL : null);
    }

    /** Device and inode as systemd writes them; null when they are unknown. */
    private static @Nullable String deviceOf(Path file) {
        try {
            return Files.getAttribute(file, "unix:dev") + ":" + Files.getAttribute(file, "unix:ino");
        } catch (IOException | UnsupportedOperationException _) {
            return null;
        }
    }
}
