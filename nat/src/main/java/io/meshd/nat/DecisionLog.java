package io.meshd.nat;

import java.util.ArrayDeque;
import java.util.List;

/** The last decisions about one peer's path. */
final class DecisionLog {
    /** A bad hour holds some dozens of decisions; older ones explain nothing of now. */
    static final int DECISIONS_MAX = 64;

    private final ArrayDeque<Decision> decisions = new ArrayDeque<>();

    void add(Decision decision) {
        if (decisions.size() == DECISIONS_MAX) {
            decisions.removeFirst();
        }
        decisions.addLast(decision);
    }

    /** Newest last. */
    List<Decision> snapshot() {
        return List.copyOf(decisions);
    }
}
