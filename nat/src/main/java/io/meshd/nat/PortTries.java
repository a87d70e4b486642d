package io.meshd.nat;

import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.random.RandomGenerator;

/** The ports of the other side's outside that the easy side tries, none twice: first those that follow from an order. */
final class PortTries {
    /** NATs take their ports from here on (RFC 4787 section 4.2.2: those below stay below). */
    static final int FIRST_PORT = 1_024;
    private static final int PORTS_END = 65_536;

    /**
     * Of a guess: the hard side sends from {@link Search#AIMED_HOLES} ports in a row, so two of three new mappings in
     * between may be others'.
     */
    static final int PREDICTED = 32;
    /**
     * By chance: among 64,512 ports there are 256 right ones, and 1,400 different tries miss them all four times in a
     * thousand. Half of that is what routers for homes remember with ease.
     */
    static final int RANDOM = 1_400;

    private final BitSet tried = new BitSet(PORTS_END);
    private final ArrayDeque<Integer> predicted = new ArrayDeque<>();
    private int randomLeft;

    /** The port that follows {@code count} mappings after one, where a NAT counts. */
    static int following(int last, int step, int count) {
        return FIRST_PORT + Math.floorMod(last + step * count - FIRST_PORT, PORTS_END - FIRST_PORT);
    }

    /** The NAT counts: its next ports are tried. */
    void predict(int last, int step) {
        predicted.clear();
        for (int count = 1; count <= PREDICTED; count++) {
            predicted.add(following(last, step, count));
        }
    }

    /** Nothing is known: any port is as good as another. */
    void searchAll() {
        randomLeft = RANDOM;
    }

    /** The next one; 0 when there are no more. */
    int next(RandomGenerator random) {
        while (!predicted.isEmpty()) {
            int port = predicted.removeFirst();
            if (!tried.get(port)) {
                tried.set(port);
                return port;
            }
        }
        if (randomLeft == 0) {
            return 0;
        }
        randomLeft--;
        int port = random.nextInt(FIRST_PORT, PORTS_END);
        while (tried.get(port)) {
            port = random.nextInt(FIRST_PORT, PORTS_END);
        }
        tried.set(port);
        return port;
    }
}
