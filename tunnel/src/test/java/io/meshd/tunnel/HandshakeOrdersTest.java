package io.meshd.tunnel;

import static io.meshd.tunnel.Lab.MILLIS;
import static io.meshd.tunnel.Lab.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.tunnel.Crossing.Budget;
import io.meshd.tunnel.Crossing.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/**
 * Every order in which a handshake over two paths can go: all steps of a certain number, one after the other, and then a
 * network that works.
 */
class HandshakeOrdersTest {
    /** {@code -Dmeshd.deeper=N}: so many steps more, for a long night. */
    private static final int DEEPER = Integer.getInteger("meshd.deeper", 0);

    /** Runs a world through all sequences of so many steps. Says how many there are. */
    private static int explore(int depth, Budget budget, Function<Budget, Crossing> world) {
        int runs = 0;
        List<Integer> choices = new ArrayList<>();
        List<Integer> widths = new ArrayList<>();
        do {
            runs++;
            run(depth, world.apply(budget), choices, widths, runs % 2 == 0);
        } while (next(choices, widths));
        return runs;
    }

    private static void run(int depth, Crossing crossing, List<Integer> choices, List<Integer> widths,
            boolean firstIsA) {
        List<Step> taken = new ArrayList<>();
        try {
            for (int i = 0; i < depth; i++) {
                List<Step> steps = crossing.steps();
                if (steps.isEmpty()) {
                    break;
                }
                if (i == choices.size()) {
                    choices.add(0);
                    widths.add(steps.size());
                }
                taken.add(steps.get(choices.get(i)));
                crossing.take(taken.getLast());
            }
            crossing.settle(firstIsA);
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(e.getMessage() + " after " + taken + (firstIsA ? ", a first" : ", b first"), e);
        }
    }

    /** As an odometer counts. */
    private static boolean next(List<Integer> choices, List<Integer> widths) {
        for (int i = choices.size() - 1; i >= 0; i--) {
            if (choices.get(i) + 1 < widths.get(i)) {
                choices.set(i, choices.get(i) + 1);
                return true;
            }
            choices.removeLast();
            widths.removeLast();
        }
        return false;
    }

    private static Crossing oneInitiator(Budget budget) {
        Crossing crossing = new Crossing(1, budget);
        crossing.knows(crossing.a, crossing.b);
        crossing.trusts(crossing.b, crossing.a);
        crossing.hold();
        crossing.a.send(crossing.b);
        return crossing;
    }

    private static Crossing twoInitiators(Budget budget) {
        Crossing crossing = new Crossing(2, budget);
        crossing.knows(crossing.a, crossing.b);
        crossing.knows(crossing.b, crossing.a);
        crossing.hold();
        crossing.a.send(crossing.b);
        crossing.b.send(crossing.a);
        return crossing;
    }

    /** A session that is due for its renewal, over the straight path, while both sides send. */
    private static Crossing renewal(Budget budget) {
        Crossing crossing = new Crossing(3, budget);
        crossing.knows(crossing.a, crossing.b);
        crossing.knows(crossing.b, crossing.a);
        crossing.a.connect(crossing.b);
        crossing.lab.run(100 * MILLIS);
        crossing.lab.run(121 * SECONDS);
        crossing.hold();
        crossing.a.send(crossing.b);
        crossing.b.send(crossing.a);
        return crossing;
    }

    /** The first initiation was long lost when its copies arrive after all, among those of the second. */
    private static Crossing secondInitiation(Budget budget) {
        Crossing crossing = oneInitiator(budget);
        crossing.lab.run(5_400 * MILLIS);
        return crossing;
    }

    @Test
    void oneInitiatorEndsWithOneSession() {
        assertThat(explore(8, Budget.NONE, HandshakeOrdersTest::oneInitiator)
                + explore(4 + DEEPER, new Budget(1, 1, 1, 1, 0), HandshakeOrdersTest::oneInitiator))
                .isGreaterThan(300);
    }

    @Test
    void twoInitiatorsEndWithOneSession() {
        assertThat(explore(5 + DEEPER, Budget.NONE, HandshakeOrdersTest::twoInitiators)
                + explore(3 + DEEPER, new Budget(1, 1, 2, 1, 0), HandshakeOrdersTest::twoInitiators))
                .isGreaterThan(2_000);
    }

    @Test
    void renewalLosesNothing() {
        assertThat(explore(5 + DEEPER, Budget.NONE, HandshakeOrdersTest::renewal)
                + explore(3 + DEEPER, new Budget(1, 0, 2, 1, 1), HandshakeOrdersTest::renewal))
                .isGreaterThan(1_000);
    }

    @Test
    void secondInitiationIsNotDisturbedByTheFirst() {
        assertThat(explore(4 + DEEPER, Budget.NONE, HandshakeOrdersTest::secondInitiation)
                + explore(2 + DEEPER, new Budget(1, 1, 2, 0, 1), HandshakeOrdersTest::secondInitiation))
                .isGreaterThan(500);
    }
}
