package io.meshd.daemon.cli;

import io.meshd.daemon.config.ConfigException;
import io.meshd.daemon.control.ControlException;
import java.io.IOException;
import java.util.List;

/** One thing that the program can do. */
interface Command {
    /** What is known of it. */
    CommandSpec spec();

    /** The tokens behind the command's name as its options are to be read, for options that mean two things. */
    default List<String> rewrite(List<String> tokens) {
        return tokens;
    }

    /**
     * Does it.
     *
     * @return the exit status, see {@link ExitStatus}
     */
    int run(Invocation invocation)
            throws CommandException, ConfigException, ControlException, IOException, InterruptedException;
}
