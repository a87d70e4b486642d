package io.meshd.nat;

import io.meshd.protocol.Deadlines;
import org.jspecify.annotations.Nullable;

/**
 * One try with one peer whether a path still lets it in after a longer silence than before.
 *
 * <p>The peer is asked to say nothing for that time and then to probe; this node says nothing either. Whatever comes or
 * goes meanwhile ends the trial without result.
 */
final class BindingTrial {
    /** Clocks and delays. */
    private static final long TOLERANCE_NANOS = 1_000_000_000L;
    /** What belongs to the exchange that begins the trial. */
    private static final long SETTLING_NANOS = 5_000_000_000L;

    private final BindingLifetime lifetime;
    private BindingLadder ladder;
    private @Nullable Path path;
    private long sinceNanos;
    private long silenceNanos;
    private boolean isOverdue;

    BindingTrial(BindingLifetime lifetime) {
        this.lifetime = lifetime;
        this.ladder = lifetime.ladder();
    }

    /** Begins unless there is nothing to learn now; says how long the silence is to be, or {@link Deadlines#NEVER}. */
    long begin(Path idle, long nowNanos, long limitNanos) {
        long next = lifetime.ladder().nextTrialNanos(nowNanos);
        if (path != null || next == Deadlines.NEVER || next > limitNanos || !lifetime.begin()) {
            return Deadlines.NEVER;
        }
        path = idle;
        ladder = lifetime.ladder();
        sinceNanos = nowNanos;
        silenceNanos = next;
        isOverdue = false;
        return next;
    }

    boolean isOpen() {
        return path != null;
    }

    boolean isAbout(@Nullable Path other) {
        return path != null && path == other;
    }

    /** Something came by the path in use. */
    void heard(long nowNanos) {
        if (path == null) {
            return;
        }
        long silentNanos = nowNanos - sinceNanos;
        if (isOverdue) {
            // It answers now that this node has spoken: so it was there, and its probe did not get in.
            ladder.broke(nowNanos);
            end();
        } else if (silentNanos >= silenceNanos - TOLERANCE_NANOS) {
            ladder.held(silenceNanos);
            end();
        } else if (silentNanos > SETTLING_NANOS) {
            end();
        }
    }

    /** The peer has not been heard in time; this node probes now. */
    void overdue() {
        isOverdue = true;
    }

    /** The result, if there was to be one, will mean nothing. */
    void end() {
        if (path != null) {
            path = null;
            lifetime.end();
        }
    }
}
