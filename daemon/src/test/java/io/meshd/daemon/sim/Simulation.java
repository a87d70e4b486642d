package io.meshd.daemon.sim;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/** Runs scenarios with seeds, and says how to repeat the one that failed. */
final class Simulation {
    private static final String SEED = "meshd.seed";
    private static final Path REPORTS = Path.of("target", "simulation");

    private Simulation() {}

    /** Runs a scenario with a few seeds, or with that of {@code -Dmeshd.seed} alone. */
    static void run(String name, int seeds, Consumer<SimulatedNetwork> scenario) {
        Long only = Long.getLong(SEED);
        if (only != null) {
            run(name, only.longValue(), scenario);
            return;
        }
        for (long seed = 1; seed <= seeds; seed++) {
            run(name, seed, scenario);
        }
    }

    /** Runs a scenario with one seed. */
    static void run(String name, long seed, Consumer<SimulatedNetwork> scenario) {
        SimulatedNetwork network = new SimulatedNetwork(seed);
        Throwable failure = failure(network, scenario);
        if (failure != null) {
            Path report = report(name, seed, network, failure);
            throw new AssertionError(name + " with seed " + seed + ": " + failure.getMessage() + "\nreport: " + report
                    + "\nrepeat: mvn -o -pl daemon test -Dtest='Mesh*Test' -D" + SEED + "=" + seed, failure);
        }
    }

    @org.jspecify.annotations.Nullable
    private static Throwable failure(SimulatedNetwork network, Consumer<SimulatedNetwork> scenario) {
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
            return Files.writeString(REPORTS.resolve(name + "-" + seed + ".txt"), text.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
