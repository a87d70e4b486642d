package io.meshd.daemon.cli;

import java.util.Collection;
import java.util.stream.Collectors;

/** How completion scripts write what they know; the same in bash, zsh and fish. */
final class ShellWords {
    private ShellWords() {}

    /** In single quotes, as POSIX shells read them. */
    static String quoted(String text) {
        return "'" + text.replace("'", "'\\''") + "'";
    }

    /** Several, each in quotes. */
    static String quoted(Collection<String> texts) {
        return texts.stream().map(ShellWords::quoted).collect(Collectors.joining(" "));
    }

    /** What kind of thing stands there: the scripts branch on this word; fixed words follow a "=". */
    static String kind(Placeholder placeholder) {
        return switch (placeholder) {
            case Placeholder.Words(var words) -> "=" + String.join(" ", words);
            case Placeholder.File() -> "file";
            case Placeholder.Directory() -> "directory";
            case Placeholder.Peer() -> "peer";
            case Placeholder.Anything() -> "any";
        };
    }
}
