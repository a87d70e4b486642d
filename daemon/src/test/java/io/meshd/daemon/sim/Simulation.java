package io.meshd.daemon.sim;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Runs scenarios with seeds, and says how to repeat the one that failed. */
final class Simulation {
    private static final String SEED = "meshd.seed";
    private static final String FIRST = "meshd.simulation.first";
    private static final Path REPORTS = Path.of("target", "simulation");

    private Simulation() {}

    /**
     * Runs a scenario with the seeds from 1 on (a long run in parts: from {@code -Dmeshd.simulation.first} on), or with
     * that of {@code -Dmeshd.seed} alone. Tells all that fail.
     */
    static void run(String name, int seeds, Consumer<SimulatedNetwork> scenario) {
        Long only = Long.getLong(SEED);
        List<String> failures = new ArrayList<>();
        @Nullable
        Throwable first = null;
        long begin = only == null ? Long.getLong(FIRST, 1) : only;
        for (long seed = begin; seed < begin + (only == null ? seeds : 1); seed++) {
            SimulatedNetwork network = new SimulatedNetwork(seed, only != null);
            Throwable failure = failure(network, scenario);
            if (failure != null) {
                first = first == null ? failure : first;
                Path report = report(name, seed, network, failure);
                failures.add(name + " with seed " + seed + ": " + failure.getMessage() + "\n  report: " + report
                        + "\n  repeat: mvn -o -pl daemon test -Dtest='Mesh*Test' -D" + SEED + "=" + seed);
            }
        }
        if (first != null) {
            throw new AssertionError(failures.size() + " of " + seeds + " seeds failed\n" + String.join("\n", failures),
                    first);
        }
    }

    private static @Nullable Throwable failure(SimulatedNetwork network, Consumer<SimulatedNetwork> scenario) {
        try {
            scenario.accept(network);
            return null;
        } catch (RuntimeException | AssertionError e) {
            return e;
        }
    }

    private static Path report(String name, long seed, SimulatedNetwork network, Throwable failure) {
        StringWriter text = new StringWriter();
        PrintWriter out = new PrintWriter(text);
        out.println("scenario " + name + ", seed " + seed + ", " + network.happened() + " events");
        network.trace.lastLines().forEach(out::println);
        failure.printStackTrace(out);
        try {
            Files.createDirectories(REPORTS);
            Files.writeString(REPORTS.resolve(name + "-" + seed + "-trace.txt"), network.trace.text());
            return Files.writeString(REPORTS.resolve(name + "-" + seed + ".txt"), text.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
