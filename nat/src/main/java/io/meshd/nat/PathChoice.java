package io.meshd.nat;

import io.meshd.identity.PublicKey;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Event;
import io.meshd.protocol.Outbox;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Which path of a peer is used: the one place that decides it.
 *
 * <p>Sound beats unsound; among equally sound ones straight beats relayed; then the faster one, with hysteresis and a
 * least time between changes that are not urgent. What failed waits before it may return, longer each time. Only
 * figures of this moment count: a rival that looks better by old ones is measured again first.
 */
final class PathChoice {
    /** Best first. */
    private static final Comparator<Path> ORDER = Comparator.comparing(Path::state)
            .thenComparing(path -> !path.isDirect()).thenComparingLong(PathChoice::scoreNanos);

    private static final double MILLI = 1e6;

    private final PublicKey peer;
    /** Of two equal paths the one with the smaller key takes its own choice; the other side joins it. */
    private final boolean isLeader;
    private final CandidateSet candidates;
    private final PathTally tally;
    private final DecisionLog log = new DecisionLog();
    private @Nullable Path chosen;
    private long chosenNanos;
    /** Chosen because something had to be, not by comparison: what is better need not wait. */
    private boolean isProvisional;
    /** Answers before this moment are no evidence; {@link Deadlines#NEVER} when all are. */
    private long evidenceFromNanos = Deadlines.NEVER;
    private long reviewNanos = Deadlines.NEVER;
    private boolean hasRival;
    private long detourNanos = Deadlines.NEVER;

    PathChoice(PublicKey peer, boolean isLeader, CandidateSet candidates, PathTally tally) {
        this.peer = peer;
        this.isLeader = isLeader;
        this.candidates = candidates;
        this.tally = tally;
    }

    @Nullable
    Path chosen() {
        return chosen;
    }

    /** Whether a straight path serves. */
    boolean isContent() {
        Path current = chosen;
        return current != null && current.isUsable() && current.isDirect();
    }

    /** Whether there is a sound path to go to, as far as is known. */
    boolean hasRival() {
        return hasRival;
    }

    /** When to review again though nothing happened, or {@link Deadlines#NEVER}. */
    long nextReviewNanos() {
        return reviewNanos;
    }

    List<Decision> log() {
        return log.snapshot();
    }

    /** Only what answers from now on is evidence. */
    void doubt(long nowNanos) {
        evidenceFromNanos = nowNanos;
    }

    /** Whether some other path has answered of late, and since the doubt began. */
    boolean hasProvenRival(long nowNanos) {
        return candidates.paths().stream().anyMatch(path -> path != chosen && isProven(path, nowNanos));
    }

    private boolean isProven(Path path, long nowNanos) {
        return path.isUsable() && path.isFresh(nowNanos)
                && (evidenceFromNanos == Deadlines.NEVER || path.answeredNanos() - evidenceFromNanos >= 0);
    }

    /** The usable paths other than the chosen one, best first. */
    List<Path> rivals() {
        return candidates.paths().stream().filter(path -> path != chosen && path.isUsable()).sorted(ORDER).toList();
    }

    /** Compares all that is known, and moves when a rule says so. */
    void review(long nowNanos, Outbox out) {
        Path current = chosen;
        reviewNanos = Deadlines.NEVER;
        if (current == null || current.state() == PathState.DEAD) {
            rescue(current, nowNanos, out);
        } else if (current.state() != PathState.UNPROVEN) {
            improve(current, nowNanos, out);
        }
        hasRival = candidates.paths().stream()
                .anyMatch(path -> path != chosen && path.state() == PathState.ALIVE && !path.isOnProbation());
    }

    /** Anything that works is better than what does not: no hold, no hysteresis. */
    private void rescue(@Nullable Path current, long nowNanos, Outbox out) {
        candidates.paths().stream().filter(path -> path != current && isProven(path, nowNanos)).min(ORDER)
                .ifPresent(path -> move(path, current == null ? "answers" : "answers, while the path in use does not",
                        true, nowNanos, out));
    }

    private void improve(Path current, long nowNanos, Outbox out) {
        Path best = null;
        for (Path path : candidates.paths()) {
            if (path == current || !path.isUsable() || path.isOnProbation()) {
                continue;
            }
            if (path.isHeld(nowNanos)) {
                reviewNanos = Deadlines.earlier(reviewNanos, path.heldUntilNanos());
            } else if (best == null || ORDER.compare(path, best) < 0) {
                best = path;
            }
        }
        if (best != null) {
            challenge(current, best, nowNanos, out);
        }
        if (current == chosen && !isLeader) {
            join(current, nowNanos, out);
        }
    }

    /**
     * Takes the path that the peer uses, when it is as good: a path used in one direction only is never confirmed by
     * traffic, and both sides would probe for ever.
     */
    private void join(Path current, long nowNanos, Outbox out) {
        if (PathTimings.since(chosenNanos, nowNanos) < PathTimings.DWELL_NANOS
                || PathTimings.since(current.trafficNanos(), nowNanos) < PathTimings.DWELL_NANOS) {
            return;
        }
        candidates.paths().stream()
                .filter(path -> path != current && path.state() == current.state()
                        && path.isDirect() == current.isDirect())
                .filter(path -> !path.isOnProbation() && !path.isHeld(nowNanos)
                        && PathTimings.since(path.trafficNanos(), nowNanos) < PathTimings.FRESH_NANOS
                        && scoreNanos(path) <= scoreNanos(current) + hysteresisNanos(current))
                .min(ORDER).ifPresent(path -> move(path, "as good, and the peer uses it", false, nowNanos, out));
    }

    private void challenge(Path current, Path rival, long nowNanos, Outbox out) {
        boolean isSounder = rival.state().compareTo(current.state()) < 0;
        boolean isEqual = rival.state() == current.state();
        boolean isStraighter = isEqual && rival.isDirect() && !current.isDirect();
        boolean isFaster = isEqual && rival.isDirect() == current.isDirect()
                && scoreNanos(rival) + hysteresisNanos(current) < scoreNanos(current);
        if (!isSounder && !isStraighter && !isFaster) {
            return;
        }
        if (!isMeasured(current, rival, isSounder, isFaster, nowNanos)) {
            return;
        }
        boolean mayBeAtOnce = isSounder || isProvisional || (isStraighter && !rival.hasSetbacks());
        long dwellsUntilNanos = chosenNanos + PathTimings.DWELL_NANOS;
        if (!mayBeAtOnce && !Deadlines.isDue(dwellsUntilNanos, nowNanos)) {
            reviewNanos = Deadlines.earlier(reviewNanos, dwellsUntilNanos);
            return;
        }
        move(rival, isSounder ? "sound" : isStraighter ? "straight, not relayed" : faster(current), false, nowNanos,
                out);
    }

    /** Whether figures of now say what the known ones say; has them measured when there are none. */
    private static boolean isMeasured(Path current, Path rival, boolean isSounder, boolean isFaster, long nowNanos) {
        boolean isEnough = isSounder
                ? isClearlySounder(current.probes(), rival.probes(), nowNanos)
                : !isFaster || Math.min(rival.roundTrip().samples(),
                        current.roundTrip().samples()) >= PathTimings.TRAIN_PROVING;
        if (isEnough && rival.isFresh(nowNanos)) {
            return true;
        }
        if (!rival.isInTrain() && !rival.probes().hasPending() && rival.beginTrial(nowNanos)) {
            rival.startTrain(isSounder ? PathTimings.TRAIN_RIVAL : PathTimings.TRAIN_PROVING, nowNanos);
            if (isFaster && current.roundTrip().samples() < PathTimings.TRAIN_PROVING) {
                current.startTrain(PathTimings.TRAIN_PROVING, nowNanos);
            }
        }
        return false;
    }

    private static boolean isClearlySounder(ProbeWindow current, ProbeWindow rival, long nowNanos) {
        int lost = current.lost(nowNanos, PathTimings.LOSS_WINDOW_NANOS);
        int settled = current.settled(nowNanos, PathTimings.LOSS_WINDOW_NANOS);
        int wanted = lost == 0
                ? PathTimings.TRAIN_RIVAL
                : Math.min(PathTimings.TRAIN_RIVAL, PathTimings.RIVAL_ANSWERS_PER_LOSS * settled / lost);
        return rival.isClean(nowNanos) && rival.settled(nowNanos, PathTimings.LOSS_WINDOW_NANOS) >= wanted;
    }

    /** Changes the path, tells and remembers why. */
    void move(@Nullable Path next, String reason, boolean isForNow, long nowNanos, Outbox out) {
        Path previous = chosen;
        String figures = figures(next, previous, nowNanos);
        if (previous != null) {
            leave(previous, nowNanos);
        }
        chosen = next;
        chosenNanos = nowNanos;
        isProvisional = isForNow;
        evidenceFromNanos = Deadlines.NEVER;
        tally.pathChanges++;
        Endpoint from = previous == null ? null : previous.endpoint();
        Endpoint to = next == null ? null : next.endpoint();
        countStraight(from, to, nowNanos);
        log.add(new Decision(nowNanos, from, to, reason, figures, null, 1));
        out.emit(new Event.PathChosen(peer, from, to, figures.isEmpty() ? reason : reason + ": " + figures));
    }

    private static String figures(@Nullable Path next, @Nullable Path previous, long nowNanos) {
        String now = next == null ? "" : next.figures(nowNanos);
        String was = previous == null ? "" : "was " + previous.figures(nowNanos);
        return now.isEmpty() || was.isEmpty() ? now + was : now + ", " + was;
    }

    /** Keeps since when no straight path serves. */
    private void countStraight(@Nullable Endpoint from, @Nullable Endpoint to, long nowNanos) {
        if (to instanceof Endpoint.Direct) {
            detourNanos = Deadlines.NEVER;
        } else if (to != null && (from instanceof Endpoint.Direct || detourNanos == Deadlines.NEVER)) {
            detourNanos = nowNanos;
        }
    }

    /** Since when packets go by relays only, whichever these were; {@link Deadlines#NEVER} when they do not. */
    long detourNanos() {
        return detourNanos;
    }

    private void leave(Path previous, long nowNanos) {
        previous.stopTrain();
        if (nowNanos - chosenNanos > PathTimings.REDEEMED_NANOS) {
            previous.forgetSetbacks();
        }
        if (previous.state() == PathState.DEAD || previous.state() == PathState.UNSOUND) {
            // Taken for a moment, since the peer was heard there: that it does not answer yet is no failure more.
            boolean isPassing = isProvisional && nowNanos - chosenNanos < PathTimings.SILENCE_MIN_NANOS;
            if (!isPassing && (previous.state() == PathState.DEAD || !previous.isHeld(nowNanos))) {
                previous.setBack(true, nowNanos);
            }
            previous.restartRetries();
            previous.probeAt(previous.heldUntilNanos());
        }
    }

    /** Remembers a decision about the path in use that changed nothing. */
    void note(String reason, long nowNanos) {
        note(reason, chosen, nowNanos);
    }

    /** Remembers a decision about some path that did not change which one is used. */
    void note(String reason, @Nullable Path about, long nowNanos) {
        note(reason, about == null ? "" : about.figures(nowNanos), null, nowNanos);
    }

    /** Remembers what was done about this peer. */
    void note(String reason, String figures, @Nullable PublicKey helper, long nowNanos) {
        Path current = chosen;
        Endpoint endpoint = current == null ? null : current.endpoint();
        log.add(new Decision(nowNanos, endpoint, endpoint, reason, figures, helper, 1));
    }

    private static long scoreNanos(Path path) {
        return path.roundTrip().samples() == 0 ? PathTimings.TIMEOUT_MAX_NANOS : path.roundTrip().worstNanos();
    }

    private static String faster(Path current) {
        return String.format(Locale.ROOT, "faster by more than %.1f ms", hysteresisNanos(current) / MILLI);
    }

    private static long hysteresisNanos(Path path) {
        return Math.max(PathTimings.HYSTERESIS_NANOS, scoreNanos(path) / PathTimings.HYSTERESIS_DIVISOR);
    }
}
