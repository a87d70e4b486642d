package io.meshd.daemon.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** One host of a {@link Lab}: a namespace with an address, a home folder, and programs that run in it. */
public final class LabHost {
    private final String name;
    private final String namespace;
    private final Path home;
    private final String address;
    private final String address6;
    private final List<Process> programs = new ArrayList<>();

    LabHost(String name, String namespace, Path home, String address, String address6) {
        this.name = name;
        this.namespace = namespace;
        this.home = home;
        this.address = address;
        this.address6 = address6;
        try {
            Files.createDirectories(home);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String name() {
        return name;
    }

    public String namespace() {
        return namespace;
    }

    /** The folder that is {@code --home} of this host's daemon. */
    public Path home() {
        return home;
    }

    /** The host's IPv4 address on the switch. */
    public String address() {
        return address;
    }

    /** The host's IPv6 address on the switch. */
    public String address6() {
        return address6;
    }

    /** Runs a program in the host's namespace to its end. */
    public Commands.Result run(String... command) {
        return Commands.run(inNamespace(List.of(command)));
    }

    /** Runs a program in the host's namespace to its end, at most this long. */
    public Commands.Result run(Duration patience, String... command) {
        return Commands.run(inNamespace(List.of(command)), patience);
    }

    /** Starts a program that runs on; what it prints goes to {@code LOG} in the host's home. */
    public Process start(String log, String... command) {
        return start(log, Map.of(), command);
    }

    /** Starts a program with more environment variables. */
    public Process start(String log, Map<String, String> environment, String... command) {
        try {
            ProcessBuilder builder = new ProcessBuilder(inNamespace(List.of(command)))
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(home.resolve(log).toFile()));
            builder.environment().putAll(environment);
            Process process = builder.start();
            programs.add(process);
            return process;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + String.join(" ", command), e);
        }
    }

    /** What was printed to a log so far. */
    public String log(String log) {
        try {
            Path file = home.resolve(log);
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits for a condition on the outside world, asking every 50 ms. False when it did not come true in time. */
    public static boolean await(Duration patience, BooleanSupplier condition) {
        long end = System.nanoTime() + patience.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                return false;
            }
            try {
                TimeUnit.MILLISECONDS.sleep(50);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return true;
    }

    private List<String> inNamespace(List<String> command) {
        List<String> whole = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
        whole.addAll(command);
        return whole;
    }

    void stop() {
        for (Process process : programs) {
            process.destroy();
        }
        for (Process process : programs) {
            try {
                if (!process.waitFor(5, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                process.destroyForcibly();
            }
        }
    }
}
