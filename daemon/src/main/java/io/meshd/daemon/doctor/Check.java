package io.meshd.daemon.doctor;

import org.jspecify.annotations.Nullable;

/**
 * One check of {@code doctor}.
 *
 * @param topic   what was looked at
 * @param result  how it is
 * @param message what was found
 * @param remedy  the command, or the line of a file, that mends it; null when nothing is amiss
 */
public record Check(Topic topic, Result result, String message, @Nullable String remedy) {
    /** How it is. */
    public enum Result {
        /** As it should be. */
        PASS,
        /** It works, and yet somebody should look; or it was not looked at. */
        WARN,
        /** It keeps something from working. */
        FAIL
    }
}
