package io.meshd.daemon.config;

import java.util.List;
import java.util.stream.Collectors;

/** The configuration, or the trust that goes with it, is invalid: all errors at once. */
public final class ConfigException extends Exception {
    private static final long serialVersionUID = 1;

    private final transient List<Problem> problems;

    /** Carries every error; there is at least one. */
    public ConfigException(List<Problem> problems) {
        super(problems.stream().map(Problem::toString).collect(Collectors.joining("\n")));
        this.problems = List.copyOf(problems);
    }

    /** Every error, in the order of the file. */
    public List<Problem> problems() {
        return problems;
    }
}
