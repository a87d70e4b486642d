package io.meshd.daemon.runtime;

import java.util.ArrayDeque;
import java.util.Deque;

/** What must be undone, in reverse: of a start that failed, or of a daemon that stops. */
final class Undo {
    private static final System.Logger LOG = System.getLogger("io.meshd.daemon");

    private final Deque<Step> steps = new ArrayDeque<>();

    /** One thing to undo. */
    interface Step {
        void undo() throws Exception;
    }

    void add(Step step) {
        steps.push(step);
    }

    /** Undoes everything; a step that fails is told and does not keep the others from being done. */
    void all() {
        for (Step step = steps.poll(); step != null; step = steps.poll()) {
            try {
                step.undo();
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            } catch (Exception e) {
                LOG.log(System.Logger.Level.WARNING, "while stopping: {0}", e.getMessage());
            }
        }
    }
}
