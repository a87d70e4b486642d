package io.meshd.identity;

/**
 * What is wrong with a text that somebody wrote, and what was expected.
 *
 * @param line    where, counted from 1; 0 when the whole text is meant or there are no lines
 * @param message one sentence without the line, never with a secret in it
 */
public record Fault(int line, String message) {
    /** The message, with its line in front when it has one. */
    @Override
    public String toString() {
        return line == 0 ? message : "line " + line + ": " + message;
    }
}
