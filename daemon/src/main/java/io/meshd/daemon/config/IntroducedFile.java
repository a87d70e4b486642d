package io.meshd.daemon.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.meshd.protocol.Introduction;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The comments of a trust file that a daemon wrote on an introducer's word: who that was, and its signed statement. Without
 * them the file is the operator's own.
 */
public final class IntroducedFile {
    private static final String STATEMENT = "# statement: ";
    /** A trust file of one node with as many prefixes as a statement may name. */
    private static final long FILE_BYTES_MAX = 8_192;

    private IntroducedFile() {}

    /**
     * What such a file begins with.
     *
     * @param introducer as this node calls it
     */
    public static List<String> comments(String introducer, Introduction statement) {
        return List.of("introduced by " + introducer + ", " + statement.introducer().peerId(),
                "It goes when " + introducer + " withdraws that, or is no introducer here any more. To keep it, remove"
                        + " these comments.",
                STATEMENT.substring(2) + Base64.getEncoder().encodeToString(statement.encode()));
    }

    /** The statement in a file; null when there is none, or the file cannot be read. */
    public static @Nullable Introduction read(Path file) {
        try {
            if (!Files.isRegularFile(file) || Files.size(file) > FILE_BYTES_MAX) {
                return null;
            }
            return new String(Files.readAllBytes(file), UTF_8).lines().filter(line -> line.startsWith(STATEMENT))
                    .findFirst().map(line -> statement(line.substring(STATEMENT.length()))).orElse(null);
        } catch (IOException _) {
            // Whoever reads it for trust says what is wrong with it.
            return null;
        }
    }

    private static @Nullable Introduction statement(String base64) {
        try {
            return Introduction.decode(Base64.getDecoder().decode(base64.strip()));
        } catch (IllegalArgumentException _) {
            return null;
        }
    }
}
