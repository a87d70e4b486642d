package io.meshd.daemon.cli;

/** A key as {@code top} understands it. */
sealed interface TopKey {
    /** One line up. */
    record Up() implements TopKey {}

    /** One line down. */
    record Down() implements TopKey {}

    /** Some lines up. */
    record PageUp() implements TopKey {}

    /** Some lines down. */
    record PageDown() implements TopKey {}

    /** The key that takes what is selected. */
    record Enter() implements TopKey {}

    /** The key that leads back. */
    record Escape() implements TopKey {}

    /** Takes a character back. */
    record Backspace() implements TopKey {}

    /** A character. */
    record Text(char character) implements TopKey {}
}
