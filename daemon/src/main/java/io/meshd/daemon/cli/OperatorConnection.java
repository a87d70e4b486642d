package io.meshd.daemon.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Whence the operator is connected to this host by SSH.
 *
 * @param from the address of the operator's side
 * @param to   the address of this host
 */
record OperatorConnection(String from, String to) {
    private static final String VARIABLE = "SSH_CONNECTION";
    private static final int ANCESTORS_MAX = 32;

    /**
     * As {@code SSH_CONNECTION} says, or that of the nearest ancestor which still has it: sudo takes it away.
     *
     * @return null for who sits at the console
     */
    static @Nullable OperatorConnection find(Surroundings world) {
        String own = world.environment().get(VARIABLE);
        return own == null ? inherited() : parse(own);
    }

    /** {@code CLIENT_ADDRESS CLIENT_PORT SERVER_ADDRESS SERVER_PORT}. */
    static @Nullable OperatorConnection parse(String text) {
        List<String> words = List.of(text.strip().split(" +", -1));
        return words.size() == 4 ? new OperatorConnection(words.get(0), words.get(2)) : null;
    }

    private static @Nullable OperatorConnection inherited() {
        Optional<ProcessHandle> ancestor = ProcessHandle.current().parent();
        for (int i = 0; i < ANCESTORS_MAX && ancestor.isPresent(); i++) {
            String text = variable(ancestor.get().pid());
            if (text != null) {
                return parse(text);
            }
            ancestor = ancestor.get().parent();
        }
        return null;
    }

    private static @Nullable String variable(long pid) {
        try {
            String environment = new String(Files.readAllBytes(Path.of("/proc", Long.toString(pid), "environ")),
                    StandardCharsets.UTF_8);
            for (String entry : environment.split("\0", -1)) {
                if (entry.startsWith(VARIABLE + "=")) {
                    return entry.substring(VARIABLE.length() + 1);
                }
            }
            return null;
        } catch (IOException _) {
            // Not ours to read, or gone.
            return null;
        }
    }
}
