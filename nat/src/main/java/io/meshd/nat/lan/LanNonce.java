package io.meshd.nat.lan;

import java.util.random.RandomGenerator;

/**
 * 128 random bits that make one beacon unlike any other.
 *
 * @param high the first eight bytes
 * @param low  the other eight
 */
record LanNonce(long high, long low) {
    static final int BYTES = 16;

    /** A fresh one, from a generator that nobody can predict. */
    static LanNonce random(RandomGenerator random) {
        return new LanNonce(random.nextLong(), random.nextLong());
    }
}
