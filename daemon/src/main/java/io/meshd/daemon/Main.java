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
        end(run(arguments));
    }

    /**
     * Ends the program. {@code System.exit} would ask for a logger, to tell it: the search for a provider opens every jar,
     * which takes as long as all the rest of a short command. What a command opened is closed when it returns.
     */
    private static void end(int status) {
        try {
            Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> {}));
        } catch (IllegalStateException _) {
            // A signal ends the program already, and what cleans up after the command is to come to its end.
            System.exit(status);
        }
        Runtime.getRuntime().halt(status);
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
