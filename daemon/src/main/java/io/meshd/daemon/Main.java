package io.meshd.daemon;

import io.meshd.daemon.cli.Cli;
import io.meshd.daemon.cli.Surroundings;
import io.meshd.daemon.log.LogOutput;
import io.meshd.daemon.runtime.DaemonRunner;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/** The program. */
public final class Main {
    private static final int OUTPUT_BUFFER_BYTES = 8 * 1024;
    private static final int FAILED = 1;

    private Main() {}

    /** Runs one command line and tells the shell how it went. */
    public static void main(String[] arguments) {
        // What is to be closed is closed by now, so no hooks. And exit() would ask for a logger, to tell it: the search for
        // a provider opens every jar, which takes as long as all the rest of a short command.
        Runtime.getRuntime().halt(run(arguments));
    }

    /** Runs one command line; the exit status. */
    @SuppressWarnings("SystemOut")
    static int run(String... arguments) {
        StandardOutput output = new StandardOutput();
        PrintStream out = new PrintStream(new BufferedOutputStream(output, OUTPUT_BUFFER_BYTES), true,
                System.out.charset());
        Map<String, String> environment = System.getenv();
        Surroundings world = new Surroundings(System.in, out, System.err, environment, Path.of("").toAbsolutePath(),
                output.isTerminal(), InstantSource.system());
        int status = new Cli(new DaemonRunner(LogOutput.standardError(System.err, environment), environment), world)
                .run(List.of(arguments));
        out.flush();
        IOException failure = output.failure();
        if (failure != null) {
            System.err.println("error: cannot write the output: " + failure.getMessage() + ": write it elsewhere");
        }
        return failure == null ? status : FAILED;
    }
}
