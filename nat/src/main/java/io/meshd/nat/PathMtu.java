package io.meshd.nat;

import io.meshd.protocol.Deadlines;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * How large an inner packet one path carries, found by probes of that size alone (RFC 8899): what routers say or keep to
 * themselves plays no part.
 *
 * <p>Until the first answers are in, the largest size is taken for granted, as plain WireGuard does: most paths carry it,
 * and a smaller one shows within a round trip. From then on only a size that was answered counts.
 */
final class PathMtu {
    /** Passes everywhere: 1280 bytes, the least MTU of IPv6, less 40 for IPv6, 8 for UDP, 32 for the data message. */
    static final int BASE_BYTES = 1_200;

    /**
     * Sizes that exist: Ethernet, PPPoE, both less another tunnel, mobile networks, the least of IPv6; as outer MTU less
     * 80 (IPv6) or 60 (IPv4), and then whole blocks of padding, so that what is filled up still passes.
     */
    private static final int[] LADDER = {1_408, 1_392, 1_360, 1_328, 1_312, 1_280, 1_248, 1_216};
    /** One block of padding: closer need not be known. */
    private static final int STEP_BYTES = 16;
    /** A size that was lost so often in a row does not pass; at 20 % loss that errs once in a hundred. */
    private static final int TRIES = 3;
    private static final long SECOND_NANOS = 1_000_000_000L;
    /** RFC 8899 section 5.1.1, PMTU_RAISE_TIMER: the path may carry more by now. */
    private static final long RAISE_NANOS = 600 * SECOND_NANOS;
    /** While packets flow, the size found is asked for again: the way behind one address can change. */
    private static final long CONFIRM_NANOS = 30 * SECOND_NANOS;

    private final List<Trial> trials = new ArrayList<>();
    private int cap = BASE_BYTES;
    private int low = BASE_BYTES;
    private int high = BASE_BYTES;
    private boolean isTakenForGranted = true;
    private boolean isSearching;
    private long foundNanos = Deadlines.NEVER;
    private long confirmedNanos = Deadlines.NEVER;

    /** One size that is asked for. */
    private static final class Trial {
        final int bytes;
        final long[] tokens = new long[TRIES];
        int sent;
        long dueNanos;
        boolean answered;

        Trial(int bytes) {
            this.bytes = bytes;
        }
    }

    /** A probe to be sent. */
    record Probe(long token, int bytes) {}

    /** The largest inner packet that the path is to be given; {@code largest} while nothing is known. */
    int bytes(int largest) {
        return isTakenForGranted ? largest : Math.min(low, largest);
    }

    /** Nothing is known: the path is another, or the host's own MTU is. */
    void reset() {
        trials.clear();
        isSearching = false;
        isTakenForGranted = true;
        low = BASE_BYTES;
        foundNanos = Deadlines.NEVER;
        confirmedNanos = Deadlines.NEVER;
    }

    /** When {@link #due} has something to do, or {@link Deadlines#NEVER}. */
    long nextDeadlineNanos(boolean isActive) {
        if (foundNanos == Deadlines.NEVER && trials.isEmpty()) {
            return Deadlines.NEVER;
        }
        long next = Deadlines.NEVER;
        int answered = answeredBytes();
        for (Trial trial : trials) {
            next = trial.bytes <= answered ? next : Deadlines.earlier(next, trial.dueNanos);
        }
        if (trials.isEmpty() && isActive) {
            long raise = low < cap ? foundNanos + RAISE_NANOS : Deadlines.NEVER;
            next = Deadlines.earlier(raise, confirmedNanos + CONFIRM_NANOS);
        }
        return next;
    }

    /**
     * What is to be sent now. Begins the search when there was none.
     *
     * @param largest      the most that the host's own interface takes
     * @param timeoutNanos how long an answer is waited for
     */
    List<Probe> due(long nowNanos, int largest, long timeoutNanos, boolean isActive, RandomGenerator random) {
        if (largest != cap) {
            reset();
            cap = Math.max(BASE_BYTES, largest);
        }
        if (trials.isEmpty()) {
            begin(nowNanos, isActive);
        }
        List<Probe> probes = new ArrayList<>();
        boolean isOver = !trials.isEmpty();
        for (Trial trial : trials) {
            boolean isWanted = !trial.answered && trial.bytes > answeredBytes();
            if (isWanted && (trial.sent == 0 || Deadlines.isDue(trial.dueNanos, nowNanos))) {
                if (trial.sent == 1 && trial.bytes == cap) {
                    isTakenForGranted = false;
                    low = Math.max(low, answeredBytes());
                }
                if (trial.sent < TRIES) {
                    probes.add(probe(trial, nowNanos, timeoutNanos, random));
                } else {
                    isWanted = false;
                }
            }
            isOver &= !isWanted;
        }
        if (isOver) {
            conclude(nowNanos, timeoutNanos, random, probes);
        }
        return probes;
    }

    private void begin(long nowNanos, boolean isActive) {
        if (foundNanos == Deadlines.NEVER) {
            search(cap);
        } else if (isActive && low < cap && Deadlines.isDue(foundNanos + RAISE_NANOS, nowNanos)) {
            search(cap);
        } else if (isActive && Deadlines.isDue(confirmedNanos + CONFIRM_NANOS, nowNanos)) {
            isSearching = false;
            trials.add(new Trial(low));
        }
    }

    private void search(int most) {
        isSearching = true;
        high = most;
        trials.clear();
        trials.add(new Trial(most));
        for (int bytes : LADDER) {
            if (bytes < most && bytes > low) {
                trials.add(new Trial(bytes));
            }
        }
    }

    private static Probe probe(Trial trial, long nowNanos, long timeoutNanos, RandomGenerator random) {
        long token = random.nextLong();
        trial.tokens[trial.sent++] = token;
        trial.dueNanos = nowNanos + timeoutNanos;
        return new Probe(token, trial.bytes);
    }

    /** The largest size that was answered in this round; 0 for none. */
    private int answeredBytes() {
        return trials.stream().filter(trial -> trial.answered).mapToInt(trial -> trial.bytes).max().orElse(0);
    }

    /** A round is over: all sizes above the largest answered one were lost. */
    private void conclude(long nowNanos, long timeoutNanos, RandomGenerator random, List<Probe> probes) {
        int answered = answeredBytes();
        if (!isSearching) {
            trials.clear();
            if (answered > 0) {
                confirmedNanos = nowNanos;
            } else {
                // What passed does no more: only the least is sure, and what failed is above.
                isTakenForGranted = false;
                int failed = low;
                low = BASE_BYTES;
                if (failed > BASE_BYTES) {
                    search(failed - 1);
                    trials.forEach(trial -> probes.add(probe(trial, nowNanos, timeoutNanos, random)));
                } else {
                    found(nowNanos);
                }
            }
            return;
        }
        for (Trial trial : trials) {
            if (!trial.answered && trial.bytes > answered) {
                high = Math.min(high, trial.bytes - 1);
            }
        }
        low = Math.max(low, answered);
        trials.clear();
        if (high / STEP_BYTES <= low / STEP_BYTES) {
            found(nowNanos);
        } else {
            trials.add(new Trial((low + (high - low) / 2 + STEP_BYTES) / STEP_BYTES * STEP_BYTES));
            trials.forEach(trial -> probes.add(probe(trial, nowNanos, timeoutNanos, random)));
        }
    }

    private void found(long nowNanos) {
        isTakenForGranted = false;
        isSearching = false;
        foundNanos = nowNanos;
        confirmedNanos = nowNanos;
    }

    /** Takes an answer in; false when it answers nothing that was asked. */
    boolean answered(long token) {
        Trial trial = find(token);
        if (trial == null) {
            return false;
        }
        trial.answered = true;
        if (isSearching && trial.bytes > low) {
            low = trial.bytes;
        }
        return true;
    }

    private @Nullable Trial find(long token) {
        for (Trial trial : trials) {
            for (int i = 0; i < trial.sent; i++) {
                if (trial.tokens[i] == token) {
                    return trial;
                }
            }
        }
        return null;
    }
}
