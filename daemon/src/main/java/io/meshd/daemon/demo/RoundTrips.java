package io.meshd.daemon.demo;

import io.meshd.daemon.lab.MeshdHost;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The round trips between all hosts, by an echo inside each session ({@code meshd ping}) once a second. What
 * {@code meshd peers} tells is older: a good steady path is measured every half minute only.
 */
final class RoundTrips {
    private static final long PAUSE_NANOS = 1_000_000_000L;

    private final List<MeshdHost> hosts;
    private final Map<String, Double> millis = new ConcurrentHashMap<>();
    private long nextNanos = System.nanoTime();

    RoundTrips(List<MeshdHost> hosts) {
        this.hosts = hosts;
    }

    /** Begins to measure anew when it is time; waits for nothing. */
    void measure() {
        if (System.nanoTime() - nextNanos < 0) {
            return;
        }
        nextNanos = System.nanoTime() + PAUSE_NANOS;
        for (MeshdHost from : hosts) {
            hosts.stream().filter(to -> to != from)
                    .forEach(to -> Thread.startVirtualThread(() -> measure(from, to)));
        }
    }

    private void measure(MeshdHost from, MeshdHost to) {
        Double rtt = from.echo(to);
        if (rtt == null) {
            millis.remove(pair(from, to));
        } else {
            millis.put(pair(from, to), rtt);
        }
    }

    private static String pair(MeshdHost from, MeshdHost to) {
        return from.name() + ">" + to.name();
    }

    /** The last one, or blanks when the last echo was lost. */
    String text(MeshdHost from, MeshdHost to) {
        @Nullable
        Double last = millis.get(pair(from, to));
        return "%8s".formatted(last == null ? "" : String.format(Locale.ROOT, "%.1f ms", last));
    }
}
