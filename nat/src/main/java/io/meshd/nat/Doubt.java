package io.meshd.nat;

import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The examination of the chosen path of one peer, when there is reason to doubt it.
 *
 * <p>Ten probes a second on that path, and from the first lost one on also on its best rivals, until one of three is
 * sure: the path is well, it is lossy, or it is dead. Silence alone is never a verdict, since flows may be one-way.
 */
final class Doubt {
    /** Why the path is doubted. */
    enum Cause {
        /** Packets are sent on it, or a keepalive, and nothing comes back. */
        SILENCE("nothing comes back"),
        /** A probe was lost while packets flow and there is another path. */
        LOSS("packets flow, and it may lose them"),
        /** The peer was heard at another address, which was not known to work. */
        HEARD_ELSEWHERE("the peer is heard elsewhere"),
        /** This host's network changed. */
        NETWORK_CHANGE("the network of this host changed");

        private final String words;

        Cause(String words) {
            this.words = words;
        }
    }

    /** What the examination shows. */
    enum Verdict {
        NONE, LOSSY, DEAD
    }

    private final PathChoice choice;
    private final CandidateSet candidates;
    private final PathProber prober;
    /** The path in doubt; null while there is none. */
    private @Nullable Path path;
    private Cause cause = Cause.SILENCE;
    private long sinceNanos;
    private int lost;
    /** How often, of late, silence turned out to be a flow that is just one-way. */
    private int oneWay;

    Doubt(PathChoice choice, CandidateSet candidates, PathProber prober) {
        this.choice = choice;
        this.candidates = candidates;
        this.prober = prober;
    }

    boolean isActive() {
        return path != null;
    }

    boolean isAbout(@Nullable Path other) {
        return path == other;
    }

    /** Begins to examine the chosen path, unless that is under way. */
    void begin(Cause newCause, long nowNanos) {
        Path chosen = choice.chosen();
        if (path != null || chosen == null || chosen.state() == PathState.DEAD) {
            return;
        }
        path = chosen;
        cause = newCause;
        sinceNanos = nowNanos;
        lost = 0;
        choice.doubt(nowNanos);
        chosen.probes().countAfresh();
        chosen.startTrain(PathTimings.TRAIN_DOUBT, nowNanos);
    }

    /** No doubt any more: there is a verdict, or there will be none, or the session ended. */
    void drop() {
        if (path != null) {
            path.stopTrain();
        }
        path = null;
    }

    /** Something came by the chosen path. */
    void heard(boolean mayBeLossy, long nowNanos) {
        if (path == null || cause == Cause.LOSS) {
            return;
        }
        if (lost > 0 && mayBeLossy) {
            cause = Cause.LOSS;
            callRivals(nowNanos);
            return;
        }
        if (cause == Cause.SILENCE && lost == 0) {
            oneWay++;
        }
        dispelled(nowNanos);
    }

    /** The path is well. */
    void dispelled(long nowNanos) {
        if (path != null && lost > 0) {
            choice.note("the path in use is well after all", nowNanos);
        }
        drop();
    }

    /** Traffic comes by the chosen path without being asked for. */
    void heardTraffic() {
        oneWay = 0;
    }

    /** Probes of the chosen path were lost. */
    void lost(long nowNanos) {
        lost++;
        if (lost == 1) {
            // Before that it is routine, and nothing was decided.
            choice.note("the path in use is doubted, a probe was lost: " + cause.words, nowNanos);
            callRivals(nowNanos);
        } else if (lost == 2 && cause != Cause.LOSS) {
            callOthers(nowNanos);
        }
    }

    private void callRivals(long nowNanos) {
        int length = cause == Cause.LOSS ? PathTimings.TRAIN_RIVAL : PathTimings.TRAIN_PROVING;
        List<Path> rivals = choice.rivals();
        for (Path rival : rivals.subList(0, Math.min(rivals.size(), PathTimings.RIVALS_MAX))) {
            rival.startTrain(length, nowNanos);
        }
    }

    /** Perhaps one of the silent ones works by now. */
    private void callOthers(long nowNanos) {
        for (Path other : candidates.paths()) {
            if (other != path && (other.state() == PathState.DEAD || other.state() == PathState.UNPROVEN)) {
                prober.retryNow(other, nowNanos);
            }
        }
    }

    /** What is sure by now of the chosen path. */
    Verdict verdict(Path chosen, long nowNanos) {
        int silentRun = chosen.probes().lostRunAfter(chosen.heardNanos());
        int run = chosen.state() == PathState.UNPROVEN ? chosen.probes().lostRun() : silentRun;
        if (run >= PathTimings.DEAD_LOST) {
            return Verdict.DEAD;
        }
        boolean isElsewhere = path == chosen && lost > 0
                && (cause == Cause.HEARD_ELSEWHERE || cause == Cause.NETWORK_CHANGE);
        if (isElsewhere && isSilentSince(chosen, sinceNanos) && choice.hasProvenRival(nowNanos)) {
            return Verdict.DEAD;
        }
        // While nothing at all comes, death is the question, and it is answered sooner.
        boolean isLossy = chosen.state() == PathState.ALIVE && silentRun == 0 && chosen.probes().isLossy(nowNanos);
        return isLossy ? Verdict.LOSSY : Verdict.NONE;
    }

    private static boolean isSilentSince(Path chosen, long sinceNanos) {
        return chosen.heardNanos() == Deadlines.NEVER || chosen.heardNanos() - sinceNanos < 0;
    }

    /** Whether a probe of the path in doubt was lost, and nothing has come by it since. */
    boolean isGrave() {
        return path != null && path.probes().lostRunAfter(path.heardNanos()) > 0;
    }

    /** The rival that gets copies of what is sent while the doubt is grave, and while nothing else is proven. */
    @Nullable
    Endpoint standby() {
        Path chosen = choice.chosen();
        if (!isGrave() && (chosen == null || chosen.state() != PathState.DEAD)) {
            return null;
        }
        List<Path> rivals = choice.rivals();
        return rivals.isEmpty() ? null : rivals.getFirst().endpoint();
    }

    /** How long silence lasts, while sending, until it is looked into. */
    long silenceNanos(Path chosen) {
        long first = Math.max(PathTimings.SILENCE_MIN_NANOS, chosen.roundTrip().timeoutNanos());
        return PathTimings.doubled(first, oneWay, Math.max(first, PathTimings.SILENCE_ONE_WAY_NANOS));
    }

    /** How long nothing has come by the path before an unproven one may replace it. */
    static long roamingSilenceNanos(Path chosen) {
        return Math.max(PathTimings.SILENCE_MIN_NANOS, 3 * chosen.roundTrip().smoothedNanos());
    }
}
