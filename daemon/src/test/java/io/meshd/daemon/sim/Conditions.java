package io.meshd.daemon.sim;

import java.util.SplittableRandom;

/**
 * How a link treats datagrams. Probabilities are 0 to 1.
 *
 * @param delayNanos   least time that a datagram takes
 * @param jitterNanos  how much longer it may take, evenly spread; datagrams overtake each other by it
 * @param loss         share that is lost, each by itself
 * @param burst        probability, for each datagram, that a burst of loss begins
 * @param burstNanos   how long a burst lasts, on average
 * @param burstLoss    share that is lost in a burst; with {@code loss} and the two above a Gilbert-Elliott channel
 * @param duplication  share that arrives twice
 * @param reordering   share that is held back
 * @param holdingNanos for how long at most
 */
record Conditions(long delayNanos, long jitterNanos, double loss, double burst, long burstNanos, double burstLoss,
        double duplication, double reordering, long holdingNanos) {
    private static final long MILLI = SimulatedNetwork.MILLI;

    /** A good local network: 5 ms each way, nothing lost, no overtaking. */
    static final Conditions CLEAN = new Conditions(5 * MILLI, 0, 0, 0, 0, 1, 0, 0, 0);

    Conditions withDelay(long newDelayNanos, long newJitterNanos) {
        return new Conditions(newDelayNanos, newJitterNanos, loss, burst, burstNanos, burstLoss, duplication,
                reordering, holdingNanos);
    }

    Conditions withLoss(double newLoss) {
        return new Conditions(delayNanos, jitterNanos, newLoss, burst, burstNanos, burstLoss, duplication,
                reordering, holdingNanos);
    }

    /** Bursts in which all is lost. */
    Conditions withBursts(double newBurst, long newBurstNanos) {
        return withBursts(newBurst, newBurstNanos, 1);
    }

    Conditions withBursts(double newBurst, long newBurstNanos, double newBurstLoss) {
        return new Conditions(delayNanos, jitterNanos, loss, newBurst, newBurstNanos, newBurstLoss, duplication,
                reordering, holdingNanos);
    }

    Conditions withDisorder(double newDuplication, double newReordering, long newHoldingNanos) {
        return new Conditions(delayNanos, jitterNanos, loss, burst, burstNanos, burstLoss, newDuplication,
                newReordering, newHoldingNanos);
    }

    /** Some weather, mostly bearable. */
    static Conditions drawn(SplittableRandom random) {
        Conditions drawn = CLEAN.withDelay(random.nextLong(MILLI / 2, 80 * MILLI), random.nextLong(20 * MILLI));
        if (random.nextInt(3) == 0) {
            drawn = drawn.withLoss(random.nextDouble(0.15));
        }
        if (random.nextInt(4) == 0) {
            drawn = drawn.withBursts(0.01, random.nextLong(20 * MILLI, 600 * MILLI));
        }
        if (random.nextInt(3) == 0) {
            drawn = drawn.withDisorder(random.nextDouble(0.1), random.nextDouble(0.1), random.nextLong(1, 300 * MILLI));
        }
        return drawn;
    }
}
