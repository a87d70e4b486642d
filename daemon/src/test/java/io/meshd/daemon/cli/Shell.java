package io.meshd.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.meshd.daemon.Schemas;
import io.meshd.daemon.config.Config;
import io.meshd.daemon.config.ConfigLoader;
import io.meshd.daemon.files.Home;
import io.meshd.daemon.files.MortalDisk;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Runs command lines in this JVM as a shell would, with a home and a working directory of their own. */
final class Shell {
    private final Path directory;
    private final Map<String, String> environment = new HashMap<>();
    private final List<Started> started = new ArrayList<>();
    private byte[] input = new byte[0];
    private Path workingDirectory;
    private boolean terminal;
    private Instant now = Instant.parse("2026-11-21T12:00:00Z");
    private NodeRunner runner = (home, config, ready) -> {
        started.add(new Started(home, config, config.load()));
        ready.accept("ready");
    };

    /** Everything happens under this directory. */
    Shell(Path directory) {
        this.directory = directory;
        this.workingDirectory = directory;
        environment.put(Home.VARIABLE, directory.resolve("home").toString());
    }

    /**
     * What `up` was asked to run.
     *
     * @param home   its files
     * @param loader reads its configuration
     * @param config what that read
     */
    record Started(Home home, ConfigLoader loader, Config config) {}

    /**
     * How a command ended.
     *
     * @param status exit status
     * @param out    standard output
     * @param err    standard error
     */
    record Outcome(int status, String out, String err) {
        JsonNode json() throws JsonProcessingException {
            return new ObjectMapper().readTree(out);
        }

        Outcome done() {
            assertThat(status).as("status; stderr: %s", err).isZero();
            return this;
        }

        /** The one line on stderr of a command that failed with this status. */
        String failed(int expected) {
            assertThat(status).as("status; stdout: %s stderr: %s", out, err).isEqualTo(expected);
            assertThat(out).isEmpty();
            assertThat(err.lines()).hasSize(1);
            assertThat(err).startsWith("error: ");
            return err.strip().substring("error: ".length());
        }
    }

    Home home() {
        return Home.at(directory.resolve("home"));
    }

    Path directory() {
        return directory;
    }

    List<Started> started() {
        return started;
    }

    Shell with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    Shell without(String variable) {
        environment.remove(variable);
        return this;
    }

    Shell atTerminal() {
        terminal = true;
        return this;
    }

    Shell at(String instant) {
        now = Instant.parse(instant);
        return this;
    }

    Shell typing(String text) {
        input = text.getBytes(StandardCharsets.UTF_8);
        return this;
    }

    /** All that commands do from now on is done on this disk. */
    Shell onDisk(MortalDisk disk) {
        workingDirectory = disk.path(directory);
        return this;
    }

    Shell running(NodeRunner other) {
        runner = other;
        return this;
    }

    Outcome run(String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Surroundings world = new Surroundings(new ByteArrayInputStream(input),
                new PrintStream(out, true, StandardCharsets.UTF_8), new PrintStream(err, true, StandardCharsets.UTF_8),
                environment, workingDirectory, terminal, () -> now);
        int status = new Cli(runner, world).run(List.of(arguments));
        requireSchema(List.of(arguments), out.toString(StandardCharsets.UTF_8));
        return new Outcome(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /** Whatever a command prints as JSON is to be as its schema says. */
    private void requireSchema(List<String> arguments, String out) {
        CommandTable.Found found = Commands.table(runner).find(CommandLines.split(arguments).words());
        if (out.startsWith("{") && found != null) {
            Schemas.requireValid(found.command().spec().name(), out);
        }
    }
}
