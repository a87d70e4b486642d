package io.meshd.tunnel;

/**
 * Which message counters a session has seen: the sliding window of RFC 6479, 8192 bits of which 8128 are usable.
 *
 * <p>Asked only about messages whose tag was right, so that a forged one never moves it. Any thread: the lock is
 * uncontended as long as one reader receives a peer's packets.
 */
final class ReplayWindow {
    /** How far behind the greatest counter a message may arrive. */
    static final int USABLE = 8192 - Long.SIZE;

    private static final int WORDS = 8192 / Long.SIZE;
    private static final int WORD_SHIFT = 6;

    private final long[] words = new long[WORDS];
    private long greatest;

    /** What the window says of a counter. */
    enum Verdict {
        /** Never seen, and from now on seen. */
        NEW,
        /** Seen before, and within the window. */
        SEEN,
        /** Too old to say, or beyond the counters that a session may use. */
        REFUSED
    }

    /** Looks up a counter, an unsigned number, and remembers it. */
    synchronized Verdict accept(long counter) {
        if (Long.compareUnsigned(counter, Limits.REJECT_AFTER_MESSAGES) >= 0) {
            return Verdict.REFUSED;
        }
        if (Long.compareUnsigned(counter, greatest) > 0) {
            slideTo(counter);
        } else if (Long.compareUnsigned(greatest - counter, USABLE) > 0) {
            return Verdict.REFUSED;
        }
        int word = word(counter);
        long bit = 1L << counter;
        if ((words[word] & bit) != 0) {
            return Verdict.SEEN;
        }
        words[word] |= bit;
        return Verdict.NEW;
    }

    private void slideTo(long counter) {
        long from = greatest >>> WORD_SHIFT;
        long skipped = (counter >>> WORD_SHIFT) - from;
        for (long i = 1; i <= Math.min(skipped, WORDS); i++) {
            words[(int) (from + i) & (WORDS - 1)] = 0;
        }
        greatest = counter;
    }

    private static int word(long counter) {
        return (int) (counter >>> WORD_SHIFT) & (WORDS - 1);
    }
}
