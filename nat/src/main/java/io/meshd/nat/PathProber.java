package io.meshd.nat;

import io.meshd.identity.PublicKey;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Frame;
import io.meshd.protocol.Outbox;
import java.net.InetSocketAddress;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Sends the probes of one peer when they are due, and knows their answers.
 *
 * <p>Three kinds of probe: trains settle a question in a second; single ones keep a path or sample it; retries ask,
 * for ever but ever more rarely, whether a silent candidate works by now.
 */
final class PathProber {
    private final PublicKey peer;
    private final CandidateSet candidates;
    private final RandomGenerator random;
    private final PathTally tally;
    private final Allowance unproven = new Allowance(PathTimings.UNPROVEN_BURST, PathTimings.UNPROVEN_RATE);
    private final Allowance answers = new Allowance(PathTimings.ANSWER_BURST, PathTimings.ANSWER_RATE);

    PathProber(PublicKey peer, CandidateSet candidates, RandomGenerator random, PathTally tally) {
        this.peer = peer;
        this.candidates = candidates;
        this.random = random;
        this.tally = tally;
    }

    /**
     * Sends what is due.
     *
     * @param isActive  whether packets flow to the peer
     * @param isContent whether a straight path serves, so that nothing better than another straight one can be found
     */
    void sendDue(long nowNanos, boolean isActive, boolean isContent, Outbox out) {
        for (Path path : candidates.paths()) {
            if (Deadlines.isDue(path.nextProbeNanos(), nowNanos)) {
                send(path, nowNanos, isActive, isContent, out);
            }
        }
    }

    private void send(Path path, long nowNanos, boolean isActive, boolean isContent, Outbox out) {
        if (path.state() == PathState.UNSOUND && !path.isInTrain()) {
            if (!isActive) {
                path.probeAt(nowNanos + spread(PathTimings.RETRY_IDLE_NANOS));
                return;
            }
            path.probes().countAfresh();
            path.startTrain(PathTimings.TRAIN_DOUBT, nowNanos);
        }
        if (path.state() == PathState.UNPROVEN && !unproven.take(nowNanos)) {
            tally.probesWithheld++;
            path.probeAt(nowNanos + spread(PathTimings.RETRY_FIRST_NANOS));
            return;
        }
        long token = random.nextLong();
        path.probed(token, nowNanos);
        if (!path.advanceTrain(nowNanos)) {
            long limit = retryLimitNanos(path, nowNanos, isActive, isContent);
            path.probeAt(path.isUsable()
                    ? Deadlines.NEVER
                    : nowNanos + spread(
                            PathTimings.doubled(PathTimings.RETRY_FIRST_NANOS, path.countRetry(), limit)));
        }
        tally.probesSent++;
        out.sendVia(peer, path.endpoint(), new Frame.PathProbe(token));
    }

    private long retryLimitNanos(Path path, long nowNanos, boolean isActive, boolean isContent) {
        if (isActive && path.diedRecently(nowNanos)) {
            return PathTimings.RETRY_RECENT_NANOS;
        }
        if (isActive && !isContent) {
            return PathTimings.RETRY_ACTIVE_NANOS;
        }
        long together = isContent ? PathTimings.RETRY_CONTENT_NANOS : PathTimings.RETRY_IDLE_NANOS;
        return together * candidates.paths().stream().filter(other -> !other.isUsable()).count();
    }

    /** Packets begin to flow: what waits for idle times need not wait so long. */
    void wake(long nowNanos, boolean isContent) {
        for (Path path : candidates.paths()) {
            if (path.isInTrain() || path.nextProbeNanos() == Deadlines.NEVER) {
                continue;
            }
            if (path.state() == PathState.UNSOUND) {
                pullIn(path, path.isHeld(nowNanos) ? path.heldUntilNanos() : nowNanos);
            } else if (path.diedRecently(nowNanos)) {
                pullIn(path, nowNanos + random.nextLong(PathTimings.TRAIN_PACE_NANOS));
            } else if (!isContent) {
                pullIn(path, nowNanos + random.nextLong(PathTimings.RETRY_ACTIVE_NANOS));
            }
        }
    }

    private static void pullIn(Path path, long atNanos) {
        path.probeAt(Deadlines.earlier(path.nextProbeNanos(), atNanos));
    }

    /** Has all candidates probed at once. */
    void callAll(long nowNanos) {
        for (Path path : candidates.paths()) {
            if (path.isUsable()) {
                path.startTrain(PathTimings.TRAIN_PROVING, nowNanos);
            } else {
                retryNow(path, nowNanos);
            }
        }
    }

    /** Probes a silent path at once, and begins its retries anew. */
    void retryNow(Path path, long nowNanos) {
        if (!path.isInTrain()) {
            path.restartRetries();
            path.probeAt(nowNanos);
        }
    }

    /**
     * Takes an answer in.
     *
     * @return how long it took, or {@link Deadlines#NEVER} when it proves nothing
     */
    long answered(@Nullable Path from, long token, long nowNanos) {
        long sentNanos = from == null ? Deadlines.NEVER : from.probes().answer(token);
        if (sentNanos != Deadlines.NEVER) {
            tally.probesAnswered++;
            return nowNanos - sentNanos;
        }
        if (candidates.paths().stream().anyMatch(path -> path != from && path.probes().knows(token))) {
            tally.answersElsewhere++;
        } else {
            tally.unknownTokens++;
        }
        return Deadlines.NEVER;
    }

    /** Answers a peer's probe on the path that it came by. */
    void answer(Frame.PathProbe probe, Endpoint from, long nowNanos, Outbox out) {
        if (!answers.take(nowNanos)) {
            tally.answersWithheld++;
            return;
        }
        tally.answersSent++;
        InetSocketAddress observed = switch (from) {
            case Endpoint.Direct direct -> direct.address();
            case Endpoint.Relayed _ -> null;
        };
        out.sendVia(peer, from, new Frame.PathProbeReply(probe.token(), observed));
    }

    /** Up to a quarter more, so that nothing beats in time with anything. */
    private long spread(long nanos) {
        return nanos + random.nextLong(nanos / 4 + 1);
    }
}
