package io.meshd.daemon;

import io.meshd.daemon.cli.Cli;
import io.meshd.daemon.cli.Surroundings;
import io.meshd.daemon.runtime.DaemonRunner;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Goes through the commands once while the JVM takes notes for its cache of loaded classes (JEP 514): the launcher runs
 * this after a build, and every start after that is several times faster.
 *
 * <p>All happens in a new directory that is removed again. A daemon without interface runs for a moment, on any free
 * port; it knows nobody's address, so that it sends nothing.
 */
public final class Rehearsal {
    private static final List<List<String>> LINES = List.of(
            List.of("help"),
            List.of("help", "up"),
            List.of("version"),
            List.of("version", "--json"),
            List.of("identity", "init"),
            List.of("identity", "show", "--json"),
            List.of("export"),
            List.of("trust", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOVMM5bnGPK2bLNBq9JFIs8ePCdwEqDXf2Hjd4zqZpYI beta",
                    "--prefix", "10.42.1.0/24"),
            List.of("trust", "list"),
            List.of("config", "init", "--address", "10.42.0.1"),
            List.of("config", "validate"),
            List.of("config", "show"),
            List.of("status"),
            List.of("ping", "beta"),
            List.of("daemon", "status"),
            List.of("explode"));

    /** What is asked of a daemon that runs; the last ends it. */
    private static final List<List<String>> ASKED = List.of(
            List.of("status"),
            List.of("status", "--json"),
            List.of("peers"),
            List.of("routes"),
            List.of("sessions"),
            List.of("counters"),
            List.of("snapshot", "--json"),
            List.of("daemon", "status"),
            List.of("ping", "beta", "--count", "1", "-W", "0.1"),
            List.of("doctor"),
            List.of("reload"),
            List.of("down"));
    // A daemon is ready in a second; without one the cache only knows fewer classes.
    private static final long READY_SECONDS_MAX = 20;

    private Rehearsal() {}

    /** Runs it; always ends with status 0, since a cache less is no failure. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path home = Files.createTempDirectory(Path.of(arguments[0]), "rehearsal");
        try (PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)) {
            Surroundings world = new Surroundings(InputStream.nullInputStream(), nowhere, nowhere,
                    Map.of("MESHD_HOME", home.toString()), home, true, InstantSource.system());
            CountDownLatch ready = new CountDownLatch(1);
            Cli cli = new Cli((where, config, told) -> new DaemonRunner(nowhere).run(where, config, line -> {
                told.accept(line);
                ready.countDown();
            }), world);
            LINES.forEach(cli::run);
            Files.writeString(home.resolve("meshd.toml"), "[node]\nlisten_port = 0\n");
            Thread daemon = Thread.ofPlatform().daemon().name("rehearsal")
                    .start(() -> cli.run(List.of("up", "--no-tun")));
            if (ready.await(READY_SECONDS_MAX, TimeUnit.SECONDS)) {
                ASKED.forEach(cli::run);
                daemon.join(Duration.ofSeconds(READY_SECONDS_MAX));
            }
        } finally {
            try (Stream<Path> made = Files.walk(home)) {
                for (Path path : made.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }
}
