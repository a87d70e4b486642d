package io.meshd.nat;

import static io.meshd.nat.TwoNodes.MILLIS;
import static io.meshd.nat.TwoNodes.MINUTES;
import static io.meshd.nat.TwoNodes.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.nat.TwoNodes.Link;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class BindingLifetimeTest {
    /** Two idle nodes with a rekey every two minutes, as the tunnel does when something is sent. */
    private static final class Pair {
        final TwoNodes nodes;
        final Link link;

        Pair(long seed, long forgetsAfterNanos) {
            nodes = new TwoNodes(seed);
            link = nodes.directLink("192.0.2.1", "192.0.2.2", 20 * MILLIS);
            link.forgetsAfterNanos = forgetsAfterNanos;
            rekey();
        }

        private void rekey() {
            nodes.establish(link);
            nodes.a.handshakesSent += 2;
            nodes.b.handshakesSent++;
            link.usedNanos = nodes.now();
        }

        void run(long nanos) {
            long endNanos = nodes.now() + nanos;
            while (nodes.now() < endNanos) {
                int sent = nodes.a.framesSent;
                nodes.run(SECONDS);
                boolean isSending = nodes.a.framesSent > sent;
                assertThat(nodes.now() - nodes.keyNanos).as("age of the session").isLessThan(180 * SECONDS);
                if (isSending && nodes.now() - nodes.keyNanos >= 120 * SECONDS) {
                    rekey();
                }
            }
        }

        int packets() {
            return nodes.a.framesSent + nodes.b.framesSent + nodes.a.handshakesSent + nodes.b.handshakesSent;
        }
    }

    @ParameterizedTest
    @CsvSource({"31, 30", "50, 45", "61, 60", "100, 90", "121, 120", "100000, 120"})
    void findsTheLongestSilenceThatTheNatBears(int forgetsSeconds, int expectedSeconds) {
        for (int seed = 0; seed < 5; seed++) {
            Pair pair = new Pair(seed, forgetsSeconds * SECONDS);
            pair.run(45 * MINUTES);

            assertThat(pair.nodes.a.all.bindingLifetimeNanos() / SECONDS).as(pair.nodes.a.story())
                    .isEqualTo(expectedSeconds);
        }
    }

    @ParameterizedTest
    @CsvSource({"31, 5.0", "61, 4.5", "100000, 3.5"})
    void keepsThePathWithFewPacketsAndAlwaysOpen(int forgetsSeconds, double perMinute) {
        Pair pair = new Pair(3, forgetsSeconds * SECONDS);
        pair.run(40 * MINUTES);
        int before = pair.packets();
        int moves = pair.nodes.a.moves.size() + pair.nodes.b.moves.size();
        // Before the next trial is due.
        pair.run(8 * MINUTES);

        assertThat((pair.packets() - before) / 8.0).as("packets a minute").isLessThan(perMinute);
        assertThat(pair.nodes.a.moves.size() + pair.nodes.b.moves.size()).isEqualTo(moves);
        for (int i = 0; i < 50; i++) {
            pair.run(7 * SECONDS);
            assertThat(pair.nodes.now() - pair.link.usedNanos).as("silence").isLessThanOrEqualTo(
                    forgetsSeconds * SECONDS);
        }
    }

    @Test
    void believesNoSingleLoss() {
        BindingLadder ladder = new BindingLadder();
        ladder.broke(0);
        assertThat(ladder.nextTrialNanos(1)).isEqualTo(45 * SECONDS);
        ladder.held(45 * SECONDS);
        ladder.broke(2);
        ladder.broke(3);
        assertThat(ladder.provenNanos()).isEqualTo(45 * SECONDS);
        assertThat(ladder.nextTrialNanos(4)).isEqualTo(Long.MAX_VALUE);
        assertThat(ladder.nextTrialNanos(3 + 60 * MINUTES)).isEqualTo(60 * SECONDS);
    }

    @Test
    void retreatsWhenPathsDieAfterAll() {
        BindingLadder ladder = new BindingLadder();
        ladder.held(120 * SECONDS);
        ladder.suspect(0);
        assertThat(ladder.provenNanos()).isEqualTo(120 * SECONDS);
        ladder.suspect(1);
        assertThat(ladder.provenNanos()).isEqualTo(30 * SECONDS);
        assertThat(ladder.nextTrialNanos(2)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void knowsAnEarlierNetworkAgain() throws UnknownHostException {
        Set<InetAddress> home = Set.of(InetAddress.getByName("192.168.1.5"));
        Set<InetAddress> homeOutside = Set.of(InetAddress.getByName("203.0.113.1"));
        Set<InetAddress> cafeOutside = Set.of(InetAddress.getByName("203.0.113.2"));
        BindingLifetime lifetime = new BindingLifetime();
        lifetime.network(home, homeOutside);
        lifetime.ladder().held(90 * SECONDS);
        lifetime.network(home, Set.of());
        assertThat(lifetime.ladder().provenNanos()).as("nobody says that it is another").isEqualTo(90 * SECONDS);
        lifetime.network(home, cafeOutside);
        assertThat(lifetime.ladder().provenNanos()).isEqualTo(30 * SECONDS);
        lifetime.network(home, homeOutside);
        assertThat(lifetime.ladder().provenNanos()).isEqualTo(90 * SECONDS);
    }

    @Test
    void triesWithOnePeerAtATime() {
        BindingLifetime lifetime = new BindingLifetime();
        BindingTrial first = new BindingTrial(lifetime);
        BindingTrial second = new BindingTrial(lifetime);
        Path path = new Path(TwoNodes.direct("192.0.2.1"));
        assertThat(first.begin(path, 0, 60 * SECONDS)).isEqualTo(45 * SECONDS);
        assertThat(second.begin(path, 0, 60 * SECONDS)).isEqualTo(Long.MAX_VALUE);
        first.end();
        assertThat(second.begin(path, 0, 44 * SECONDS)).as("the session ends before").isEqualTo(Long.MAX_VALUE);
        assertThat(second.begin(path, 0, 60 * SECONDS)).isEqualTo(45 * SECONDS);
    }
}
