package io.meshd.daemon.cli;

import io.meshd.daemon.control.PathClass;
import io.meshd.daemon.control.PeersReport;
import io.meshd.daemon.control.StatusReport;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Draws {@link TopState} in so many lines and columns; the same input gives the same picture. */
final class TopView {
    private static final String GAP = "  ";
    private static final String BLOCKS = "▁▂▃▄▅▆▇█";
    private static final String LETTERS = "_.:-=+*#";
    private static final int WARNINGS_MAX = 2;
    private static final int NAME_MAX = 24;
    private static final int PATH_MAX = 40;
    private static final int CELL_MIN = 8;
    private static final List<String> HELP = List.of(
            "up, down, k, j   select a peer",
            "enter, w         why the selected peer is reached as it is; again: back",
            "s                sort by the next column",
            "/                show only peers whose name, address or relay has what you type; escape: all",
            "r                show only peers on a relay, or all",
            "p                stand still, or go on",
            "+, -             a longer or a shorter interval",
            "h, ?             this help",
            "q                leave; in a page: back");

    private final ReportCommand.Paint paint;
    private final boolean unicode;

    /**
     * Such a view.
     *
     * @param paint   colours, or does not
     * @param unicode whether the terminal shows more than ASCII
     */
    TopView(ReportCommand.Paint paint, boolean unicode) {
        this.paint = paint;
        this.unicode = unicode;
    }

    /**
     * A column of the table.
     *
     * @param title    its head
     * @param keep     columns with the smallest number go first when there is no room
     * @param most     its greatest width
     * @param isNumber whether it is aligned to the right
     * @param cell     its text of one peer
     * @param colour   of that text; null: none
     */
    private record Column(String title, int keep, int most, boolean isNumber, Function<PeersReport.Peer, String> cell,
            Function<PeersReport.Peer, @Nullable Colour> colour) {}

    /** Exactly so many lines, none longer than the columns. */
    List<String> lines(TopState state, int columns, int rows) {
        int width = Math.max(1, columns);
        List<String> head = head(state, width);
        String foot = clip(foot(state), width);
        List<String> body = switch (state.page()) {
            case PEERS -> List.of();
            case WHY -> text(wrapped(state.explanation(), width), state.scroll());
            case HELP -> text(HELP, state.scroll());
        };
        int room = Math.max(0, rows - 1 - head.size());
        if (state.page() == TopState.Page.PEERS) {
            body = table(state, width, room);
        }
        List<String> lines = new ArrayList<>(head.subList(0, Math.min(head.size(), Math.max(0, rows - 1))));
        body.stream().limit(room).map(line -> fits(line, width) ? line : clip(Colour.strip(line), width))
                .forEach(lines::add);
        while (lines.size() < rows - 1) {
            lines.add("");
        }
        lines.add(paint.in(Colour.FAINT, foot));
        return lines;
    }

    /** All there is, for a file or a pipe. */
    String plain(TopState state) {
        List<String> lines = new ArrayList<>(head(state, Integer.MAX_VALUE));
        lines.addAll(table(state, Integer.MAX_VALUE, Integer.MAX_VALUE));
        return lines.stream().map(String::stripTrailing).collect(Collectors.joining("\n", "", "\n"));
    }

    private List<String> head(TopState state, int width) {
        List<String> lines = new ArrayList<>();
        TopState.Sample sample = state.sample();
        if (sample != null) {
            StatusReport status = sample.status();
            StatusReport.PeerCounts peers = status.peers();
            lines.add(paint.in(Colour.BOLD, clip(status.name() + " in " + status.networkId() + GAP
                    + Texts.constant(status.phase()) + ", up " + Texts.duration(status.uptimeSeconds()) + GAP
                    + peers.alive() + " of " + peers.configured() + " alive: " + peers.direct() + " direct, "
                    + peers.signalingThenDirect() + " punched, " + peers.relay() + " by relay", width)));
            lines.add(clip("received " + rate(state.total().received()) + GAP + "sent " + rate(state.total().sent())
                    + GAP + curve(state.total()) + GAP + "NAT "
                    + Texts.constant(status.nat().mapping()).replace('_', ' ')
                    + GAP + "every " + state.intervalMs() / 1000.0 + " s" + (state.isPaused() ? GAP + "PAUSED" : "")
                    + (state.isRelayedOnly() ? GAP + "relayed only" : ""), width));
            status.warnings().stream().limit(WARNINGS_MAX)
                    .forEach(warning -> lines.add(paint.in(Colour.YELLOW, clip("warning: " + warning, width))));
            if (status.warnings().size() > WARNINGS_MAX) {
                lines.add(paint.in(Colour.YELLOW, clip(status.warnings().size() - WARNINGS_MAX
                        + " more warnings: `meshd status`", width)));
            }
        }
        String trouble = state.trouble();
        if (trouble != null) {
            lines.add(paint.in(Colour.RED, clip(trouble + "; waiting", width)));
        }
        lines.add("");
        return lines;
    }

    private static String foot(TopState state) {
        if (state.isTyping()) {
            return "show only: " + state.filter() + "_   enter: done  escape: all";
        }
        return switch (state.page()) {
            case PEERS -> "q quit  enter why  s sort: " + Texts.constant(state.order())
                    + (state.filter().isEmpty() ? "  / filter" : "  / filter: " + state.filter())
                    + "  r relayed  p pause  +- interval  h help";
            case WHY -> "q back  up, down scroll";
            case HELP -> "q back";
        };
    }

    private static List<String> text(List<String> lines, int scroll) {
        return lines.subList(Math.min(scroll, lines.size()), lines.size());
    }

    private static List<String> wrapped(List<String> lines, int width) {
        return lines.stream().flatMap(line -> wrapped(line, width)).toList();
    }

    private static Stream<String> wrapped(String line, int width) {
        if (fits(line, width)) {
            return Stream.of(line);
        }
        List<String> parts = new ArrayList<>();
        String rest = Colour.strip(line);
        while (rest.length() > width) {
            int blank = rest.lastIndexOf(' ', width);
            int end = blank > 0 ? blank : width;
            parts.add(rest.substring(0, end));
            rest = rest.substring(end).strip();
        }
        parts.add(rest);
        return parts.stream();
    }

    private List<Column> columns(TopState state, TopState.Sample sample) {
        return List.of(
                new Column("PEER", 9, NAME_MAX, false, PeersReport.Peer::name, peer -> null),
                new Column("STATE", 4, 10, false, peer -> Texts.constant(peer.state()),
                        peer -> Texts.colour(peer.state())),
                new Column("PATH", 8, PATH_MAX, false, peer -> Texts.path(peer.path().pathClass(),
                        peer.path().endpoint(), peer.path().relay()),
                        peer -> peer.path().pathClass() == PathClass.RELAY ? Colour.YELLOW : null),
                new Column("RTT", 5, 12, true, peer -> Texts.ms(peer.path().rttMs()), peer -> null),
                new Column("LOSS", 3, 8, true, peer -> Texts.percent(peer.path().loss()),
                        peer -> peer.path().loss() != null && peer.path().loss() >= 0.05 ? Colour.RED : null),
                new Column("RECEIVED", 7, 14, true, peer -> rate(state.flow(peer).received()), peer -> null),
                new Column("SENT", 6, 14, true, peer -> rate(state.flow(peer).sent()), peer -> null),
                new Column("TRAFFIC", 2, TopState.CURVE_LENGTH, false, peer -> curve(state.flow(peer)), peer -> null),
                new Column("HANDSHAKE", 1, 20, false, peer -> Texts.ago(peer.lastHandshake(), sample.at()),
                        peer -> null));
    }

    private List<String> table(TopState state, int width, int rows) {
        TopState.Sample sample = state.sample();
        if (sample == null || rows < 1) {
            return List.of();
        }
        List<PeersReport.Peer> shown = state.shown();
        if (shown.isEmpty()) {
            return List.of(sample.peers().peers().isEmpty()
                    ? "no trusted peers: admit one with `meshd trust`"
                    : "no peer is like that: escape or r shows all");
        }
        List<Column> columns = new ArrayList<>(columns(state, sample));
        while (columns.size() > 1 && width(columns, shown) > width) {
            columns.remove(columns.stream().min((a, b) -> Integer.compare(a.keep(), b.keep())).orElseThrow());
            shrinkPath(columns, shown, width);
        }
        int selected = Math.max(0, shown.stream().map(PeersReport.Peer::name).toList().indexOf(state.selected()));
        int room = Math.max(1, rows - 1);
        int first = Math.clamp((long) selected - room / 2, 0, Math.max(0, shown.size() - room));
        List<String> lines = new ArrayList<>();
        lines.add(paint.in(Colour.BOLD, "  " + columns.stream()
                .map(column -> padded(column.title(), column, shown)).collect(Collectors.joining(GAP))
                .stripTrailing()));
        for (PeersReport.Peer peer : shown.subList(first, Math.min(shown.size(), first + room))) {
            String cells = columns.stream().map(column -> cell(column, peer, shown)).collect(Collectors.joining(GAP));
            lines.add((peer.name().equals(state.selected()) ? "> " : "  ") + cells);
        }
        return lines;
    }

    private String cell(Column column, PeersReport.Peer peer, List<PeersReport.Peer> shown) {
        String text = padded(column.cell().apply(peer), column, shown);
        Colour colour = column.colour().apply(peer);
        return colour == null ? text : paint.in(colour, text);
    }

    private String padded(String text, Column column, List<PeersReport.Peer> shown) {
        int width = width(column, shown);
        String clipped = clip(text, width);
        String blanks = " ".repeat(width - clipped.length());
        return column.isNumber() ? blanks + clipped : clipped + blanks;
    }

    private static int width(List<Column> columns, List<PeersReport.Peer> shown) {
        return 2 + columns.stream().mapToInt(column -> width(column, shown) + GAP.length()).sum() - GAP.length();
    }

    private static int width(Column column, List<PeersReport.Peer> shown) {
        int longest = shown.stream().mapToInt(peer -> column.cell().apply(peer).length()).max().orElse(0);
        return Math.min(column.most(), Math.max(column.title().length(), longest));
    }

    /** A path that is cut short tells more than a column less. */
    private static void shrinkPath(List<Column> columns, List<PeersReport.Peer> shown, int width) {
        for (int i = 0; i < columns.size(); i++) {
            Column column = columns.get(i);
            int over = width(columns, shown) - width;
            int now = width(column, shown);
            if (column.title().equals("PATH") && over > 0 && now - over >= CELL_MIN) {
                columns.set(i, new Column(column.title(), column.keep(), now - over, false, column.cell(),
                        column.colour()));
            }
        }
    }

    private String curve(TopState.Flow flow) {
        String steps = unicode ? BLOCKS : LETTERS;
        double greatest = flow.curve().stream().mapToDouble(Double::doubleValue).max().orElse(0);
        return flow.curve().stream()
                .map(value -> String.valueOf(steps.charAt(greatest <= 0
                        ? 0
                        : (int) Math.min(steps.length() - 1, value / greatest * steps.length()))))
                .collect(Collectors.joining());
    }

    private static String rate(@Nullable Double bytesPerSecond) {
        return bytesPerSecond == null ? "-" : Texts.bytes(Math.round(bytesPerSecond)) + "/s";
    }

    private static boolean fits(String line, int width) {
        return Colour.strip(line).length() <= width;
    }

    private String clip(String text, int width) {
        return text.length() <= width
                ? text
                : text.substring(0, Math.max(0, width - 1)) + (unicode ? "…" : "~");
    }
}
