package io.meshd.nat;

import io.meshd.protocol.Deadlines;
import java.util.Arrays;

/**
 * The last probes of one path: their tokens, and what became of them.
 *
 * <p>A token is good for one answer, and only here: the same token in another path's answer is unknown there. An answer
 * that comes after its timeout turns the loss into a success, as long as the probe is among the last.
 */
final class ProbeWindow {
    private static final byte FREE = 0;
    private static final byte PENDING = 1;
    private static final byte ANSWERED = 2;
    private static final byte LOST = 3;
    private static final int SIZE = PathTimings.LOSS_WINDOW_PROBES;

    private final long[] tokens = new long[SIZE];
    private final long[] sentNanos = new long[SIZE];
    private final long[] dueNanos = new long[SIZE];
    private final byte[] outcomes = new byte[SIZE];
    private int next;
    private int pending;
    /** Loss counts from this probe on; at most {@link #SIZE}. */
    private int counted;

    /** A probe left; it is lost unless answered by {@code dueAtNanos}. Forgets the oldest. */
    void sent(long token, long nowNanos, long dueAtNanos) {
        pending += outcomes[next] == PENDING ? 0 : 1;
        tokens[next] = token;
        sentNanos[next] = nowNanos;
        dueNanos[next] = dueAtNanos;
        outcomes[next] = PENDING;
        next = (next + 1) % SIZE;
        counted = Math.min(SIZE, counted + 1);
    }

    /** When the probe with this token left, or {@link Deadlines#NEVER} when there is none to be answered. */
    long answer(long token) {
        for (int back = 1; back <= SIZE; back++) {
            int at = index(back);
            if (tokens[at] == token && (outcomes[at] == PENDING || outcomes[at] == LOST)) {
                pending -= outcomes[at] == PENDING ? 1 : 0;
                outcomes[at] = ANSWERED;
                return sentNanos[at];
            }
        }
        return Deadlines.NEVER;
    }

    /** Whether a probe with this token is among the last. */
    boolean knows(long token) {
        for (int at = 0; at < SIZE; at++) {
            if (outcomes[at] != FREE && tokens[at] == token) {
                return true;
            }
        }
        return false;
    }

    /** Counts as lost what is overdue; says how many. */
    int expire(long nowNanos) {
        int lost = 0;
        for (int at = 0; at < SIZE && pending > 0; at++) {
            if (outcomes[at] == PENDING && Deadlines.isDue(dueNanos[at], nowNanos)) {
                outcomes[at] = LOST;
                pending--;
                lost++;
            }
        }
        return lost;
    }

    /** When the next pending probe is overdue, or {@link Deadlines#NEVER}. */
    long nextDueNanos() {
        long due = Deadlines.NEVER;
        for (int at = 0; at < SIZE && pending > 0; at++) {
            if (outcomes[at] == PENDING) {
                due = Deadlines.earlier(due, dueNanos[at]);
            }
        }
        return due;
    }

    /** Whether probes are out that may yet be answered. */
    boolean hasPending() {
        return pending > 0;
    }

    /** From now on, loss counts from the next probe on. */
    void countAfresh() {
        counted = 0;
    }

    /** Forgets all, tokens too. */
    void clear() {
        Arrays.fill(outcomes, FREE);
        counted = 0;
        pending = 0;
    }

    /** Lost probes among the last, of those that left within {@code withinNanos}. */
    int lost(long nowNanos, long withinNanos) {
        return count(LOST, nowNanos, withinNanos);
    }

    /** Probes whose outcome is known, of those that left within {@code withinNanos}. */
    int settled(long nowNanos, long withinNanos) {
        return count(LOST, nowNanos, withinNanos) + count(ANSWERED, nowNanos, withinNanos);
    }

    private int count(byte outcome, long nowNanos, long withinNanos) {
        int count = 0;
        for (int back = 1; back <= counted; back++) {
            int at = index(back);
            if (outcomes[at] == outcome && nowNanos - sentNanos[at] <= withinNanos) {
                count++;
            }
        }
        return count;
    }

    /** Whether the loss of late is 5 % or more, and no accident. */
    boolean isLossy(long nowNanos) {
        int lost = lost(nowNanos, PathTimings.LOSS_WINDOW_NANOS);
        return lost >= PathTimings.UNSOUND_LOST_MIN && !isClean(nowNanos);
    }

    /** Whether the loss of late is less than 5 %. */
    boolean isClean(long nowNanos) {
        int lost = lost(nowNanos, PathTimings.LOSS_WINDOW_NANOS);
        return lost == 0
                || lost * PathTimings.UNSOUND_DIVISOR < settled(nowNanos, PathTimings.LOSS_WINDOW_NANOS);
    }

    /** How many probes in a row, up to the last whose outcome is known, were lost. */
    int lostRun() {
        return lostRunAfter(Deadlines.NEVER);
    }

    /** The same, of those only that left after this moment; {@link Deadlines#NEVER} for all. */
    int lostRunAfter(long afterNanos) {
        int run = 0;
        for (int back = 1; back <= SIZE; back++) {
            int at = index(back);
            boolean isOlder = afterNanos != Deadlines.NEVER && sentNanos[at] - afterNanos < 0;
            if (outcomes[at] == ANSWERED || outcomes[at] == FREE || isOlder) {
                break;
            }
            run += outcomes[at] == LOST ? 1 : 0;
        }
        return run;
    }

    private int index(int back) {
        return Math.floorMod(next - back, SIZE);
    }
}
