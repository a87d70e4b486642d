package io.meshd.daemon.demo;

import io.meshd.daemon.control.PathClass;
import io.meshd.daemon.control.PeersReport;
import io.meshd.daemon.control.RoutesReport;
import io.meshd.daemon.lab.Flow;
import io.meshd.daemon.lab.MeshdHost;
import io.meshd.daemon.lab.MultiHost;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Looks at all hosts ten times a second, shows who reaches whom and how, and tells what changes. */
final class Watch {
    private static final long LOOK_MILLIS = 100;
    /** Longer than the pause between any two packets of a flow that is well. */
    private static final double SILENT_MS = 150;

    private final Screen screen;
    private final List<MeshdHost> hosts;
    private final List<Link> links;
    private final RoundTrips roundTrips;
    private final Map<Link, PathClass> classes = new HashMap<>();
    private final Map<Link, Integer> marks = new HashMap<>();
    private Map<MeshdHost, PeersReport> peers = Map.of();
    private SortedSet<String> prefixes = new TreeSet<>();
    private SortedSet<String> prefixesBefore = new TreeSet<>();
    private boolean prefixesStay = true;
    private long sinceNanos = System.nanoTime();

    Watch(Screen screen, List<MeshdHost> hosts, List<Link> links) {
        this.screen = screen;
        this.hosts = hosts;
        this.links = links;
        this.roundTrips = new RoundTrips(hosts);
    }

    /** A step begins: times and losses count from here. */
    void begin() {
        sinceNanos = System.nanoTime();
        prefixesBefore = prefixes;
        prefixesStay = true;
        links.stream().filter(Link::flows).forEach(link -> marks.put(link, link.flow().mark()));
    }

    /** What became of a flow since the step began. */
    Flow.Stretch stretch(Link link) {
        return link.flow().since(marks.getOrDefault(link, 0));
    }

    double seconds() {
        return (System.nanoTime() - sinceNanos) / 1e9;
    }

    /** Watches until something is so, at most this long; says whether it came about. */
    boolean until(Duration patience, BooleanSupplier isSo) {
        long end = System.nanoTime() + patience.toNanos();
        boolean so = false;
        while (!so && System.nanoTime() - end < 0) {
            look();
            links.forEach(this::tellChange);
            screen.live(table());
            so = isSo.getAsBoolean();
            if (!so) {
                pause();
            }
        }
        return so;
    }

    /** Watches for so long. */
    void during(Duration time) {
        until(time, () -> false);
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** Whether all flows flow. */
    boolean allFlow() {
        return links.stream().allMatch(link -> link.flow().silentMs() < SILENT_MS);
    }

    /** Whether both ends of a link say that their path to each other is of one of these classes. */
    boolean isOf(Link link, Set<PathClass> some) {
        return some.contains(path(link.from(), link.to()).pathClass())
                && some.contains(path(link.to(), link.from()).pathClass());
    }

    /** Whether a host says that its path to another is of this class. */
    boolean isOf(MeshdHost from, MeshdHost to, PathClass pathClass) {
        return path(from, to).pathClass() == pathClass;
    }

    /** Asks all hosts how things are, without showing it. */
    void look() {
        Map<MeshdHost, PeersReport> seen = new ConcurrentHashMap<>();
        SortedSet<String> owned = new ConcurrentSkipListSet<>();
        MultiHost.together(hosts, host -> {
            PeersReport answer = host.look("peers", PeersReport.class);
            if (answer != null) {
                seen.put(host, answer);
            }
            owned.addAll(prefixes(host));
        });
        peers = seen;
        prefixes = owned;
        prefixesStay &= owned.equals(prefixesBefore);
        roundTrips.measure();
    }

    private static List<String> prefixes(MeshdHost host) {
        RoutesReport report = host.look("routes", RoutesReport.class);
        return report == null
                ? List.of()
                : report.routes().stream().filter(route -> route.installed() && !route.prefix().contains(":"))
                        .map(route -> host.name() + " sends " + route.prefix() + " to " + route.peer()).toList();
    }

    /** Which host sends what prefix to which peer, as it was last seen. */
    SortedSet<String> prefixes() {
        return prefixes;
    }

    /** Whether that was the same all the time since the step began. */
    boolean prefixesStay() {
        return prefixesStay;
    }

    private void tellChange(Link link) {
        PeersReport.Path path = path(link.from(), link.to());
        PathClass before = classes.put(link, path.pathClass());
        if (before != path.pathClass() && (before != null || path.pathClass() != PathClass.NONE)) {
            String where = path.pathClass() == PathClass.RELAY ? path.relay() : path.endpoint();
            screen.say(String.format(Locale.ROOT, "+%5.2f s  %-14s %s%s", seconds(), link.name(),
                    painted(path.pathClass(), words(path.pathClass())), where == null ? "" : ", " + where));
        }
    }

    private PeersReport.Path path(MeshdHost from, MeshdHost to) {
        PeersReport report = peers.get(from);
        return report == null
                ? PeersReport.Path.NONE
                : report.peers().stream().filter(peer -> peer.name().equals(to.name())).findFirst()
                        .map(PeersReport.Peer::path).orElse(PeersReport.Path.NONE);
    }

    /** A class as a person says it. */
    static String words(PathClass pathClass) {
        return switch (pathClass) {
            case DIRECT -> "direct";
            case SIGNALING_THEN_DIRECT -> "direct after signalling";
            case RELAY -> "by relay";
            case NONE -> "no path";
        };
    }

    private String painted(PathClass pathClass, String text) {
        return screen.paint(switch (pathClass) {
            case DIRECT, SIGNALING_THEN_DIRECT -> Screen.Ink.GOOD;
            case RELAY -> Screen.Ink.SO_SO;
            case NONE -> Screen.Ink.BAD;
        }, text);
    }

    /** Who reaches whom how, and the flows. */
    private List<String> table() {
        List<String> lines = new ArrayList<>();
        lines.add("");
        StringBuilder head = new StringBuilder("%-7s".formatted("from/to"));
        hosts.forEach(to -> head.append("  %-15s".formatted(to.name())));
        lines.add(screen.paint(Screen.Ink.FAINT, head.toString().stripTrailing()));
        for (MeshdHost from : hosts) {
            StringBuilder line = new StringBuilder("%-7s".formatted(from.name()));
            hosts.forEach(to -> line.append("  ").append(from == to ? "%-15s".formatted("") : cell(from, to)));
            lines.add(line.toString().stripTrailing());
        }
        if (links.stream().allMatch(Link::flows)) {
            lines.add("");
            lines.add(screen.paint(Screen.Ink.FAINT, "%-14s  %9s  %9s  %6s  %12s".formatted("flow", "replies/s",
                    "rtt", "lost", "longest gap")));
            links.forEach(link -> lines.add(row(link)));
        }
        return lines;
    }

    private String cell(MeshdHost from, MeshdHost to) {
        PathClass pathClass = path(from, to).pathClass();
        String kind = switch (pathClass) {
            case DIRECT -> "direct";
            case SIGNALING_THEN_DIRECT -> "punched";
            case RELAY -> "relay";
            case NONE -> "-";
        };
        return painted(pathClass, "%-7s".formatted(kind)) + roundTrips.text(from, to);
    }

    private String row(Link link) {
        Flow.Stretch stretch = stretch(link);
        double silent = link.flow().silentMs();
        String gap = String.format(Locale.ROOT, "%9.0f ms", stretch.longestGapMs());
        return String.format(Locale.ROOT, "%-14s  %9d  %6.1f ms  %6d  %s%s", link.name(), link.flow().rate(),
                stretch.medianRttMs(), stretch.lost(), gap,
                silent < SILENT_MS ? "" : screen.paint(Screen.Ink.BAD, "  silent"));
    }
}
