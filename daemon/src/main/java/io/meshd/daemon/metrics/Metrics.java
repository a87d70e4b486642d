package io.meshd.daemon.metrics;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Metrics being collected; each is named once, and explained. */
final class Metrics {
    private static final String PREFIX = "meshd_";

    private final List<MetricSnapshot> all = new ArrayList<>();

    /** One metric with a value for each of some labels. */
    interface Family {
        /** Adds a value; null adds none. Labels come as name, value, name, value. */
        Family with(@Nullable Number value, String... labels);

        /** Adds a moment; null adds none. */
        default Family at(@Nullable Instant moment, String... labels) {
            return with(moment == null ? null : moment.toEpochMilli() / 1e3, labels);
        }

        /** Ends the metric. */
        void end();
    }

    /** A count that only grows; its name gets "_total". */
    void counter(String name, String help, long value) {
        counters(name, help).with(value).end();
    }

    /** A value that goes up and down. */
    void gauge(String name, String help, @Nullable Number value) {
        gauges(name, help).with(value).end();
    }

    /** A text that does not change while the process runs. */
    void info(String name, String help, String... labels) {
        all.add(InfoSnapshot.builder().name(PREFIX + name).help(help)
                .dataPoint(InfoSnapshot.InfoDataPointSnapshot.builder().labels(Labels.of(labels)).build()).build());
    }

    Family counters(String name, String help) {
        CounterSnapshot.Builder builder = CounterSnapshot.builder().name(PREFIX + name).help(help);
        return new Family() {
            @Override
            public Family with(@Nullable Number value, String... labels) {
                if (value != null) {
                    builder.dataPoint(CounterSnapshot.CounterDataPointSnapshot.builder().value(value.doubleValue())
                            .labels(Labels.of(labels)).build());
                }
                return this;
            }

            @Override
            public void end() {
                all.add(builder.build());
            }
        };
    }

    Family gauges(String name, String help) {
        GaugeSnapshot.Builder builder = GaugeSnapshot.builder().name(PREFIX + name).help(help);
        return new Family() {
            @Override
            public Family with(@Nullable Number value, String... labels) {
                if (value != null) {
                    builder.dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder().value(value.doubleValue())
                            .labels(Labels.of(labels)).build());
                }
                return this;
            }

            @Override
            public void end() {
                all.add(builder.build());
            }
        };
    }

    /** One of a few constants, as a metric that is 1 for the present one and 0 for the others. */
    static <E extends Enum<E>> void oneOf(Family family, Class<E> type, E present, String label, String... labels) {
        for (E constant : type.getEnumConstants()) {
            String[] pairs = new String[labels.length + 2];
            System.arraycopy(labels, 0, pairs, 0, labels.length);
            pairs[labels.length] = label;
            pairs[labels.length + 1] = text(constant);
            family.with(constant == present ? 1 : 0, pairs);
        }
    }

    static String text(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    MetricSnapshots collected() {
        return new MetricSnapshots(all);
    }
}
