package io.meshd.nat;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The outside ports that a NAT gave this node's one socket, in the order in which it made the mappings: from these the
 * next one may be guessed.
 */
final class PortSequence {
    /** More than any survey brings; older ones say nothing of the next. */
    static final int PORTS_MAX = 16;
    /** Between two mappings of this node others of the same network make theirs: more of them is no order any more. */
    static final int STEP_MAX = 64;

    private static final int PORTS = 1 << Short.SIZE;
    private static final int STEPS_MIN = 2;

    private final NavigableMap<Long, Integer> byQuestion = new TreeMap<>();

    /** The answer to a question came from here; one that was seen before is no new mapping. */
    void seen(long question, int port) {
        if (!byQuestion.containsValue(port)) {
            byQuestion.put(question, port);
            if (byQuestion.size() > PORTS_MAX) {
                byQuestion.pollFirstEntry();
            }
        }
    }

    void clear() {
        byQuestion.clear();
    }

    /** Newest last. */
    List<Integer> ports() {
        return List.copyOf(byQuestion.values());
    }

    /** By how much each port differs from the one before, when it is always up or always down and not far; else 0. */
    int step() {
        List<Integer> ports = ports();
        List<Integer> steps = new ArrayList<>();
        for (int i = 1; i < ports.size(); i++) {
            // As a signed number, so that 65,535 to 1,024 is a long way and 65,535 to 0 is one step.
            steps.add((int) (short) ((ports.get(i) - ports.get(i - 1)) % PORTS));
        }
        boolean up = steps.stream().allMatch(step -> step > 0 && step <= STEP_MAX);
        boolean down = steps.stream().allMatch(step -> step < 0 && step >= -STEP_MAX);
        if (steps.size() < STEPS_MIN || !(up || down)) {
            return 0;
        }
        return steps.stream().sorted().skip(steps.size() / 2).findFirst().orElse(0);
    }
}
