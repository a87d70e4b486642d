package io.meshd.daemon;

import io.meshd.daemon.cli.Cli;
import io.meshd.daemon.cli.CommandException;
import io.meshd.daemon.cli.Surroundings;
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
import java.util.stream.Stream;

/**
 * Goes through the commands once while the JVM takes notes for its cache of loaded classes (JEP 514): the launcher runs
 * this after a build, and every start after that is several times faster.
 *
 * <p>All happens in a new directory that is removed again; no network is touched.
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

    private Rehearsal() {}

    /** Runs it; always ends with status 0, since a cache less is no failure. */
    public static void main(String[] arguments) throws IOException {
        Path home = Files.createTempDirectory(Path.of(arguments[0]), "rehearsal");
        try (PrintStream nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)) {
            Surroundings world = new Surroundings(InputStream.nullInputStream(), nowhere, nowhere,
                    Map.of("MESHD_HOME", home.toString()), home, true, InstantSource.system());
            Cli cli = new Cli((_, _, _) -> {
                throw CommandException.failed("no node in a rehearsal");
            }, world);
            LINES.forEach(cli::run);
        } finally {
            try (Stream<Path> made = Files.walk(home)) {
                for (Path path : made.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }
}
