package io.meshd.nat;

import io.meshd.protocol.Deadlines;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Watches the traffic of one peer, and has the chosen path probed when traffic alone does not show that it works.
 *
 * <p>Three reasons: packets leave and nothing comes back; nothing has come for a keepalive's time; packets flow, and
 * there is another path to go to if this one loses them. A path that traffic keeps alive is otherwise left alone.
 */
final class Vigil {
    private enum Timer {
        /** Packets were sent and nothing has come back. */
        SILENCE,
        /** Nothing has come by the chosen path for so long that a NAT may forget it. */
        KEEPALIVE,
        /** The next sample of the loss on a path in use. */
        SAMPLE
    }

    private final BindingLifetime lifetime;
    private final BindingTrial trial;
    private final RandomGenerator random;
    private final PathChoice choice;
    private final Doubt doubt;
    private final Deadlines<Timer> timers = new Deadlines<>(Timer.class);
    private long sentNanos = Deadlines.NEVER;
    private int unsampledPackets;
    /** When the present key pair was made. */
    private long keyNanos = Deadlines.NEVER;
    /** Whether this side made the present key pair: then it renews it as well. */
    private boolean isInitiator;
    /** A new key pair is wanted now. */
    private boolean wantsRenewal;
    /** The peer asked to be probed when the keepalive's timer fires. */
    private boolean isCalled;
    /** When the peer was last probed because it asked for that: a trial of its own, which may fail. */
    private long calledNanos = Deadlines.NEVER;
    /** The keepalive's timer fires early, so that a long silence may be tried within one session. */
    private boolean isEarly;
    /** When the path in use died while nothing was sent; {@link Deadlines#NEVER} when it did not. */
    private long diedIdleNanos = Deadlines.NEVER;
    /** The silence that the peer is still to be asked for; {@link Deadlines#NEVER} when there is none. */
    private long wishNanos = Deadlines.NEVER;

    Vigil(BindingLifetime lifetime, RandomGenerator random, PathChoice choice, Doubt doubt) {
        this.lifetime = lifetime;
        this.trial = new BindingTrial(lifetime);
        this.random = random;
        this.choice = choice;
        this.doubt = doubt;
    }

    void begin(long nowNanos) {
        armKeepalive(nowNanos, nowNanos);
    }

    /** A new key pair came into use. */
    void renewed(boolean asInitiator, long nowNanos) {
        keyNanos = nowNanos;
        isInitiator = asInitiator;
        long nextNanos = lifetime.ladder().nextTrialNanos(nowNanos);
        long keptNanos = keepaliveNanos(choice.chosen());
        boolean isTooLate = nextNanos != Deadlines.NEVER && keptNanos + nextNanos > PathTimings.SESSION_NANOS;
        if (isTooLate && !isActive(nowNanos) && !trial.isOpen() && !isCalled) {
            isEarly = true;
            timers.set(Timer.KEEPALIVE, nowNanos + PathTimings.GREETING_NANOS);
        }
    }

    void end() {
        timers.cancelAll();
        trial.end();
        isCalled = false;
        isEarly = false;
        wishNanos = Deadlines.NEVER;
        wantsRenewal = false;
        keyNanos = Deadlines.NEVER;
    }

    /** A frame left by the chosen path. What is no question is not answered: silence after it says nothing. */
    void spoke(Path chosen, boolean isQuestion, long nowNanos) {
        sentNanos = nowNanos;
        interrupt(nowNanos);
        if (isQuestion) {
            timers.setIfUnset(Timer.SILENCE, nowNanos + doubt.silenceNanos(chosen));
        }
    }

    /** Packets left by the chosen path. */
    void sent(Path chosen, int packets, long nowNanos) {
        spoke(chosen, true, nowNanos);
        unsampledPackets = Math.min(PathTimings.SAMPLE_PACKETS, unsampledPackets + packets);
        if (unsampledPackets >= PathTimings.SAMPLE_PACKETS && choice.hasRival()) {
            long pauseNanos = Math.min(PathTimings.SAMPLE_NANOS, PathTimings.since(chosen.probedNanos(), nowNanos));
            timers.setIfUnset(Timer.SAMPLE, nowNanos + PathTimings.SAMPLE_NANOS - pauseNanos);
        }
    }

    /** Something came by the chosen path. */
    void heard(long nowNanos) {
        timers.cancel(Timer.SILENCE);
        trial.heard(nowNanos);
    }

    /** The peer asks for silence on the chosen path, and for a probe after it. */
    void called(long silenceNanos, long nowNanos) {
        if (!isActive(nowNanos)) {
            trial.end();
            isCalled = true;
            timers.set(Timer.KEEPALIVE, nowNanos + silenceNanos);
        }
    }

    /** The silence that the peer is to be asked for now, or {@link Deadlines#NEVER}. */
    long takeWishNanos() {
        long wished = wishNanos;
        wishNanos = Deadlines.NEVER;
        return wished;
    }

    /** Whether a new key pair is wanted now. */
    boolean takeRenewal() {
        boolean wanted = wantsRenewal;
        wantsRenewal = false;
        return wanted;
    }

    /** Another path is in use than when a trial began. */
    void review(long nowNanos) {
        if (trial.isOpen() && !trial.isAbout(choice.chosen())) {
            interrupt(nowNanos);
        }
    }

    /** The path in use died. When nothing was sent, perhaps only a NAT forgot it. */
    void died(Path chosen, long nowNanos) {
        interrupt(nowNanos);
        boolean isOwnDoing = PathTimings.since(calledNanos, nowNanos) < PathTimings.LOSS_WINDOW_NANOS;
        diedIdleNanos = chosen.isDirect() && !isActive(nowNanos) && !isOwnDoing ? nowNanos : Deadlines.NEVER;
    }

    /** The peer answers. */
    void answered(long nowNanos) {
        if (diedIdleNanos != Deadlines.NEVER) {
            if (nowNanos - diedIdleNanos <= PathTimings.RETRY_ACTIVE_NANOS / 2) {
                lifetime.ladder().suspect(nowNanos);
            }
            diedIdleNanos = Deadlines.NEVER;
        }
    }

    /** A trial would mean nothing any more. */
    private void interrupt(long nowNanos) {
        if (trial.isOpen()) {
            trial.end();
            armKeepalive(nowNanos, nowNanos);
        }
    }

    /** Whether packets flow to the peer. */
    boolean isActive(long nowNanos) {
        return PathTimings.since(sentNanos, nowNanos) <= PathTimings.ACTIVE_NANOS;
    }

    /** Whether loss on the chosen path matters: packets flow, and there is another path. */
    boolean isLossOfInterest(long nowNanos) {
        return isActive(nowNanos) && choice.hasRival();
    }

    /** Whether something was sent by the chosen path after the last that came by it. */
    boolean isUnanswered() {
        return timers.isSet(Timer.SILENCE);
    }

    void handleTimeout(long nowNanos) {
        if (timers.expire(Timer.SILENCE, nowNanos)) {
            doubt.begin(Doubt.Cause.SILENCE, nowNanos);
        }
        if (timers.expire(Timer.KEEPALIVE, nowNanos)) {
            keepAlive(nowNanos);
        }
        if (timers.expire(Timer.SAMPLE, nowNanos)) {
            unsampledPackets = 0;
            probeOnce(nowNanos);
        }
    }

    long nextDeadlineNanos() {
        return timers.next();
    }

    private void keepAlive(long nowNanos) {
        Path chosen = choice.chosen();
        boolean wasCalled = isCalled;
        boolean isDue = isCalled || isEarly;
        calledNanos = wasCalled ? nowNanos : calledNanos;
        isCalled = false;
        isEarly = false;
        // The timer is not moved by every packet; it looks back when it fires.
        if (chosen != null && !isDue && !isRenewalDue(chosen, nowNanos)
                && PathTimings.since(chosen.heardNanos(), nowNanos) < keepaliveNanos(chosen)) {
            armKeepalive(chosen.heardNanos(), nowNanos);
            return;
        }
        if (trial.isOpen()) {
            trial.overdue();
        }
        if (chosen != null && !isDue && !trial.isOpen() && isRenewal(chosen, nowNanos)) {
            renew(chosen, nowNanos);
            return;
        }
        probeOnce(nowNanos);
        armKeepalive(nowNanos, nowNanos);
        if (chosen != null && !wasCalled) {
            tryLonger(chosen, nowNanos);
        }
    }

    /**
     * Whether a new key pair, which the next packet would cause anyway, may stand for the probe. Where each keepalive is
     * also a renewal, probes have to measure the path.
     */
    private boolean isRenewal(Path chosen, long nowNanos) {
        return isInitiator && keyNanos != Deadlines.NEVER && nowNanos - keyNanos >= PathTimings.RENEWAL_NANOS
                && chosen.state() == PathState.ALIVE && !doubt.isActive() && !isLong(keepaliveNanos(chosen));
    }

    /** The response shows that the path is there, as a reply does; silence is looked into as after a packet. */
    private void renew(Path chosen, long nowNanos) {
        wantsRenewal = true;
        timers.setIfUnset(Timer.SILENCE, nowNanos + doubt.silenceNanos(chosen));
        armKeepalive(nowNanos, nowNanos);
    }

    /** Tries whether the path bears a longer silence, when it is idle, straight and well. */
    private void tryLonger(Path chosen, long nowNanos) {
        if (!chosen.isDirect() || chosen.state() != PathState.ALIVE || isActive(nowNanos) || doubt.isActive()) {
            return;
        }
        long limitNanos = keyNanos == Deadlines.NEVER ? 0 : keyNanos + PathTimings.SESSION_NANOS - nowNanos;
        long silenceNanos = trial.begin(chosen, nowNanos, limitNanos);
        if (silenceNanos != Deadlines.NEVER) {
            wishNanos = silenceNanos;
            timers.set(Timer.KEEPALIVE, nowNanos + silenceNanos + PathTimings.TIMEOUT_MAX_NANOS);
        }
    }

    /** Up to a fifth of it more is still less than what is proven. Relays forget on their own terms. */
    private long keepaliveNanos(@Nullable Path chosen) {
        long provenNanos = lifetime.ladder().provenNanos();
        return chosen != null && chosen.isDirect()
                ? provenNanos / (PathTimings.KEEPALIVE_SPREAD_DIVISOR + 1) * PathTimings.KEEPALIVE_SPREAD_DIVISOR
                : PathTimings.KEEPALIVE_NANOS;
    }

    private void armKeepalive(long fromNanos, long nowNanos) {
        Path chosen = choice.chosen();
        long keepaliveNanos = keepaliveNanos(chosen);
        long spreadNanos = spreadNanos(keepaliveNanos, nowNanos);
        long atNanos = fromNanos + keepaliveNanos + spreadNanos;
        if (keyNanos != Deadlines.NEVER && isLong(keepaliveNanos)) {
            long renewalNanos = keyNanos + PathTimings.RENEWAL_NANOS + spreadNanos / 2;
            atNanos = renewalNanos - nowNanos > 0 ? Deadlines.earlier(atNanos, renewalNanos) : atNanos;
        }
        timers.set(Timer.KEEPALIVE, atNanos);
    }

    /**
     * The initiator comes first, as late as the proven silence allows, so that its last keepalive before the end of a key
     * pair renews it; the other side comes after it, unless it has something to find out by a keepalive of its own.
     */
    private long spreadNanos(long keepaliveNanos, long nowNanos) {
        long spread = keepaliveNanos / PathTimings.KEEPALIVE_SPREAD_DIVISOR;
        if (isInitiator) {
            return spread * 2 / 5 + random.nextLong(spread / 5 + 1);
        }
        return lifetime.ladder().nextTrialNanos(nowNanos) == Deadlines.NEVER
                ? spread * 4 / 5 + random.nextLong(spread / 5 + 1)
                : random.nextLong(spread + 1);
    }

    /** Whether one keepalive after the other may miss the time in which a packet renews the session. */
    private static boolean isLong(long keepaliveNanos) {
        return keepaliveNanos > PathTimings.SESSION_NANOS - PathTimings.RENEWAL_NANOS;
    }

    /** Whether the session ends unless something is sent, and nothing was since then. */
    private boolean isRenewalDue(Path chosen, long nowNanos) {
        if (keyNanos == Deadlines.NEVER || !isLong(keepaliveNanos(chosen))) {
            return false;
        }
        long renewalNanos = keyNanos + PathTimings.RENEWAL_NANOS;
        boolean isProbed = chosen.probedNanos() != Deadlines.NEVER && chosen.probedNanos() - renewalNanos >= 0;
        return nowNanos - renewalNanos >= 0 && !isProbed;
    }

    private void probeOnce(long nowNanos) {
        Path chosen = choice.chosen();
        if (chosen != null && chosen.isUsable() && !chosen.isInTrain() && !doubt.isActive()) {
            chosen.startTrain(1, nowNanos);
        }
    }
}
