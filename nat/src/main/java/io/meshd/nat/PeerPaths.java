package io.meshd.nat;

import io.meshd.identity.PublicKey;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Frame;
import io.meshd.protocol.Outbox;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * All ways to one peer: which exist, which work, and which one is used.
 *
 * <p>Belongs to {@link Paths}, which makes it and calls {@link #handleTimeout}. All calls come from the owner thread.
 * Nothing is probed without a session, since probes travel inside it. A path is chosen only when a probe or handshake
 * was answered on it, with one exception: an address from which the peer is heard is used unproven when the path in
 * use has been silent for three round trips, and is examined at once.
 */
public final class PeerPaths {
    /** Most endpoints that one handshake is sent to. */
    public static final int ENDPOINTS_TO_TRY_MAX = 16;
    /** Most endpoints of a peer that are worth keeping on disk. */
    public static final int LAST_GOOD_MAX = 4;

    private enum Timer {
        /** Packets were sent and nothing has come back. */
        SILENCE,
        /** Nothing has come by the chosen path for so long that a NAT may forget it. */
        KEEPALIVE,
        /** The next sample of the loss on a path in use. */
        SAMPLE
    }

    private final PublicKey peer;
    private final long keepaliveNanos;
    private final RandomGenerator random;
    private final PathTally tally;
    private final DeadlineHeap agenda;
    private final CandidateSet candidates = new CandidateSet();
    private final Deadlines<Timer> timers = new Deadlines<>(Timer.class);
    private final PathProber prober;
    private final PathChoice choice;
    private final Doubt doubt;
    /** Where the agenda has it, and under which deadline: the agenda's own. */
    int place = DeadlineHeap.NOWHERE;
    /** See {@link #place}. */
    long filedNanos = Deadlines.NEVER;
    private boolean hasSession;
    private long sentNanos = Deadlines.NEVER;
    private int unsampledPackets;
    private @Nullable InetSocketAddress observedSelf;

    PeerPaths(PublicKey peer, long keepaliveNanos, RandomGenerator random, PathTally tally, DeadlineHeap agenda) {
        this.peer = peer;
        this.keepaliveNanos = keepaliveNanos;
        this.random = random;
        this.tally = tally;
        this.agenda = agenda;
        this.prober = new PathProber(peer, candidates, random, tally);
        this.choice = new PathChoice(peer, candidates, tally);
        this.doubt = new Doubt(choice, candidates, prober);
    }

    // What the node learns.

    /** Somebody says that the peer may be here. Probed at once when that is new and there is a session. */
    public void candidate(long nowNanos, Candidate candidate, Outbox out) {
        Path path = learn(nowNanos, candidate);
        boolean isToTry = path != null && (path.probedNanos() == Deadlines.NEVER || candidate.signaler() != null);
        if (path != null && isToTry && hasSession && !path.isUsable()) {
            prober.retryNow(path, nowNanos);
        }
        conclude(nowNanos, out);
    }

    /** An endpoint is no way to the peer any more: a relay that went, a local socket that closed. */
    public void withdraw(long nowNanos, Endpoint endpoint, Outbox out) {
        Path path = candidates.remove(endpoint);
        if (path != null && path == choice.chosen()) {
            doubt.drop();
            choice.move(null, "withdrawn", true, nowNanos, out);
            callAll(nowNanos);
        }
        conclude(nowNanos, out);
    }

    /**
     * An authenticated packet, new to the replay window, came from here.
     *
     * <p>A new address becomes a candidate and is probed at once.
     */
    public void heardFrom(long nowNanos, Endpoint from, Outbox out) {
        heard(nowNanos, from, out);
        conclude(nowNanos, out);
    }

    /**
     * So many inner packets, or frames other than probes and their answers, were sent to the peer since the last call.
     *
     * <p>Probes and answers must not be counted: the two sides would keep each other awake with them.
     */
    public void sent(long nowNanos, int packets) {
        boolean wasActive = isActive(nowNanos);
        sentNanos = nowNanos;
        Path chosen = choice.chosen();
        if (!hasSession || chosen == null) {
            return;
        }
        if (!wasActive) {
            prober.wake(nowNanos, choice.isContent());
        }
        unsampledPackets = Math.min(PathTimings.SAMPLE_PACKETS, unsampledPackets + packets);
        timers.setIfUnset(Timer.SILENCE, nowNanos + doubt.silenceNanos(chosen));
        if (unsampledPackets >= PathTimings.SAMPLE_PACKETS && choice.hasRival()) {
            long idleNanos = Math.max(0, PathTimings.SAMPLE_NANOS
                    - Math.min(PathTimings.SAMPLE_NANOS, PathTimings.since(chosen.probedNanos(), nowNanos)));
            timers.setIfUnset(Timer.SAMPLE, nowNanos + idleNanos);
        }
        agenda.file(this);
    }

    /**
     * So many authenticated packets other than probes and their answers, new to the replay window, came from here
     * since the last call. Includes what {@link #heardFrom} does.
     */
    public void received(long nowNanos, Endpoint from, int packets, Outbox out) {
        Path chosen = choice.chosen();
        boolean isChosen = chosen != null && chosen.endpoint().equals(from);
        if (isChosen && packets > 0) {
            doubt.heardTraffic();
        }
        heard(nowNanos, from, out);
        if (isChosen && chosen != null && chosen.state() == PathState.ALIVE && !doubt.isActive()) {
            // Every batch of a busy peer comes here: nothing can have changed but one timer.
            agenda.file(this);
        } else {
            conclude(nowNanos, out);
        }
    }

    /** Answers a peer's probe on the path that it came by. */
    public void handle(long nowNanos, Frame.PathProbe probe, Endpoint from, Outbox out) {
        prober.answer(probe, from, nowNanos, out);
        heard(nowNanos, from, out);
        conclude(nowNanos, out);
    }

    /** Takes the answer to a probe in. Proves its path when it came by that path and was not answered before. */
    public void handle(long nowNanos, Frame.PathProbeReply reply, Endpoint from, Outbox out) {
        Path path = candidates.find(from);
        long tookNanos = prober.answered(path, reply.token(), nowNanos);
        if (path != null && hasSession && tookNanos != Deadlines.NEVER) {
            path.roundTrip().sample(tookNanos);
            path.observed(reply.observed());
            observedSelf = reply.observed() == null ? observedSelf : reply.observed();
            works(path, nowNanos);
        }
        heard(nowNanos, from, out);
        conclude(nowNanos, out);
    }

    /** A key pair came into use, and its handshake was answered over this path. */
    public void sessionEstablished(long nowNanos, Endpoint via, Outbox out) {
        boolean isFirst = !hasSession;
        hasSession = true;
        Path path = candidates.find(via);
        if (path == null) {
            path = learn(nowNanos, new Candidate(via, via instanceof Endpoint.Relayed
                    ? CandidateKind.RELAY
                    : CandidateKind.OBSERVED));
        }
        if (path != null) {
            works(path, nowNanos);
            if (choice.chosen() == null) {
                choice.move(path, "first to complete a handshake", true, nowNanos, out);
            }
        }
        if (isFirst) {
            armKeepalive(nowNanos);
            callAll(nowNanos);
        }
        conclude(nowNanos, out);
    }

    /** No key pair is left. Keeps the candidates and what worked last. */
    public void sessionLost(long nowNanos, Outbox out) {
        hasSession = false;
        doubt.drop();
        timers.cancelAll();
        if (choice.chosen() != null) {
            choice.move(null, "session lost", true, nowNanos, out);
        }
        candidates.paths().forEach(Path::unprove);
        agenda.file(this);
    }

    /** An address, link or route of this host changed: nothing that was proven holds, and all is tried at once. */
    public void networkChanged(long nowNanos, Outbox out) {
        Path chosen = choice.chosen();
        doubt.drop();
        for (Path path : candidates.paths()) {
            if (path == chosen) {
                path.forgetSetbacks();
            } else {
                path.unprove();
            }
        }
        if (hasSession) {
            choice.note("the network of this host changed, all candidates are tried", nowNanos);
            doubt.begin(Doubt.Cause.NETWORK_CHANGE, nowNanos);
            callAll(nowNanos);
        }
        conclude(nowNanos, out);
    }

    /** Does what is due. */
    public void handleTimeout(long nowNanos, Outbox out) {
        for (Path path : candidates.paths()) {
            if (path.probes().expire(nowNanos) > 0) {
                lost(path, nowNanos);
            }
        }
        if (timers.expire(Timer.SILENCE, nowNanos)) {
            doubt.begin(Doubt.Cause.SILENCE, nowNanos);
        }
        if (timers.expire(Timer.KEEPALIVE, nowNanos)) {
            keepAlive(nowNanos);
        }
        if (timers.expire(Timer.SAMPLE, nowNanos)) {
            sample(nowNanos);
        }
        conclude(nowNanos, out);
    }

    /** When {@link #handleTimeout} is to be called, or {@link Deadlines#NEVER}. */
    public long nextDeadlineNanos() {
        if (!hasSession) {
            return Deadlines.NEVER;
        }
        long next = Deadlines.earlier(timers.next(), choice.nextReviewNanos());
        for (Path path : candidates.paths()) {
            next = Deadlines.earlier(next, path.nextDeadlineNanos());
        }
        return next;
    }

    // What the node asks.

    /** Whose paths these are. */
    public PublicKey peer() {
        return peer;
    }

    /** Where packets for the peer go; null without a session. */
    public @Nullable Endpoint chosen() {
        Path chosen = choice.chosen();
        return chosen == null ? null : chosen.endpoint();
    }

    /**
     * Where copies of the same sealed packets go as well; null except while the chosen path is silent and is being
     * examined. Never for stock WireGuard peers.
     */
    public @Nullable Endpoint standby() {
        return doubt.standby();
    }

    /** The label of how the peer is reached now. */
    public PathClass pathClass() {
        Path chosen = choice.chosen();
        return chosen == null || chosen.state() == PathState.DEAD ? PathClass.NONE : chosen.label();
    }

    /** Where this host is, as the peer saw it last in answer to a probe; null when unknown. */
    public @Nullable InetSocketAddress observedSelf() {
        return observedSelf;
    }

    /** Where to send a handshake: what works or worked last, then a relay, then the rest by its evidence. */
    public List<Endpoint> endpointsToTry() {
        Path chosen = choice.chosen();
        List<Path> ordered = new ArrayList<>(candidates.paths());
        ordered.sort(Comparator.comparing((Path path) -> path != chosen).thenComparing(path -> !path.isUsable())
                .thenComparing(Paths.latestFirst(Path::answeredNanos)).thenComparing(Path::kind)
                .thenComparing(Paths.latestFirst(Path::toldNanos)));
        ordered.stream().skip(1).filter(path -> !path.isDirect()).findFirst().ifPresent(relay -> {
            if (ordered.getFirst().isDirect()) {
                ordered.remove(relay);
                ordered.add(1, relay);
            }
        });
        return ordered.stream().limit(ENDPOINTS_TO_TRY_MAX).map(Path::endpoint).toList();
    }

    /** The straight endpoints that worked, latest first: to be remembered on disk. */
    public List<Endpoint.Direct> lastGood() {
        return candidates.paths().stream().filter(path -> path.answeredNanos() != Deadlines.NEVER)
                .sorted(Paths.latestFirst(Path::answeredNanos))
                .flatMap(path -> path.endpoint() instanceof Endpoint.Direct direct
                        ? Stream.of(direct)
                        : Stream.empty())
                .limit(LAST_GOOD_MAX).toList();
    }

    /** All candidates, the chosen one first, then by what is known of them. */
    public List<PathView> candidates(long nowNanos) {
        Path chosen = choice.chosen();
        return candidates.paths().stream()
                .sorted(Comparator.comparing((Path path) -> path != chosen).thenComparing(path -> !path.isUsable())
                        .thenComparing(Path::state).thenComparing(Path::kind))
                .map(path -> path.view(nowNanos, path == chosen)).toList();
    }

    /** The last decisions, newest last. */
    public List<Decision> decisions() {
        return choice.log();
    }

    // How it works.

    private @Nullable Path learn(long nowNanos, Candidate candidate) {
        Path path = candidates.find(candidate.endpoint());
        if (path == null && candidate.isPlausible()) {
            path = candidates.add(candidate, nowNanos, choice.chosen());
        } else if (path != null && path.told(candidate, nowNanos) && hasSession && !path.isUsable()) {
            prober.retryNow(path, nowNanos);
        }
        if (path == null) {
            tally.candidatesRefused++;
        }
        return path;
    }

    private boolean isActive(long nowNanos) {
        return PathTimings.since(sentNanos, nowNanos) <= PathTimings.ACTIVE_NANOS;
    }

    private boolean mayBeLossy(long nowNanos) {
        return isActive(nowNanos) && choice.hasRival();
    }

    /** Packets go both ways on it. */
    private void works(Path path, long nowNanos) {
        boolean wasUsable = path.isUsable();
        boolean isBack = path == choice.chosen() && path.state() == PathState.DEAD;
        path.answered(nowNanos, path == choice.chosen());
        if (isBack) {
            choice.note("answers again", nowNanos);
        }
        if (path.state() == PathState.UNSOUND) {
            if (!wasUsable) {
                path.probeAt(path.isHeld(nowNanos) ? path.heldUntilNanos() : nowNanos);
            }
        } else if (!wasUsable) {
            path.startTrain(PathTimings.TRAIN_PROVING, nowNanos + PathTimings.TRAIN_PACE_NANOS);
        }
    }

    private @Nullable Path heard(long nowNanos, Endpoint from, Outbox out) {
        Path path = candidates.find(from);
        boolean isNew = path == null;
        if (path == null) {
            path = learn(nowNanos, new Candidate(from, from instanceof Endpoint.Relayed
                    ? CandidateKind.RELAY
                    : CandidateKind.OBSERVED));
        }
        if (path == null || !hasSession) {
            return path;
        }
        Path chosen = choice.chosen();
        boolean isNews = PathTimings.since(path.heardNanos(), nowNanos) > PathTimings.FRESH_NANOS;
        path.heard(nowNanos);
        if (path == chosen) {
            timers.cancel(Timer.SILENCE);
            doubt.heard(mayBeLossy(nowNanos), nowNanos);
        }
        if (!path.isUsable() && !path.probes().hasPending()) {
            prober.retryNow(path, nowNanos);
        }
        if (chosen != null && path != chosen && !path.isUsable()) {
            follow(chosen, path, isNew, isNews, nowNanos, out);
        }
        return path;
    }

    /** The peer is heard where it was not known to be. */
    private void follow(Path chosen, Path heard, boolean isNew, boolean isNews, long nowNanos, Outbox out) {
        boolean isInTrouble = chosen.state() == PathState.DEAD || doubt.isGrave();
        boolean isSilent = PathTimings.since(chosen.heardNanos(), nowNanos) >= Doubt.roamingSilenceNanos(chosen);
        boolean isUnanswered = isInTrouble || timers.isSet(Timer.SILENCE);
        boolean isNoWorse = heard.isDirect() || !chosen.isDirect() || isInTrouble;
        if (isSilent && isNoWorse && (isNew || isUnanswered)) {
            doubt.drop();
            choice.move(heard, "the peer is heard there, and nothing comes by the path in use", true, nowNanos, out);
            doubt.begin(Doubt.Cause.HEARD_ELSEWHERE, nowNanos);
        } else if (isNews) {
            doubt.begin(Doubt.Cause.HEARD_ELSEWHERE, nowNanos);
        }
    }

    private void lost(Path path, long nowNanos) {
        if (path == choice.chosen()) {
            boolean mayBeLossy = mayBeLossy(nowNanos);
            if (path.state() != PathState.UNSOUND || !isActive(nowNanos)) {
                doubt.begin(mayBeLossy ? Doubt.Cause.LOSS : Doubt.Cause.SILENCE, nowNanos);
            }
            if (doubt.isActive()) {
                doubt.lost(nowNanos);
            }
        } else if (path.isUsable() && path.probes().lostRun() >= path.lostToDie()) {
            path.stopTrain();
            path.died(nowNanos);
            prober.retryNow(path, nowNanos + PathTimings.RETRY_FIRST_NANOS);
        } else if (path.state() == PathState.ALIVE && path.probes().isLossy(nowNanos)) {
            becomeUnsound(path, nowNanos);
        }
    }

    private static void becomeUnsound(Path path, long nowNanos) {
        path.stopTrain();
        path.becameUnsound();
        path.setBack(nowNanos);
        path.probeAt(path.heldUntilNanos());
    }

    private void keepAlive(long nowNanos) {
        Path chosen = choice.chosen();
        if (chosen == null) {
            armKeepalive(nowNanos);
            return;
        }
        long quietNanos = PathTimings.since(chosen.heardNanos(), nowNanos);
        if (quietNanos < keepaliveNanos) {
            armKeepalive(chosen.heardNanos());
            return;
        }
        if (chosen.isUsable() && !chosen.isInTrain()) {
            chosen.startTrain(1, nowNanos);
        }
        armKeepalive(nowNanos);
    }

    private void armKeepalive(long fromNanos) {
        long spreadNanos = keepaliveNanos / PathTimings.KEEPALIVE_SPREAD_DIVISOR;
        timers.set(Timer.KEEPALIVE, fromNanos + keepaliveNanos + random.nextLong(spreadNanos + 1));
    }

    private void sample(long nowNanos) {
        Path chosen = choice.chosen();
        if (chosen != null && chosen.isUsable() && !chosen.isInTrain() && !doubt.isActive()) {
            unsampledPackets = 0;
            chosen.startTrain(1, nowNanos);
        }
    }

    private void callAll(long nowNanos) {
        for (Path path : candidates.paths()) {
            if (path.isUsable()) {
                path.startTrain(PathTimings.TRAIN_PROVING, nowNanos);
            } else {
                prober.retryNow(path, nowNanos);
            }
        }
    }

    /** Ends every verb: verdicts, the choice, probes that are due, the next deadline. */
    private void conclude(long nowNanos, Outbox out) {
        if (hasSession) {
            settleTrains(nowNanos);
            judge(nowNanos);
            choice.review(nowNanos, out);
            if (doubt.isActive() && !doubt.isAbout(choice.chosen())) {
                doubt.drop();
            }
            prober.sendDue(nowNanos, isActive(nowNanos), choice.isContent(), out);
        }
        agenda.file(this);
    }

    private void settleTrains(long nowNanos) {
        for (Path path : candidates.paths()) {
            if (!path.settleTrain()) {
                continue;
            }
            if (path == choice.chosen()) {
                doubt.settled();
            }
            if (path.state() == PathState.UNSOUND) {
                settleUnsound(path, nowNanos);
            } else if (path.isOnProbation()) {
                if (path.probes().lost(nowNanos, PathTimings.LOSS_WINDOW_NANOS) <= 1) {
                    path.redeemed();
                } else {
                    becomeUnsound(path, nowNanos);
                }
            }
        }
    }

    private static void settleUnsound(Path path, long nowNanos) {
        if (path.probes().settled(nowNanos, PathTimings.LOSS_WINDOW_NANOS) < PathTimings.TRAIN_RIVAL) {
            path.probeAt(path.isHeld(nowNanos) ? path.heldUntilNanos() : nowNanos);
        } else if (path.probes().isClean(nowNanos)) {
            path.redeemed();
        } else {
            becomeUnsound(path, nowNanos);
        }
    }

    private void judge(long nowNanos) {
        Path chosen = choice.chosen();
        if (chosen == null || chosen.state() == PathState.DEAD) {
            return;
        }
        switch (doubt.verdict(chosen, nowNanos)) {
            case DEAD -> {
                doubt.drop();
                chosen.died(nowNanos);
                choice.note("silent, probes are lost", nowNanos);
                if (!choice.hasProvenRival(nowNanos)) {
                    callAll(nowNanos);
                }
                prober.retryNow(chosen, nowNanos + PathTimings.RETRY_FIRST_NANOS);
            }
            case LOSSY -> {
                doubt.drop();
                becomeUnsound(chosen, nowNanos);
                choice.note("loses probes", nowNanos);
            }
            case NONE -> {}
        }
    }
}
