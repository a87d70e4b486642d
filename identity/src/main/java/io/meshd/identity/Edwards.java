package io.meshd.identity;

import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/**
 * A point of edwards25519 in affine coordinates, for finding out what is wrong with a key.
 *
 * <p>Slow and not in constant time: for public keys that {@link KeyCheck} refuses, and for nothing else.
 */
record Edwards(BigInteger x, BigInteger y) {
    static final Edwards NEUTRAL = new Edwards(BigInteger.ZERO, BigInteger.ONE);
    static final BigInteger P = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));

    private static final BigInteger D = BigInteger.valueOf(-121665).multiply(BigInteger.valueOf(121666).modInverse(P))
            .mod(P);
    private static final BigInteger SQRT_MINUS_ONE = BigInteger.TWO.modPow(P.shiftRight(2), P);
    private static final int SIGN_BIT = 255;

    /** The y-coordinate of an encoding, not reduced, without the sign bit. */
    static BigInteger encodedY(byte[] encoded) {
        return littleEndian(encoded).clearBit(SIGN_BIT);
    }

    /** The point of an encoding (RFC 8032 section 5.1.3) that may be non-canonical, or null when there is none. */
    static @Nullable Edwards decode(byte[] encoded) {
        BigInteger y = encodedY(encoded).mod(P);
        BigInteger ySquared = y.multiply(y).mod(P);
        BigInteger xSquared = ySquared.subtract(BigInteger.ONE)
                .multiply(D.multiply(ySquared).add(BigInteger.ONE).modInverse(P)).mod(P);
        // p is 5 modulo 8: a root, if there is one, is this or this times the root of -1.
        BigInteger x = xSquared.modPow(P.add(BigInteger.valueOf(3)).shiftRight(3), P);
        if (!x.multiply(x).mod(P).equals(xSquared)) {
            x = x.multiply(SQRT_MINUS_ONE).mod(P);
        }
        if (!x.multiply(x).mod(P).equals(xSquared)) {
            return null;
        }
        boolean odd = littleEndian(encoded).testBit(SIGN_BIT);
        return new Edwards(x.testBit(0) == odd ? x : P.subtract(x).mod(P), y);
    }

    byte[] encode() {
        BigInteger value = x.testBit(0) ? y.setBit(SIGN_BIT) : y;
        byte[] encoded = new byte[PublicKey.BYTES];
        for (int i = 0; i < encoded.length; i++) {
            encoded[i] = value.shiftRight(i * Byte.SIZE).byteValue();
        }
        return encoded;
    }

    /** The complete addition law (RFC 8032 section 5.1.4), which also doubles. */
    Edwards plus(Edwards other) {
        BigInteger product = D.multiply(x).multiply(other.x).multiply(y).multiply(other.y).mod(P);
        BigInteger newX = x.multiply(other.y).add(other.x.multiply(y))
                .multiply(BigInteger.ONE.add(product).modInverse(P)).mod(P);
        BigInteger newY = y.multiply(other.y).add(x.multiply(other.x))
                .multiply(BigInteger.ONE.subtract(product).modInverse(P)).mod(P);
        return new Edwards(newX, newY);
    }

    /** Whether the order divides the cofactor 8. */
    boolean isSmallOrder() {
        Edwards twice = plus(this);
        Edwards fourTimes = twice.plus(twice);
        return fourTimes.plus(fourTimes).equals(NEUTRAL);
    }

    private static BigInteger littleEndian(byte[] bytes) {
        byte[] bigEndian = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            bigEndian[i] = bytes[bytes.length - 1 - i];
        }
        return new BigInteger(1, bigEndian);
    }
}
