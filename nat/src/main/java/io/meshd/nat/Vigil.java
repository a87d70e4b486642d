package io.meshd.nat;

import io.meshd.protocol.Deadlines;
import java.util.random.RandomGenerator;

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

    private final long keepaliveNanos;
    private final RandomGenerator random;
    private final PathChoice choice;
    private final Doubt doubt;
    private final Deadlines<Timer> timers = new Deadlines<>(Timer.class);
    private long sentNanos = Deadlines.NEVER;
    private int unsampledPackets;

    Vigil(long keepaliveNanos, RandomGenerator random, PathChoice choice, Doubt doubt) {
        this.keepaliveNanos = keepaliveNanos;
        this.random = random;
        this.choice = choice;
        this.doubt = doubt;
    }

    void begin(long nowNanos) {
        armKeepalive(nowNanos);
    }

    void end() {
        timers.cancelAll();
    }

    /** Packets left by the chosen path. */
    void sent(Path chosen, int packets, long nowNanos) {
        sentNanos = nowNanos;
        timers.setIfUnset(Timer.SILENCE, nowNanos + doubt.silenceNanos(chosen));
        unsampledPackets = Math.min(PathTimings.SAMPLE_PACKETS, unsampledPackets + packets);
        if (unsampledPackets >= PathTimings.SAMPLE_PACKETS && choice.hasRival()) {
            long pauseNanos = Math.min(PathTimings.SAMPLE_NANOS, PathTimings.since(chosen.probedNanos(), nowNanos));
            timers.setIfUnset(Timer.SAMPLE, nowNanos + PathTimings.SAMPLE_NANOS - pauseNanos);
        }
    }

    /** Something came by the chosen path. */
    void heard() {
        timers.cancel(Timer.SILENCE);
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
        // The timer is not moved by every packet; it looks back when it fires.
        if (chosen != null && PathTimings.since(chosen.heardNanos(), nowNanos) < keepaliveNanos) {
            armKeepalive(chosen.heardNanos());
        } else {
            probeOnce(nowNanos);
            armKeepalive(nowNanos);
        }
    }

    private void armKeepalive(long fromNanos) {
        long spreadNanos = keepaliveNanos / PathTimings.KEEPALIVE_SPREAD_DIVISOR;
        timers.set(Timer.KEEPALIVE, fromNanos + keepaliveNanos + random.nextLong(spreadNanos + 1));
    }

    private void probeOnce(long nowNanos) {
        Path chosen = choice.chosen();
        if (chosen != null && chosen.isUsable() && !chosen.isInTrain() && !doubt.isActive()) {
            chosen.startTrain(1, nowNanos);
        }
    }
}
