package io.meshd.nat.stun;

import java.util.random.RandomGenerator;

/**
 * The 96 bits by which an answer names its request (RFC 8489 section 5). Nobody who did not see the request knows them.
 *
 * @param first the first four bytes, big-endian
 * @param rest  the other eight
 */
public record TransactionId(int first, long rest) {
    /** A fresh one, from a generator that nobody can predict. */
    public static TransactionId random(RandomGenerator random) {
        return new TransactionId(random.nextInt(), random.nextLong());
    }
}
