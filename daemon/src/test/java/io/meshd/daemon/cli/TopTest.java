package io.meshd.daemon.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.control.FakeNode;
import io.meshd.daemon.control.PathClass;
import io.meshd.daemon.control.PeersReport;
import io.meshd.protocol.MemberState;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The picture and the keys of {@code top}, without a terminal. */
final class TopTest {
    private static final long SECOND = 1_000_000_000L;
    private static final TopKey DOWN = new TopKey.Down();
    private static final TopKey ENTER = new TopKey.Enter();

    private final TopState state = new TopState(1000);
    private final TopView view = new TopView((colour, text) -> text, true);

    @Test
    void showsEachPeerWithWhatItExchangesNow() {
        take(0, peer("beta", PathClass.DIRECT, 1000, 0), peer("gamma", PathClass.RELAY, 0, 500));
        take(1, peer("beta", PathClass.DIRECT, 3048, 0), peer("gamma", PathClass.RELAY, 0, 524_788));

        assertThat(view.lines(state, 130, 9)).containsExactly(
                "alpha in home-net  running, up 1 d 2 h  2 of 3 alive: 1 direct, 1 punched, 0 by relay",
                "received 2.0 KiB/s  sent 512.0 KiB/s  █  NAT endpoint independent  every 1.0 s",
                "warning: trust: gamma.pub is broken", "",
                "  PEER   STATE  PATH                          RTT  LOSS   RECEIVED         SENT  TRAFFIC  HANDSHAKE",
                "> beta   alive  direct 203.0.113.9:51821  12.5 ms  20 %  2.0 KiB/s        0 B/s  █        1 min 0 s ago",
                "  gamma  alive  relay beta                12.5 ms  20 %      0 B/s  512.0 KiB/s  █        1 min 0 s ago",
                "", "q quit  enter why  s sort: name  / filter  r relayed  p pause  +- interval  h help")
                .satisfies(lines -> assertThat(lines).hasSize(9));
    }

    @Test
    void everySizeIsKept() {
        take(0, peer("beta", PathClass.DIRECT, 0, 0),
                peer("a-peer-with-a-very-long-name-indeed", PathClass.RELAY, 0, 0));
        take(1, peer("beta", PathClass.DIRECT, 9, 9),
                peer("a-peer-with-a-very-long-name-indeed", PathClass.RELAY, 0, 0));
        state.fail("meshd is not running");
        for (TopKey key : List.of(new TopKey.Text('h'), new TopKey.Text('h'), ENTER, new TopKey.Escape(),
                new TopKey.Text('/'))) {
            for (int columns = 1; columns < 150; columns++) {
                for (int rows = 1; rows < 20; rows++) {
                    int width = columns;
                    assertThat(view.lines(state, columns, rows)).hasSize(rows)
                            .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(width));
                }
            }
            assertThat(state.typed(key)).isTrue();
        }
    }

    @Test
    void whatMattersMostStaysOnANarrowTerminal() {
        take(0, peer("beta", PathClass.DIRECT, 0, 0));

        assertThat(view.lines(state, 40, 8)).anyMatch(line -> line.contains("beta") && line.contains("direct"))
                .noneMatch(line -> line.contains("HANDSHAKE"));
        assertThat(view.lines(state, 12, 8)).anyMatch(line -> line.contains("beta"));
    }

    @Test
    void colourIsPaintAndNothingElse() {
        take(0, peer("beta", PathClass.RELAY, 0, 0));
        TopView coloured = new TopView(Colour::paint, true);

        assertThat(coloured.lines(state, 100, 9).stream().map(Colour::strip).map(String::stripTrailing))
                .containsExactlyElementsOf(view.lines(state, 100, 9).stream().map(String::stripTrailing).toList());
        assertThat(coloured.lines(state, 100, 9)).anyMatch(line -> line.contains("\u001b[33m"));
    }

    @Test
    void aTerminalWithoutUnicodeGetsAscii() {
        take(0, peer("a-peer-with-a-very-long-name-indeed", PathClass.DIRECT, 0, 0));
        take(1, peer("a-peer-with-a-very-long-name-indeed", PathClass.DIRECT, 100, 0));
        take(2, peer("a-peer-with-a-very-long-name-indeed", PathClass.DIRECT, 100, 0));

        assertThat(new TopView((colour, text) -> text, false).lines(state, 110, 9))
                .allSatisfy(line -> assertThat(line).matches("\\p{ASCII}*")).anyMatch(line -> line.contains("#_"));
    }

    @Test
    void aDaemonThatBeganAnewHasNoNegativeTraffic() {
        take(0, peer("beta", PathClass.DIRECT, 5000, 5000));
        take(1, peer("beta", PathClass.DIRECT, 10, 10));
        assertThat(state.flow(state.shown().getFirst()).received()).isNull();

        take(3, peer("beta", PathClass.DIRECT, 30, 10));
        assertThat(state.flow(state.shown().getFirst()).received()).isEqualTo(10);
    }

    @Test
    void theSelectionStaysWithItsPeerAndInSight() {
        take(0, many(50));
        for (int i = 0; i < 30; i++) {
            assertThat(state.typed(DOWN)).isTrue();
        }
        assertThat(state.selected()).isEqualTo("peer-30");
        assertThat(view.lines(state, 100, 12)).anyMatch(line -> line.startsWith("> peer-30"));

        take(1, many(50));
        assertThat(state.selected()).isEqualTo("peer-30");
        for (int i = 0; i < 100; i++) {
            assertThat(state.typed(DOWN)).isTrue();
        }
        assertThat(state.selected()).isEqualTo("peer-49");
    }

    @Test
    void sortsFiltersAndShowsRelayedOnesOnly() {
        take(0, peer("beta", PathClass.DIRECT, 0, 0), peer("gamma", PathClass.RELAY, 0, 0),
                peer("delta", PathClass.RELAY, 0, 0));
        take(1, peer("beta", PathClass.DIRECT, 1, 0), peer("gamma", PathClass.RELAY, 9, 0),
                peer("delta", PathClass.RELAY, 5, 0));
        assertThat(names()).containsExactly("beta", "delta", "gamma");

        while (state.order() != TopState.Order.RECEIVED) {
            type("s");
        }
        assertThat(names()).containsExactly("gamma", "delta", "beta");

        type("r");
        assertThat(names()).containsExactly("gamma", "delta");
        type("r");
        type("/elt");
        assertThat(names()).containsExactly("delta");
        assertThat(state.selected()).isEqualTo("delta");
        assertThat(state.typed(new TopKey.Backspace())).isTrue();
        assertThat(state.filter()).isEqualTo("el");
        assertThat(state.typed(new TopKey.Escape())).isTrue();
        assertThat(names()).hasSize(3);
    }

    @Test
    void aPausedPictureStandsStill() {
        take(0, peer("beta", PathClass.DIRECT, 0, 0));
        type("p");
        List<String> before = view.lines(state, 100, 9);

        take(1, peer("beta", PathClass.DIRECT, 7777, 0));
        assertThat(view.lines(state, 100, 9)).isEqualTo(before);

        type("p");
        take(2, peer("beta", PathClass.DIRECT, 7777, 0));
        assertThat(state.flow(state.shown().getFirst()).received()).isEqualTo(7777 / 2.0);
    }

    @Test
    void explainsTheSelectedPeerAndLeadsBack() {
        take(0, peer("beta", PathClass.DIRECT, 0, 0));
        assertThat(state.typed(ENTER)).isTrue();
        assertThat(state.page()).isEqualTo(TopState.Page.WHY);
        state.explain(List.of("beta is reached directly, which is the best that there is", "and more"));

        assertThat(view.lines(state, 30, 12)).containsSubsequence("beta is reached directly,",
                "which is the best that there", "is", "and more");
        type("q");
        assertThat(state.page()).isEqualTo(TopState.Page.PEERS);
        assertThat(state.typed(new TopKey.Text('q'))).isFalse();
    }

    @Test
    void aDaemonThatEndedIsToldAndWhatWasKnownStays() {
        take(0, peer("beta", PathClass.DIRECT, 0, 0));
        state.fail("meshd is not running");

        assertThat(view.lines(state, 80, 12)).contains("meshd is not running; waiting")
                .anyMatch(line -> line.contains("beta"));
        take(1, peer("beta", PathClass.DIRECT, 0, 0));
        assertThat(view.lines(state, 80, 12)).noneMatch(line -> line.contains("not running"));
    }

    @Test
    void theIntervalHasBounds() {
        type("++++++++++");
        assertThat(state.intervalMs()).isEqualTo(10_000);
        type("----------");
        assertThat(state.intervalMs()).isEqualTo(500);
    }

    private void type(String text) {
        text.chars().forEach(character -> assertThat(state.typed(new TopKey.Text((char) character))).isTrue());
    }

    private List<String> names() {
        return state.shown().stream().map(PeersReport.Peer::name).toList();
    }

    private void take(int second, PeersReport.Peer... peers) {
        state.take(new TopState.Sample(FakeNode.THEN.plusSeconds(60), second * SECOND,
                FakeNode.status(List.of("trust: gamma.pub is broken")), new PeersReport(List.of(peers))));
    }

    private static PeersReport.Peer[] many(int count) {
        return IntStream.range(0, count).mapToObj(i -> peer(String.format("peer-%02d", i), PathClass.DIRECT, 0, 0))
                .toArray(PeersReport.Peer[]::new);
    }

    private static PeersReport.Peer peer(String name, PathClass pathClass, long rx, long tx) {
        boolean isRelayed = pathClass == PathClass.RELAY;
        return new PeersReport.Peer(name, "b".repeat(52), "SHA256:" + "x".repeat(43), List.of(), List.of(),
                MemberState.ALIVE, FakeNode.THEN, false, new PeersReport.Path(pathClass,
                        isRelayed ? null : "203.0.113.9:51821", isRelayed ? "beta" : null, 12.5, 0.2),
                FakeNode.THEN, rx, tx, 0, PeersReport.Source.TRUST, null);
    }
}
