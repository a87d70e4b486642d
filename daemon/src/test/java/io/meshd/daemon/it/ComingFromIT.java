package io.meshd.daemon.it;

import static io.meshd.daemon.lab.LabHost.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.cli.Cli;
import io.meshd.daemon.cli.Surroundings;
import io.meshd.daemon.docs.Comparison;
import io.meshd.daemon.docs.ShellLine;
import io.meshd.daemon.lab.Commands;
import io.meshd.daemon.lab.Lab;
import io.meshd.daemon.lab.LabHost;
import io.meshd.daemon.lab.MeshdHost;
import io.meshd.identity.Identity;
import io.meshd.identity.OpenSshKey;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Runs every command that {@code docs/coming-from.md} names, on a running mesh where one is needed. */
@NeedsLab
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ComingFromIT {
    private static final Duration FORMATION = Duration.ofSeconds(20);
    private static final int DAEMONS_AT_A_TIME = 4;
    private static final Set<String> STARTS = Set.of("up", "daemon start", "daemon run");
    private static final Set<String> STOPS = Set.of("down", "goodbye", "daemon stop");
    /** Make files that must not be there yet. */
    private static final Set<String> MAKE = Set.of("keygen", "identity init", "config init");
    private static final String DEVICE = "/O/zvkUBNzRZYnZjrT9OVpYwpVFLZNVHWCXWLQAmlz4=";
    /** Needs the sight of its own network. */
    private static final String DOCTOR = "doctor";

    private final Lab lab = Lab.open();
    private final List<String> failures = new ArrayList<>();
    private MeshdHost alpha;
    private MeshdHost beta;
    private int made;

    @BeforeAll
    void start() {
        alpha = new MeshdHost(lab.host("alpha"), "");
        beta = new MeshdHost(lab.host("beta"), "");
        MeshdHost.trustEachOther(List.of(alpha, beta));
        alpha.up("--seed", beta.seed());
        beta.up("--open");
        assertThat(await(FORMATION, () -> alpha.echo(beta) != null)).isTrue();
    }

    @AfterAll
    void end() {
        lab.close();
    }

    @Test
    void everyCommandOfTheTablesDoesWhatItIsFor() throws Exception {
        List<String> lines = Comparison.rows().stream().flatMap(Comparison.Row::commands).distinct().toList();
        assertThat(lines).hasSizeGreaterThan(70);
        // Each on a host of its own, so they can be up at the same time, and while the others are run.
        try (ExecutorService daemons = Executors.newFixedThreadPool(DAEMONS_AT_A_TIME)) {
            List<Future<?>> ended = new ArrayList<>();
            for (String line : lines) {
                List<String> words = ShellLine.meshd("meshd " + line).getFirst();
                String two = String.join(" ", words.subList(0, Math.min(2, words.size())));
                String name = Stream.of(two, words.getFirst()).filter(STARTS::contains).findFirst()
                        .or(() -> Stream.of(two, words.getFirst()).filter(STOPS::contains).findFirst())
                        .or(() -> Stream.of(two, words.getFirst()).filter(MAKE::contains).findFirst()).orElse(two);
                if (STARTS.contains(name)) {
                    LabHost host = lab.host("gamma" + ++made);
                    long number = made;
                    Path home = fresh();
                    ended.add(daemons.submit(() -> startAndStop(host, home, line, words, number)));
                } else if (words.getFirst().equals("join")) {
                    LabHost host = lab.host("gamma" + ++made);
                    Path home = fresh();
                    ended.add(daemons.submit(() -> join(host, home, line, words)));
                } else if (!STOPS.contains(name)) {
                    run(line, words, MAKE.contains(name) ? fresh() : alpha.host().home());
                }
            }
            for (Future<?> each : ended) {
                each.get();
            }
        }
        assertThat(lines.stream().filter(STOPS::contains)).as("ways to stop, each used above")
                .containsExactlyInAnyOrderElementsOf(STOPS);
        assertThat(failures).isEmpty();
        for (String file : List.of("identity", "authorized_keys/beta.pub", "run/meshd.sock", "run/meshd.pid",
                "state/meshd.log", "state/revoked")) {
            assertThat(alpha.host().home().resolve(file)).exists();
        }
    }

    private Path fresh() throws IOException {
        return Files.createDirectory(lab.folder().resolve("home" + ++made));
    }

    /** Runs a line in this process: what it asks the daemon for goes through the daemon's socket. */
    private void run(String line, List<String> words, Path home) throws IOException {
        List<String> real = new ArrayList<>();
        for (int i = 0; i < words.size(); i++) {
            real.add(real(words, i));
        }
        if (words.getFirst().equals("untrust") || words.getFirst().equals("revoke")) {
            String name = real.getLast();
            call(List.of("trust", key(), "--name", name), home, "").orThrow();
        }
        if ((words.contains("FILE") && words.contains("-c")) || words.contains("--config")) {
            real.set(real.size() - 1, Files.writeString(fresh().resolve("other.toml"),
                    "[node]\nidentity_path = \"" + home.resolve("identity") + "\"\n").toString());
        }
        if (words.getFirst().equals(DOCTOR)) {
            note(line, alpha.meshd(real.toArray(String[]::new)));
            return;
        }
        note(line, call(real, home, words.contains("-") ? line("peer" + ++made) + "\n" : ""));
    }

    /** Runs the program in this process. */
    private Commands.Result call(List<String> words, Path home, String input) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
        int status = new Cli((_, _, _) -> {}, new Surroundings(
                new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)), print, print,
                Map.of("MESHD_HOME", home.toString()), lab.folder(), false, InstantSource.system()))
                .run(words);
        return new Commands.Result(words, status, out.toString(StandardCharsets.UTF_8), "");
    }

    private void note(String line, Commands.Result result) {
        if (result.status() != 0 || result.out().isBlank()) {
            fail(line + ": " + result);
        }
    }

    private synchronized void fail(String what) {
        failures.add(what);
    }

    /** What an operator puts in place of a word in capitals. */
    private String real(List<String> words, int at) throws IOException {
        String before = at == 0 ? "" : words.get(at - 1);
        boolean isNew = Set.of("--name", "add", "untrust", "revoke").contains(before);
        return switch (words.get(at)) {
            case "KEY" -> before.equals("--wireguard") ? DEVICE : key();
            case "NAME" -> isNew ? "peer" + ++made : "beta";
            case "10.42.1.1" -> beta.overlay(false);
            case "FILE" -> words.contains("trust")
                    ? Files.writeString(lab.folder().resolve("peer" + ++made + ".pub"), key() + "\n").toString()
                    : lab.folder().resolve("file" + ++made).toString();
            case "CIDR" -> "10.77." + ++made + ".0/24";
            case "HOST:PORT" -> beta.seed();
            case "ID" -> "home-net";
            default -> words.get(at);
        };
    }

    private static String key() {
        return Identity.generate(new SecureRandom()).publicKey().base64();
    }

    private static String line(String comment) {
        return new OpenSshKey(Identity.generate(new SecureRandom()).publicKey(), comment).toString();
    }

    /** Starts a daemon as the line says, and ends it in one of the ways that there are. */
    private void startAndStop(LabHost host, Path home, String line, List<String> words, long number) {
        List<String> real = program(home);
        for (String word : words) {
            real.add(switch (word) {
                case "HOST:PORT" -> alpha.seed();
                case "txt:DOMAIN" -> "txt:mesh.example";
                case "FILE" -> written(home.resolve("other.toml"), "[node]\nname = \"gamma\"\n");
                case "DIR" -> home.toString();
                default -> word;
            });
        }
        if (words.contains("--detach") || words.contains("start")) {
            note(line, host.run(real.toArray(String[]::new)));
        } else {
            host.start("up.log", real.toArray(String[]::new));
        }
        if (!await(FORMATION, () -> Files.exists(home.resolve("run/meshd.sock"))
                && call(List.of("daemon", "status"), home, "").status() == 0)) {
            fail(line + ": does not run: " + host.log("up.log"));
            return;
        }
        String stop = STOPS.stream().sorted().toList().get((int) (number % STOPS.size()));
        List<String> down = program(home);
        down.addAll(List.of(stop.split(" ", -1)));
        note(stop, host.run(down.toArray(String[]::new)));
    }

    private List<String> program(Path home) {
        return new ArrayList<>(List.of(alpha.command().getFirst(), "--home", home.toString()));
    }

    private static String written(Path file, String text) {
        try {
            return Files.writeString(file, text).toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Joins with a fresh invitation, on a host where nothing is set up. */
    private void join(LabHost host, Path home, String line, List<String> words) {
        Path token = home.resolve("token");
        call(List.of("invite", "--out", token.toString()), alpha.host().home(), "").orThrow();
        List<String> real = words.stream().map(word -> switch (word) {
            case "TOKEN" -> text(token);
            case "NAME" -> "delta";
            default -> word;
        }).toList();
        note(line, host.run("sh", "-c",
                String.join(" ", program(home)) + " " + String.join(" ", real) + " <" + token));
        List<String> down = program(home);
        down.add("down");
        note("down", host.run(down.toArray(String[]::new)));
    }

    private static String text(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
