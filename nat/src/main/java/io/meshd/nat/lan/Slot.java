package io.meshd.nat.lan;

import java.util.random.RandomGenerator;

/**
 * Sixteen bytes of an answer: the port of its sender, for one peer to find. To all others noise.
 *
 * @param locator    what the peer that it is for computes as well
 * @param maskedPort the port, hidden
 * @param check      over the port, 48 bits
 */
record Slot(long locator, int maskedPort, long check) {
    static final int BYTES = 16;
    static final int PORT_MASK = 0xffff;
    static final long CHECK_MASK = 0xffff_ffff_ffffL;

    /** One that is for nobody. */
    static Slot random(RandomGenerator random) {
        return new Slot(random.nextLong(), random.nextInt() & PORT_MASK, random.nextLong() & CHECK_MASK);
    }
}
