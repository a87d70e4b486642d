package io.meshd.daemon.cli;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What may stand where usage shows a word such as {@code FILE} or {@code text|json}: for checking and completion. */
sealed interface Placeholder {
    /** One of a few fixed words. */
    record Words(List<String> words) implements Placeholder {
        public Words {
            words = List.copyOf(words);
        }
    }

    /** A file that exists. */
    record File() implements Placeholder {}

    /** A directory that exists. */
    record Directory() implements Placeholder {}

    /** The name of a trusted peer. */
    record Peer() implements Placeholder {}

    /** Something that nothing can be proposed for. */
    record Anything() implements Placeholder {}

    /** What is written in lower case is meant as it stands. */
    Pattern FIXED = Pattern.compile("[a-z][a-z0-9-]*(\\|[a-z][a-z0-9-]*)+");

    /** What the word of the usage line stands for. */
    static Placeholder of(String shown) {
        if (FIXED.matcher(shown).matches()) {
            return new Words(List.of(shown.split("\\|", -1)));
        }
        List<String> alternatives = alternatives(shown);
        if (alternatives.contains("FILE")) {
            return new File();
        }
        if (alternatives.contains("DIR")) {
            return new Directory();
        }
        return alternatives.contains("PEER") || alternatives.contains("TARGET") || alternatives.contains("NAME")
                ? new Peer()
                : new Anything();
    }

    /** The words of a usage line such as {@code "NAME [FILE]"}, one for each positional argument. */
    static List<Placeholder> all(String usage) {
        return usage.isEmpty() ? List.of() : Stream.of(usage.split(" ", -1)).map(Placeholder::of).toList();
    }

    private static List<String> alternatives(String shown) {
        return Arrays.asList(shown.replace("[", "").replace("]", "").replace("…", "").split("\\|", -1));
    }
}
