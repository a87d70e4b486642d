package io.meshd.daemon.cli;

import io.meshd.daemon.control.PathClass;
import io.meshd.daemon.control.PeersReport;
import io.meshd.daemon.control.StatusReport;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What {@code top} knows and how the operator wants to see it: takes samples and keys, has no clock and no terminal. One
 * thread.
 */
final class TopState {
    /** How many samples the little curves show. */
    static final int CURVE_LENGTH = 16;
    private static final int FILTER_MAX = 40;
    private static final List<Integer> INTERVALS_MS = List.of(500, 1000, 2000, 5000, 10_000);
    private static final int PAGE_LINES = 10;

    private final Map<String, Flow> flows = new HashMap<>();
    private final Flow total = new Flow();
    private @Nullable Sample sample;
    private @Nullable String trouble;
    private List<String> explanation = List.of();
    private Page page = Page.PEERS;
    private Order order = Order.NAME;
    private String filter = "";
    private boolean typing;
    private boolean relayedOnly;
    private boolean paused;
    private String selected = "";
    private int scroll;
    private int interval;

    /** {@code intervalMs} is taken to the nearest that there is. */
    TopState(int intervalMs) {
        interval = 0;
        while (interval < INTERVALS_MS.size() - 1 && INTERVALS_MS.get(interval) < intervalMs) {
            interval++;
        }
    }

    /**
     * What the daemon said at one moment.
     *
     * @param at      the time of day
     * @param atNanos the same on a clock that only grows
     * @param status  the node
     * @param peers   its peers
     */
    record Sample(Instant at, long atNanos, StatusReport status, PeersReport peers) {}

    /** What is shown. */
    enum Page {
        /** The table. */
        PEERS,
        /** Why the selected peer is reached as it is. */
        WHY,
        /** The keys. */
        HELP
    }

    /** By what the table is sorted. */
    enum Order {
        NAME, STATE, PATH, RTT, LOSS, RECEIVED, SENT, HANDSHAKE
    }

    /** Bytes of one peer and how fast they grow. */
    static final class Flow {
        private final Deque<Double> curve = new ArrayDeque<>();
        private long rxBytes = -1;
        private long txBytes;
        private long atNanos;
        private @Nullable Double received;
        private @Nullable Double sent;

        private void take(long rx, long tx, long nowNanos) {
            double seconds = (nowNanos - atNanos) / 1e9;
            boolean isComparable = rxBytes >= 0 && seconds > 0 && rx >= rxBytes && tx >= txBytes;
            received = isComparable ? (Double) ((rx - rxBytes) / seconds) : null;
            sent = isComparable ? (Double) ((tx - txBytes) / seconds) : null;
            rxBytes = rx;
            txBytes = tx;
            atNanos = nowNanos;
            if (received != null && sent != null) {
                curve.addLast(received + sent);
                if (curve.size() > CURVE_LENGTH) {
                    curve.removeFirst();
                }
            }
        }

        /** Bytes a second; null after the first sample, and after a restart of the daemon. */
        @Nullable
        Double received() {
            return received;
        }

        @Nullable
        Double sent() {
            return sent;
        }

        List<Double> curve() {
            return List.copyOf(curve);
        }
    }

    /** Takes a sample, unless the picture is to stand still. */
    void take(Sample fresh) {
        trouble = null;
        if (paused && sample != null) {
            return;
        }
        sample = fresh;
        flows.keySet().retainAll(fresh.peers().peers().stream().map(PeersReport.Peer::name).toList());
        long rx = 0;
        long tx = 0;
        for (PeersReport.Peer peer : fresh.peers().peers()) {
            flows.computeIfAbsent(peer.name(), _ -> new Flow()).take(peer.rxBytes(), peer.txBytes(), fresh.atNanos());
            rx += peer.rxBytes();
            tx += peer.txBytes();
        }
        total.take(rx, tx, fresh.atNanos());
        move(0);
    }

    /** The daemon does not answer; what was known last stays in sight. */
    void fail(String why) {
        trouble = why;
    }

    /** What {@code why} says of the selected peer. */
    void explain(List<String> lines) {
        explanation = lines;
    }

    /** A key was typed; false when the operator wants to leave. */
    boolean typed(TopKey key) {
        if (typing) {
            typeFilter(key);
            return true;
        }
        switch (key) {
            case TopKey.Up _ -> up(1);
            case TopKey.Down _ -> down(1);
            case TopKey.PageUp _ -> up(PAGE_LINES);
            case TopKey.PageDown _ -> down(PAGE_LINES);
            case TopKey.Enter _ -> toggleWhy();
            case TopKey.Escape _ -> page(Page.PEERS);
            case TopKey.Backspace _ -> page(Page.PEERS);
            case TopKey.Text(char character) -> {
                return command(character);
            }
        }
        return true;
    }

    private boolean command(char character) {
        switch (character) {
            case 'q', 'Q' -> {
                if (page == Page.PEERS) {
                    return false;
                }
                page(Page.PEERS);
            }
            case 'k' -> up(1);
            case 'j' -> down(1);
            case 'w' -> toggleWhy();
            case 's' -> order = Order.values()[(order.ordinal() + 1) % Order.values().length];
            case 'r' -> {
                relayedOnly = !relayedOnly;
                move(0);
            }
            case '/' -> {
                page(Page.PEERS);
                typing = true;
            }
            case 'p' -> paused = !paused;
            case 'h', '?' -> page(page == Page.HELP ? Page.PEERS : Page.HELP);
            case '+' -> interval = Math.min(INTERVALS_MS.size() - 1, interval + 1);
            case '-' -> interval = Math.max(0, interval - 1);
            default -> {
                // A key without meaning.
            }
        }
        return true;
    }

    private void typeFilter(TopKey key) {
        switch (key) {
            case TopKey.Enter _ -> typing = false;
            case TopKey.Escape _ -> {
                typing = false;
                filter = "";
            }
            case TopKey.Backspace _ -> filter = filter.substring(0, Math.max(0, filter.length() - 1));
            case TopKey.Text(char character) -> {
                if (filter.length() < FILTER_MAX) {
                    filter += character;
                }
            }
            case TopKey.Up _,TopKey.Down _,TopKey.PageUp _,TopKey.PageDown _ -> typing = false;
        }
        move(0);
    }

    private void page(Page wanted) {
        page = wanted;
        scroll = 0;
        explanation = List.of();
    }

    private void toggleWhy() {
        page(page == Page.PEERS && !selected.isEmpty() ? Page.WHY : Page.PEERS);
    }

    private void up(int lines) {
        if (page == Page.PEERS) {
            move(-lines);
        } else {
            scroll = Math.max(0, scroll - lines);
        }
    }

    private void down(int lines) {
        if (page == Page.PEERS) {
            move(lines);
        } else {
            scroll = Math.min(Math.max(0, explanation.size() - 1), scroll + lines);
        }
    }

    private void move(int by) {
        List<PeersReport.Peer> shown = shown();
        if (shown.isEmpty()) {
            selected = "";
            return;
        }
        selected = shown.get(Math.clamp(Math.max(0, place(shown)) + by, 0, shown.size() - 1)).name();
    }

    private int place(List<PeersReport.Peer> shown) {
        return shown.stream().map(PeersReport.Peer::name).toList().indexOf(selected);
    }

    /** The peers that the operator wants to see, in that order. */
    List<PeersReport.Peer> shown() {
        Sample known = sample;
        if (known == null) {
            return List.of();
        }
        return known.peers().peers().stream()
                .filter(peer -> !relayedOnly || peer.path().pathClass() == PathClass.RELAY)
                .filter(peer -> filter.isEmpty() || (peer.name() + " " + peer.path().endpoint() + " "
                        + peer.path().relay()).contains(filter))
                .sorted(comparator()).toList();
    }

    private Comparator<PeersReport.Peer> comparator() {
        Comparator<PeersReport.Peer> byName = Comparator.comparing(PeersReport.Peer::name);
        Comparator<PeersReport.Peer> wanted = switch (order) {
            case NAME -> byName;
            case STATE -> Comparator.comparing(PeersReport.Peer::state);
            case PATH -> Comparator.comparing(peer -> peer.path().pathClass());
            case RTT -> greatest(peer -> peer.path().rttMs());
            case LOSS -> greatest(peer -> peer.path().loss());
            case RECEIVED -> greatest(peer -> flow(peer).received());
            case SENT -> greatest(peer -> flow(peer).sent());
            case HANDSHAKE -> Comparator.comparing(PeersReport.Peer::lastHandshake,
                    Comparator.nullsLast(Comparator.reverseOrder()));
        };
        return wanted.thenComparing(byName);
    }

    /** A value of a peer; null when it is not known. */
    @FunctionalInterface
    private interface Figure {
        @Nullable
        Double of(PeersReport.Peer peer);
    }

    private static Comparator<PeersReport.Peer> greatest(Figure figure) {
        return Comparator.comparingDouble((PeersReport.Peer peer) -> {
            Double value = figure.of(peer);
            return value == null ? -1 : value;
        }).reversed();
    }

    Flow flow(PeersReport.Peer peer) {
        return flows.getOrDefault(peer.name(), total);
    }

    Flow total() {
        return total;
    }

    @Nullable
    Sample sample() {
        return sample;
    }

    @Nullable
    String trouble() {
        return trouble;
    }

    Page page() {
        return page;
    }

    Order order() {
        return order;
    }

    String filter() {
        return filter;
    }

    boolean isTyping() {
        return typing;
    }

    boolean isRelayedOnly() {
        return relayedOnly;
    }

    boolean isPaused() {
        return paused;
    }

    /** The name of the peer that keys speak of; empty when none is shown. */
    String selected() {
        return selected;
    }

    List<String> explanation() {
        return explanation;
    }

    int scroll() {
        return scroll;
    }

    int intervalMs() {
        return INTERVALS_MS.get(interval);
    }
}
