package io.meshd.nat;

import java.util.ArrayDeque;
import java.util.List;

/** The last decisions about one peer's path. What is decided again and again takes one place. */
final class DecisionLog {
    /** A bad hour holds some dozens of decisions; older ones explain nothing of now. */
    static final int DECISIONS_MAX = 64;

    private final ArrayDeque<Decision> decisions = new ArrayDeque<>();

    void add(Decision decision) {
        Decision last = decisions.peekLast();
        if (last != null && decision.repeats(last)) {
            decisions.removeLast();
            decisions.addLast(new Decision(decision.atNanos(), decision.from(), decision.to(), decision.reason(),
                    decision.figures(), decision.helper(), last.times() + 1));
            return;
        }
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
