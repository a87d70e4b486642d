package io.meshd.daemon.config;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The configuration, or the trust that goes with it, is invalid: all errors at once. */
public final class ConfigException extends Exception {
    private static final long serialVersionUID = 1;

    private final transient List<Problem> problems;
    private final transient @Nullable Config partial;

    /** Carries every error; there is at least one. */
    public ConfigException(List<Problem> problems) {
        this(problems, null);
    }

    /** The same, with what could be read all the same, so that the rest can be checked at once. */
    ConfigException(List<Problem> problems, @Nullable Config partial) {
        super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
        this.problems = List.copyOf(problems);
        this.partial = partial;
    }

    /** The configuration with defaults in place of what is wrong; null when it could not be read at all. */
    @Nullable
    public Config partial() {
        return partial;
    }

    /** Every error, in the order of the file. */
    public List<Problem> problems() {
        return problems;
    }
}
