package io.meshd.daemon.config;

import io.meshd.daemon.files.FileException;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * One error in what the operator wrote.
 *
 * @param file    where; null for an option of the command line
 * @param line    in that file, from 1; 0 when the file as a whole is meant
 * @param key     such as {@code node.listen_port}, or an option; empty when none is meant
 * @param message what was expected
 */
public record Problem(@Nullable Path file, int line, String key, String message) {
    /** A problem of a file as a whole. */
    public static Problem of(Path file, String message) {
        return new Problem(file, 0, "", message);
    }

    /** A file that cannot be used. */
    static Problem of(Path file, IOException why) {
        String line = FileException.line(why);
        String named = file + ": ";
        // Messages for who is not shown the path before them have it inside.
        String inside = " " + file + " ";
        return of(file, line.startsWith(named) ? line.substring(named.length()) : line.replace(inside, " "));
    }

    /** One line: file, line, key, what was expected. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        if (file != null) {
            text.append(file).append(':');
            if (line > 0) {
                text.append(line).append(':');
            }
            text.append(' ');
        }
        if (!key.isEmpty()) {
            text.append(key).append(": ");
        }
        return text.append(message).toString();
    }
}
