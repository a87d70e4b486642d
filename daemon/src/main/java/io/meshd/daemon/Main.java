package io.meshd.daemon;

import io.meshd.daemon.cli.Cli;
import io.meshd.daemon.cli.Surroundings;
import io.meshd.daemon.log.LogOutput;
import io.meshd.daemon.runtime.DaemonRunner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/** The program. */
public final class Main {
    private static final Path STANDARD_OUTPUT = Path.of("/proc/self/fd/1");

    private Main() {}

    /** Runs one command line and tells the shell how it went. */
    @SuppressWarnings("SystemOut")
    public static void main(String[] arguments) {
        Map<String, String> environment = System.getenv();
        Surroundings world = new Surroundings(System.in, System.out, System.err, environment,
                Path.of("").toAbsolutePath(), isTerminal(), InstantSource.system());
        int status = new Cli(new DaemonRunner(LogOutput.standardError(System.err, environment), environment), world)
                .run(List.of(arguments));
        System.out.flush();
        System.exit(status);
    }

    /** Whether standard output is a terminal. {@code System.console()} would start a line editor to find out. */
    private static boolean isTerminal() {
        try {
            String target = Files.readSymbolicLink(STANDARD_OUTPUT).toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
        } catch (IOException _) {
            return false;
        }
    }
}
