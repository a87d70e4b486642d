package io.meshd.daemon.control;

/**
 * Asks for echoes inside the session with a peer.
 *
 * @param target     the peer's name, key or unique beginning of it, or an overlay address that it owns
 * @param count      how many
 * @param intervalMs from one to the next
 * @param waitMs     how long each may take
 * @param firstSeq   the number of the first echo, so that a run may be split over several requests
 */
public record PingRequest(String target, int count, int intervalMs, int waitMs, int firstSeq) {
    /** Most echoes in one request. */
    public static final int COUNT_MAX = 100;
    /** Shortest time between two echoes; a flood is no business of a control socket. */
    public static final int INTERVAL_MIN_MS = 10;
    /** Longest time between two echoes, and for one answer. */
    public static final int TIME_MAX_MS = 60_000;
    /** Longest time that one request may take: what bounds the server. */
    public static final long TOTAL_MAX_MS = 120_000;

    public PingRequest {
        require(!target.isBlank(), "target must name a peer or an overlay address");
        require(count >= 1 && count <= COUNT_MAX, "count must be 1 to " + COUNT_MAX);
        require(intervalMs >= INTERVAL_MIN_MS && intervalMs <= TIME_MAX_MS,
                "interval_ms must be " + INTERVAL_MIN_MS + " to " + TIME_MAX_MS);
        require(waitMs >= 1 && waitMs <= TIME_MAX_MS, "wait_ms must be 1 to " + TIME_MAX_MS);
        require(firstSeq >= 0, "first_seq must not be negative");
        require(totalMs(count, intervalMs, waitMs) <= TOTAL_MAX_MS,
                "one request may take " + TOTAL_MAX_MS + " ms: ask for fewer echoes");
    }

    /** How long the request takes at most, in milliseconds. */
    public long totalMs() {
        return totalMs(count, intervalMs, waitMs);
    }

    private static long totalMs(int count, int intervalMs, int waitMs) {
        return (count - 1L) * intervalMs + waitMs;
    }

    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }
}
