package io.meshd.daemon.cli;

import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;

/**
 * What a run of the program sees of the world, so that tests can give it another one.
 *
 * @param in               standard input
 * @param out              results
 * @param err              everything else
 * @param environment      variables
 * @param workingDirectory where the command was typed
 * @param isTerminal       whether {@code out} is watched by a person
 * @param clock            the time of day
 */
public record Surroundings(InputStream in, PrintStream out, PrintStream err, Map<String, String> environment,
        Path workingDirectory, boolean isTerminal, InstantSource clock) {
    public Surroundings {
        environment = Map.copyOf(environment);
    }

    /** Whether results may be coloured ({@code NO_COLOR}, https://no-color.org). */
    boolean isColoured() {
        return isTerminal && environment.getOrDefault("NO_COLOR", "").isEmpty()
                && !"dumb".equals(environment.get("TERM"));
    }
}
