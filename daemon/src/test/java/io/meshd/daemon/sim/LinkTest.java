package io.meshd.daemon.sim;

import static io.meshd.daemon.sim.SimulatedNetwork.MILLI;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class LinkTest {
    private static final int DATAGRAMS = 100_000;
    private static final long SPACING_NANOS = MILLI;
    private static final int BYTES = 100;

    private final Link link = new Link(new SplittableRandom(1));

    /** Which of many datagrams, a millisecond apart, are lost. */
    private boolean[] losses() {
        boolean[] losses = new boolean[DATAGRAMS];
        for (int i = 0; i < DATAGRAMS; i++) {
            losses[i] = link.delaysNanos(i * SPACING_NANOS, BYTES).length == 0;
        }
        return losses;
    }

    private static double share(boolean[] losses) {
        int lost = 0;
        for (boolean one : losses) {
            lost += one ? 1 : 0;
        }
        return (double) lost / losses.length;
    }

    /** How likely the one after a lost one is lost too. */
    private static double persistence(boolean[] losses) {
        int lost = 0;
        int both = 0;
        for (int i = 1; i < losses.length; i++) {
            lost += losses[i - 1] ? 1 : 0;
            both += losses[i - 1] && losses[i] ? 1 : 0;
        }
        return (double) both / lost;
    }

    @Test
    void evenLossComesAlone() {
        link.conditions(Conditions.CLEAN.withLoss(0.2));

        boolean[] losses = losses();

        assertThat(share(losses)).isBetween(0.19, 0.21);
        assertThat(persistence(losses)).isBetween(0.18, 0.22);
    }

    @Test
    void burstsLoseAllForAWhile() {
        link.conditions(Conditions.CLEAN.withBursts(0.001, 100 * MILLI));

        boolean[] losses = losses();

        // 100 datagrams in a burst, 1000 between two: one in eleven.
        assertThat(share(losses)).isBetween(0.07, 0.11);
        assertThat(persistence(losses)).isGreaterThan(0.95);
    }

    @Test
    void channelMayLoseSomeInItsGoodStateAndMoreInItsBad() {
        link.conditions(Conditions.CLEAN.withLoss(0.01).withBursts(0.001, 100 * MILLI, 0.5));

        boolean[] losses = losses();

        // Half of one in eleven, and a hundredth of the rest.
        assertThat(share(losses)).isBetween(0.04, 0.07);
        assertThat(persistence(losses)).isBetween(0.3, 0.5);
    }

    @Test
    void cutAndNarrowLinksLoseWhatTheyDoNotTake() {
        link.mtu(1_280);
        assertThat(link.delaysNanos(0, 1_280)).hasSize(1);
        assertThat(link.delaysNanos(0, 1_281)).isEmpty();

        link.cut(true);
        assertThat(link.delaysNanos(0, BYTES)).isEmpty();
    }
}
