package io.meshd.daemon.sim;

import java.util.SplittableRandom;

/** One direction between two stations. */
final class Link {
    private static final long NOT_LOSING = Long.MIN_VALUE;

    private final SplittableRandom random;
    private Conditions conditions = Conditions.CLEAN;
    private boolean cut;
    private int mtu = Integer.MAX_VALUE;
    private long losesUntilNanos = NOT_LOSING;

    Link(SplittableRandom random) {
        this.random = random;
    }

    void conditions(Conditions newConditions) {
        conditions = newConditions;
        losesUntilNanos = NOT_LOSING;
    }

    void cut(boolean isCut) {
        cut = isCut;
    }

    boolean isCut() {
        return cut;
    }

    /** Larger packets disappear, without a word to their sender. */
    void mtu(int newMtu) {
        mtu = newMtu;
    }

    /** How long each copy of a datagram takes; none when it is lost. */
    long[] delaysNanos(long nowNanos, int packetBytes) {
        if (cut || packetBytes > mtu || losesInBurst(nowNanos) || random.nextDouble() < conditions.loss()) {
            return new long[0];
        }
        boolean twice = random.nextDouble() < conditions.duplication();
        return twice ? new long[]{delayNanos(), delayNanos()} : new long[]{delayNanos()};
    }

    private boolean losesInBurst(long nowNanos) {
        if (losesUntilNanos != NOT_LOSING && nowNanos < losesUntilNanos) {
            return conditions.burstLoss() >= 1 || random.nextDouble() < conditions.burstLoss();
        }
        if (random.nextDouble() >= conditions.burst()) {
            return false;
        }
        losesUntilNanos = nowNanos + random.nextLong(2 * conditions.burstNanos() + 1);
        return true;
    }

    private long delayNanos() {
        long jitter = conditions.jitterNanos() == 0 ? 0 : random.nextLong(conditions.jitterNanos());
        boolean held = random.nextDouble() < conditions.reordering();
        return conditions.delayNanos() + jitter + (held ? random.nextLong(conditions.holdingNanos()) : 0);
    }
}
