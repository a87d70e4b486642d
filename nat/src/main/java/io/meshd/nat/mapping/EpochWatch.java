package io.meshd.nat.mapping;

/**
 * Notices by the seconds that a router counts since its start that it has started anew and forgotten its mappings.
 *
 * <p>RFC 6887 section 8.5; the slack there, a sixteenth and two seconds, suits NAT-PMP as well, whose own rule (RFC 6886
 * section 3.6) only looks for clocks that are behind.
 */
final class EpochWatch {
    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final int SLACK_SECONDS = 2;
    private static final int SLACK_DIVISOR = 16;

    private boolean known;
    private long atNanos;
    private long epochSeconds;

    /** Takes in a new epoch, and says whether it shows a restart since the last one. */
    boolean isRestart(long nowNanos, long newEpochSeconds) {
        boolean restart = known && !isConsistent((nowNanos - atNanos) / SECOND_NANOS, newEpochSeconds - epochSeconds);
        known = true;
        atNanos = nowNanos;
        epochSeconds = newEpochSeconds;
        return restart;
    }

    private static boolean isConsistent(long ours, long theirs) {
        // One second back may be datagrams that overtook each other.
        return theirs >= -1
                && ours + SLACK_SECONDS >= theirs - theirs / SLACK_DIVISOR
                && theirs + SLACK_SECONDS >= ours - ours / SLACK_DIVISOR;
    }
}
