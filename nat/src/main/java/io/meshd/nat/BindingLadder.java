package io.meshd.nat;

import io.meshd.protocol.Deadlines;

/** What is known of how long one network remembers an unused path. */
final class BindingLadder {
    /**
     * Silences that are tried, in seconds. The first is what any NAT is expected to bear; beyond the last nothing is won,
     * since a session must be renewed before it is 180 s old.
     */
    private static final int[] RUNGS_SECONDS = {30, 45, 60, 90, 120};
    /** A single packet may be lost for other reasons. */
    private static final int BROKEN_MIN = 2;
    private static final long RETRY_FIRST_NANOS = 3_600_000_000_000L;
    private static final long RETRY_MAX_NANOS = 24 * RETRY_FIRST_NANOS;
    private static final long SECOND_NANOS = 1_000_000_000L;

    private int proven;
    private int broken;
    private int suspicions;
    private int retreats;
    private long nextNanos = Deadlines.NEVER;

    /** A silence after which paths are known to work. */
    long provenNanos() {
        return RUNGS_SECONDS[proven] * SECOND_NANOS;
    }

    /** The silence to try next, or {@link Deadlines#NEVER} when nothing is to be learned now. */
    long nextTrialNanos(long nowNanos) {
        boolean isDue = nextNanos == Deadlines.NEVER || Deadlines.isDue(nextNanos, nowNanos);
        return proven + 1 < RUNGS_SECONDS.length && isDue ? RUNGS_SECONDS[proven + 1] * SECOND_NANOS : Deadlines.NEVER;
    }

    /** A packet came in after this silence. */
    void held(long silenceNanos) {
        while (proven + 1 < RUNGS_SECONDS.length && RUNGS_SECONDS[proven + 1] * SECOND_NANOS <= silenceNanos) {
            proven++;
        }
        broken = 0;
        suspicions = 0;
        nextNanos = Deadlines.NEVER;
    }

    /** None came in after the silence that was to be tried, although the peer is there. */
    void broke(long nowNanos) {
        broken++;
        if (broken >= BROKEN_MIN) {
            broken = 0;
            retreat(nowNanos);
        }
    }

    /** A path that was kept as proven here died while idle, and the peer was there all the time. */
    void suspect(long nowNanos) {
        suspicions++;
        if (proven > 0 && suspicions >= BROKEN_MIN) {
            suspicions = 0;
            proven = 0;
            retreat(nowNanos);
        }
    }

    private void retreat(long nowNanos) {
        nextNanos = nowNanos + PathTimings.doubled(RETRY_FIRST_NANOS, retreats++, RETRY_MAX_NANOS);
    }
}
