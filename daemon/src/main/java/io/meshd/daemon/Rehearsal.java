package io.meshd.daemon;

import io.meshd.daemon.cli.Cli;
import io.meshd.daemon.cli.Surroundings;
import io.meshd.daemon.log.LogOutput;
import io.meshd.daemon.runtime.DaemonRunner;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Goes through the commands once, and through the life of two daemons, while the JVM takes notes for its cache of loaded
 * classes (JEP 514): the launcher runs this after a build. Every start after that is several times faster, and a daemon
 * needs less memory, since it keeps the classes as they lie in the cache.
 *
 * <p>All happens in a new directory that is removed again. The daemons have no interface and talk over the loopback only;
 * where that is not possible the notes are shorter.
 */
public final class Rehearsal {
    private static final Pattern PORT = Pattern.compile("UDP port (\\d+)");
    private static final long PATIENCE_SECONDS = 10;
    /** From the first handshake to the end of what only the first second brings. */
    private static final String PINGS = "3";

    private static final List<List<String>> LINES = List.of(
            List.of("help"),
            List.of("help", "up"),
            List.of("version"),
            List.of("version", "--json"),
            List.of("identity", "init"),
            List.of("identity", "show", "--json"),
            List.of("export"),
            List.of("trust", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHOeMsRvpmK81b513BMMeHZgReqC0rQQ48Q//HyUdMU1 beta",
                    "--prefix", "10.42.1.0/24"),
            List.of("trust", "list"),
            List.of("config", "init", "--address", "10.42.0.1"),
            List.of("config", "validate"),
            List.of("config", "show"),
            List.of("status"),
            List.of("ping", "beta"),
            List.of("daemon", "status"),
            List.of("explode"));

    private Rehearsal() {}

    /**
     * Runs it in the directory of the first argument; always ends with status 0, since a cache less is no failure. With a
     * second argument daemons run in processes of their own, so that only what commands need is noted.
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path home = Files.createTempDirectory(Path.of(arguments[0]), "rehearsal");
        boolean detaches = arguments.length > 1;
        try {
            Stage alone = new Stage(home, detaches);
            LINES.forEach(alone::run);
            Stage alpha = new Stage(Files.createDirectory(home.resolve("alpha")), detaches);
            Stage beta = new Stage(Files.createDirectory(home.resolve("beta")), detaches);
            meet(alpha, beta);
            // As a command begins and ends: a class that no cache knows is looked for in one jar after the other.
            int _ = Main.run("--home", home.toString(), "daemon", "status");
        } finally {
            try (Stream<Path> made = Files.walk(home)) {
                for (Path path : made.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(path);
                }
            }
        }
    }

    private static void meet(Stage alpha, Stage beta) throws IOException, InterruptedException {
        String trusted = beta.exported();
        beta.run(List.of("trust", alpha.exported(), "--name", "alpha"));
        alpha.run(List.of("trust", trusted, "--name", "beta"));
        try {
            alpha.up();
            String port = alpha.port();
            if (port != null) {
                beta.up("--seed", "127.0.0.1:" + port);
                talk(beta);
            }
        } finally {
            // Whatever went wrong: nothing of a rehearsal goes on running.
            beta.down();
            alpha.down();
        }
    }

    private static void talk(Stage beta) throws InterruptedException {
        if (beta.port() == null) {
            return;
        }
        beta.run(List.of("ping", "-c", PINGS, "alpha"));
        beta.run(List.of("why", "alpha"));
        for (String report : List.of("status", "peers", "routes", "sessions", "counters", "netcheck", "doctor")) {
            beta.run(List.of(report));
            beta.run(List.of(report, "--json"));
        }
        beta.run(List.of("reload"));
    }

    /** One home, and what is printed there. */
    private static final class Stage {
        private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
        private final Cli cli;
        private final Path home;
        private final boolean detaches;
        private @Nullable Thread daemon;

        private Stage(Path home, boolean detaches) {
            this.home = home;
            this.detaches = detaches;
            PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
            PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
            cli = new Cli(new DaemonRunner(LogOutput.lines(nowhere), Map.of()),
                    new Surroundings(InputStream.nullInputStream(), out, nowhere,
                            Map.of("MESHD_HOME", home.toString()), home, true, InstantSource.system()));
        }

        private void run(List<String> line) {
            int _ = cli.run(line);
        }

        private String exported() throws IOException {
            run(List.of("identity", "init"));
            Files.writeString(home.resolve("meshd.toml"), "[node]\nlisten_port = 0\n");
            printed.reset();
            run(List.of("export"));
            return printed.toString(StandardCharsets.UTF_8).strip();
        }

        private void up(String... options) {
            List<String> line = Stream.concat(Stream.of("up", "--no-tun"), Stream.of(options)).toList();
            printed.reset();
            if (detaches) {
                run(Stream.concat(line.stream(), Stream.of("--detach")).toList());
                return;
            }
            daemon = Thread.ofPlatform().daemon(true).start(() -> run(line));
        }

        private void down() throws InterruptedException {
            run(List.of("down"));
            if (daemon != null) {
                daemon.join(TimeUnit.SECONDS.toMillis(PATIENCE_SECONDS));
            }
        }

        /** The port in the ready line; null when none came. */
        private @Nullable String port() throws InterruptedException {
            for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS); System.nanoTime() < end;) {
                Matcher ready = PORT.matcher(printed.toString(StandardCharsets.UTF_8));
                if (ready.find()) {
                    return ready.group(1);
                }
                TimeUnit.MILLISECONDS.sleep(50);
            }
            return null;
        }
    }
}
