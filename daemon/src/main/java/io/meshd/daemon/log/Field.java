package io.meshd.daemon.log;

import org.jspecify.annotations.Nullable;

/**
 * A named value in a log line. Given as a parameter of a message it is its value in the text, and a field of the line; one
 * that the message does not mention is a field only.
 *
 * @param name  in snake_case; stable, since scripts look for it
 * @param value a text, a number, or whatever has a good {@code toString}; null: there is no such field in this line
 */
public record Field(String name, @Nullable Object value) {
    /** The name of a peer, which is what lines are told apart by when there are too many. */
    public static final String PEER = "peer";

    /** A peer by its local name. */
    public static Field peer(String name) {
        return new Field(PEER, name);
    }

    /** Something else. */
    public static Field of(String name, @Nullable Object value) {
        return new Field(name, value);
    }

    @Override
    public String toString() {
        return value == null ? "none" : value.toString();
    }
}
