package io.meshd.nat;

import io.meshd.identity.PublicKey;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One candidate of one peer, and all that probes have shown of it.
 *
 * <p>Only facts and the schedule of its probes: {@link PathProber} sends them, {@link PathChoice} judges.
 */
final class Path {
    private static final double MILLI = 1e6;

    private final Endpoint endpoint;
    private final EnumSet<CandidateKind> evidence = EnumSet.noneOf(CandidateKind.class);
    private final RoundTrip roundTrip = new RoundTrip();
    private final ProbeWindow probes = new ProbeWindow();
    private final PathMtu mtu = new PathMtu();
    private PathState state = PathState.UNPROVEN;
    /** Whether all that is known of it came through a third peer. */
    private boolean signaled = true;
    private @Nullable PublicKey signaler;
    private long toldNanos;
    private long heardNanos = Deadlines.NEVER;
    private long answeredNanos = Deadlines.NEVER;
    private long trafficNanos = Deadlines.NEVER;
    private long probedNanos = Deadlines.NEVER;
    private long diedNanos = Deadlines.NEVER;

    private long nextProbeNanos = Deadlines.NEVER;
    private int retries;
    private int trainLeft;
    /** A train was begun whose result has not been judged. */
    private boolean trainOpen;

    /** It was lossy the last time that this was looked into: only a whole clean train says otherwise. */
    private boolean wasLossy;
    /** It failed before, and has not yet shown by a whole train that it is good again. */
    private boolean onProbation;
    private int setbacks;
    private long heldUntilNanos = Deadlines.NEVER;
    private int trials;
    private long nextTrialNanos = Deadlines.NEVER;

    Path(Endpoint endpoint) {
        this.endpoint = endpoint;
    }

    // Evidence.

    /** Takes a statement in; says whether it is of a new kind. */
    boolean told(Candidate candidate, long nowNanos) {
        toldNanos = nowNanos;
        signaled &= candidate.signaler() != null;
        signaler = candidate.signaler() == null ? signaler : candidate.signaler();
        return evidence.add(candidate.kind());
    }

    Endpoint endpoint() {
        return endpoint;
    }

    /** The strongest kind of its evidence. */
    CandidateKind kind() {
        return evidence.iterator().next();
    }

    long toldNanos() {
        return toldNanos;
    }

    boolean isDirect() {
        return endpoint instanceof Endpoint.Direct;
    }

    /** Whether this is a straight path by IPv4 and the other one by IPv6, or the other way round. */
    boolean isOfOtherFamilyThan(Path other) {
        return endpoint instanceof Endpoint.Direct(InetSocketAddress here, int _)
                && other.endpoint instanceof Endpoint.Direct(InetSocketAddress there, int _)
                && here.getAddress() instanceof Inet6Address != there.getAddress() instanceof Inet6Address;
    }

    /** How it came about. {@code isOpen}: everybody reaches this host, so that no punch was needed. */
    PathClass label(boolean isOpen) {
        if (!isDirect()) {
            return PathClass.RELAY;
        }
        return signaled && !isOpen ? PathClass.SIGNALING_THEN_DIRECT : PathClass.DIRECT;
    }

    // What happened on it.

    /** An authenticated packet came by it. */
    void heard(long nowNanos) {
        heardNanos = nowNanos;
    }

    /** Packets other than probes and answers came by it: the peer uses it. */
    void traffic(long nowNanos) {
        trafficNanos = nowNanos;
    }

    long trafficNanos() {
        return trafficNanos;
    }

    /** A probe was answered, or a handshake completed: packets go both ways. */
    void answered(long nowNanos, boolean isChosen) {
        heardNanos = nowNanos;
        answeredNanos = nowNanos;
        if (state == PathState.DEAD && !isChosen && !wasLossy) {
            onProbation = true;
            probes.countAfresh();
        }
        state = wasLossy ? PathState.UNSOUND : PathState.ALIVE;
    }

    void died(long nowNanos) {
        state = PathState.DEAD;
        diedNanos = nowNanos;
        onProbation = false;
    }

    void becameUnsound() {
        state = PathState.UNSOUND;
        wasLossy = true;
        onProbation = false;
    }

    /** A whole train went well. */
    void redeemed() {
        state = PathState.ALIVE;
        wasLossy = false;
        onProbation = false;
    }

    /** How many probes in a row must be lost to end it: with much loss, some in a row mean little. */
    int lostToDie() {
        return state == PathState.UNSOUND ? PathTimings.DEAD_LOST_UNSOUND : PathTimings.DEAD_LOST;
    }

    /**
     * It failed, so that it may not be used again before a time that doubles with each failure.
     *
     * @param isInUse whether it failed where it was needed, not just when it was tested
     */
    void setBack(boolean isInUse, long nowNanos) {
        long first = wasLossy ? PathTimings.HOLD_UNSOUND_NANOS : PathTimings.HOLD_DEAD_NANOS;
        heldUntilNanos = nowNanos + PathTimings.doubled(first, setbacks, PathTimings.HOLD_MAX_NANOS);
        if (isInUse || setbacks < PathTimings.SETBACKS_TESTED_MAX) {
            setbacks++;
        }
    }

    void forgetSetbacks() {
        setbacks = 0;
        heldUntilNanos = Deadlines.NEVER;
        trials = 0;
        nextTrialNanos = Deadlines.NEVER;
    }

    /** What was proven holds no more: the session is gone, or this host has moved. Keeps when it last worked. */
    void unprove() {
        state = PathState.UNPROVEN;
        wasLossy = false;
        onProbation = false;
        diedNanos = Deadlines.NEVER;
        roundTrip.reset();
        mtu.reset();
        probes.clear();
        probedNanos = Deadlines.NEVER;
        stopProbing();
        forgetSetbacks();
    }

    PathState state() {
        return state;
    }

    boolean isUsable() {
        return state == PathState.ALIVE || state == PathState.UNSOUND;
    }

    boolean isOnProbation() {
        return onProbation;
    }

    /** Whether it was set back at some time that still counts. */
    boolean hasSetbacks() {
        return setbacks > 0;
    }

    long heldUntilNanos() {
        return heldUntilNanos;
    }

    boolean isHeld(long nowNanos) {
        return heldUntilNanos != Deadlines.NEVER && !Deadlines.isDue(heldUntilNanos, nowNanos);
    }

    long heardNanos() {
        return heardNanos;
    }

    long answeredNanos() {
        return answeredNanos;
    }

    /** When the last probe left, or {@link Deadlines#NEVER}. */
    long probedNanos() {
        return probedNanos;
    }

    boolean isFresh(long nowNanos) {
        return PathTimings.since(answeredNanos, nowNanos) <= PathTimings.FRESH_NANOS;
    }

    /** Whether it worked in this session and stopped working a short while ago. */
    boolean diedRecently(long nowNanos) {
        return state == PathState.DEAD && PathTimings.since(diedNanos, nowNanos) <= PathTimings.RECENT_NANOS;
    }

    RoundTrip roundTrip() {
        return roundTrip;
    }

    ProbeWindow probes() {
        return probes;
    }

    PathMtu mtu() {
        return mtu;
    }

    // The schedule of its probes.

    /** Begins a train, or lengthens the one under way. Its next probe is due then. */
    void startTrain(int length, long atNanos) {
        nextProbeNanos = trainLeft == 0 ? atNanos : Deadlines.earlier(nextProbeNanos, atNanos);
        trainLeft = Math.max(trainLeft, length);
        trainOpen = true;
    }

    /** Drops the rest of a train. */
    void stopTrain() {
        if (trainLeft > 0) {
            nextProbeNanos = Deadlines.NEVER;
        }
        trainLeft = 0;
        trainOpen = false;
    }

    void stopProbing() {
        stopTrain();
        nextProbeNanos = Deadlines.NEVER;
        retries = 0;
    }

    boolean isInTrain() {
        return trainLeft > 0;
    }

    /** Says true once, when the last probe of a train is settled. */
    boolean settleTrain() {
        boolean settled = trainOpen && trainLeft == 0 && !probes.hasPending();
        if (settled) {
            trainOpen = false;
        }
        return settled;
    }

    /** A probe left; what is next of a train is scheduled. */
    void probed(long token, long nowNanos) {
        probes.sent(token, nowNanos, nowNanos + roundTrip.timeoutNanos());
        probedNanos = nowNanos;
    }

    /** Takes one probe off the train; says whether there was one. */
    boolean advanceTrain(long nowNanos) {
        if (trainLeft == 0) {
            return false;
        }
        trainLeft--;
        nextProbeNanos = trainLeft > 0 ? nowNanos + PathTimings.TRAIN_PACE_NANOS : Deadlines.NEVER;
        return true;
    }

    void probeAt(long atNanos) {
        nextProbeNanos = atNanos;
    }

    long nextProbeNanos() {
        return nextProbeNanos;
    }

    /** Counts one more try without answer; says how many there were before. */
    int countRetry() {
        return retries++;
    }

    void restartRetries() {
        retries = 0;
    }

    long nextDeadlineNanos() {
        return Deadlines.earlier(nextProbeNanos, probes.nextDueNanos());
    }

    /** Whether it may be measured again as a rival; counts the measurement when it may. */
    boolean beginTrial(long nowNanos) {
        if (nextTrialNanos != Deadlines.NEVER && !Deadlines.isDue(nextTrialNanos, nowNanos)) {
            return false;
        }
        nextTrialNanos = nowNanos
                + PathTimings.doubled(PathTimings.TRIAL_FIRST_NANOS, trials++, PathTimings.TRIAL_MAX_NANOS);
        if (PathTimings.since(answeredNanos, nowNanos) > PathTimings.STALE_NANOS) {
            roundTrip.reset();
        }
        return true;
    }

    // What others see.

    PathView view(long nowNanos, boolean isChosen) {
        int settled = probes.settled(nowNanos, Long.MAX_VALUE);
        Double rtt = roundTrip.samples() == 0 ? null : roundTrip.smoothedNanos() / MILLI;
        Double loss = settled == 0 ? null : probes.lost(nowNanos, Long.MAX_VALUE) / (double) settled;
        return new PathView(endpoint, kind(), List.copyOf(evidence), state, rtt, loss, nowNanos - toldNanos, isChosen,
                signaler, probedNanos != Deadlines.NEVER, isHeld(nowNanos) ? heldUntilNanos - nowNanos : 0);
    }

    /** The path and its figures, as reasons of decisions quote them. */
    String figures(long nowNanos) {
        String rtt = roundTrip.samples() == 0
                ? "rtt unknown"
                : String.format(Locale.ROOT, "rtt %.1f ms ±%.1f", roundTrip.smoothedNanos() / MILLI,
                        roundTrip.variationNanos() / MILLI);
        return String.format(Locale.ROOT, "%s (%s, lost %d of %d probes)", endpoint, rtt,
                probes.lost(nowNanos, Long.MAX_VALUE), probes.settled(nowNanos, Long.MAX_VALUE));
    }
}
