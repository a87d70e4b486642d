package io.meshd.daemon.cli;

import io.meshd.daemon.config.ConfigException;
import io.meshd.daemon.config.Overrides;
import io.meshd.daemon.config.Setup;
import io.meshd.daemon.files.Access;
import io.meshd.daemon.files.AtomicFile;
import io.meshd.daemon.files.FileException;
import io.meshd.daemon.files.Home;
import io.meshd.daemon.files.PidFile;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Starts a daemon in a process and session of its own, and waits until it is ready or has failed. */
final class DetachedDaemon {
    /** What the launcher sets, so that a daemon starts with the flags that a daemon needs. */
    private static final String LAUNCHER_PROPERTY = "meshd.launcher";
    private static final String MAIN_CLASS = "io.meshd.daemon.Main";
    private static final Path SETSID = Path.of("/usr/bin/setsid");
    // A ready line takes less than a second; this is for a machine that is busy beyond use.
    private static final Duration READY_MAX = Duration.ofSeconds(30);
    private static final long LOG_MAX_BYTES = 10L * 1024 * 1024;
    private static final int ERROR_MAX_BYTES = 64 * 1024;

    private DetachedDaemon() {}

    /** Starts it and says that it is ready. */
    static int start(Invocation invocation, Overrides overrides, List<String> arguments)
            throws CommandException, ConfigException, IOException, InterruptedException {
        invocation.line(launch(invocation, overrides, arguments));
        return ExitStatus.DONE;
    }

    /**
     * Starts it; the configuration is read here first, so that its errors look as they do for {@code up}.
     *
     * @return the line that it says when it is ready
     */
    static String launch(Invocation invocation, Overrides overrides, List<String> arguments)
            throws CommandException, ConfigException, IOException, InterruptedException {
        Home home = invocation.home();
        Setup.check(home, invocation.loader(overrides), invocation.world().clock().instant());
        OptionalLong running = PidFile.runningPid(home);
        if (running.isPresent()) {
            throw new FileException("meshd is running already with pid " + running.getAsLong()
                    + ": stop it with `meshd down`, or give this one another --home");
        }
        Path log = openLog(home);
        long logged = Files.size(log);
        Process process = new ProcessBuilder(command(invocation, home, arguments))
                .redirectInput(new File("/dev/null"))
                .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .directory(new File("/"))
                .start();
        String ready = awaitReady(process);
        if (ready == null) {
            process.destroy();
            process.waitFor(READY_MAX.toSeconds(), TimeUnit.SECONDS);
            String error = lastError(log, logged);
            throw CommandException.failed(error.isEmpty()
                    ? "the daemon was not ready within " + READY_MAX.toSeconds() + " s: see " + log
                    : error);
        }
        return ready;
    }

    private static List<String> command(Invocation invocation, Home home, List<String> arguments)
            throws CommandException {
        List<String> command = new ArrayList<>();
        // A session of its own, so that the end of this terminal is no signal to the daemon.
        if (Files.isExecutable(SETSID)) {
            command.add(SETSID.toString());
        }
        String launcher = System.getProperty(LAUNCHER_PROPERTY);
        if (launcher != null) {
            command.add(launcher);
        } else {
            command.addAll(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow", "-cp",
                    System.getProperty("java.class.path"), MAIN_CLASS));
        }
        command.addAll(arguments);
        if (home.directory() != null) {
            command.addAll(List.of("--" + GlobalOptions.HOME, home.directory().toString()));
        }
        Path config = invocation.configFile();
        if (config != null) {
            command.addAll(List.of("--" + GlobalOptions.CONFIG, config.toString()));
        }
        return command;
    }

    /** The first line on the daemon's standard output, which is the ready line, or null when none came. */
    private static @Nullable String awaitReady(Process process) throws IOException, InterruptedException {
        CompletableFuture<@Nullable String> line = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            // Not closed: that would wait for a daemon that keeps its end open.
            BufferedReader reader = new BufferedReader(
                    new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
            try {
                line.complete(reader.readLine());
            } catch (IOException e) {
                line.completeExceptionally(e);
            }
        });
        try {
            return line.get(READY_MAX.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException _) {
            return null;
        } catch (ExecutionException e) {
            throw new IOException("cannot read what the daemon says", e);
        }
    }

    private static Path openLog(Home home) throws IOException {
        Path log = home.log();
        AtomicFile.makeDirectory(home.state(), Access.SECRET);
        if (!Files.exists(log)) {
            AtomicFile.write(log, "", Access.SECRET);
        } else if (Files.size(log) > LOG_MAX_BYTES) {
            Files.move(log, log.resolveSibling(log.getFileName() + ".1"), StandardCopyOption.REPLACE_EXISTING);
            AtomicFile.write(log, "", Access.SECRET);
        }
        return log;
    }

    /** The last error that the daemon wrote to its log since it was started, without the word that begins it. */
    private static String lastError(Path log, long from) throws IOException {
        String written;
        try (FileChannel channel = FileChannel.open(log, StandardOpenOption.READ).position(from);
                InputStream in = Channels.newInputStream(channel)) {
            written = new String(in.readNBytes(ERROR_MAX_BYTES), StandardCharsets.UTF_8);
        }
        String prefix = "error: ";
        List<String> lines = written.lines().toList();
        String error = lines.isEmpty() ? "" : lines.getLast();
        for (String line : lines) {
            if (line.startsWith(prefix)) {
                error = line;
            }
        }
        return error.startsWith(prefix) ? error.substring(prefix.length()) : error;
    }
}
