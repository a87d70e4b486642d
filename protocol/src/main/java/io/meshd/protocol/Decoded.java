package io.meshd.protocol;

/**
 * What a decoder made of bytes from outside: hostile input is a value, never an exception.
 *
 * @param <T> the message
 */
public sealed interface Decoded<T> {
    /** The bytes were a message. */
    record Message<T>(T value) implements Decoded<T> {}

    /** The bytes were none; {@code reason} is the counter to raise. */
    record Malformed<T>(DropReason reason) implements Decoded<T> {}
}
