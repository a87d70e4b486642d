package io.meshd.identity;

import org.bouncycastle.math.ec.rfc7748.X25519Field;

/** The map between the two forms of the curve (RFC 7748 section 4.1), on encoded points. */
final class Curve25519 {
    private Curve25519() {}

    /**
     * The Montgomery u-coordinate (1 + y) / (1 - y) of an encoded Edwards point, whose sign bit plays no part.
     *
     * <p>Total: the neutral element, y = 1, maps to 0.
     */
    static byte[] montgomeryU(byte[] edwards) {
        int[] y = X25519Field.create();
        int[] numerator = X25519Field.create();
        int[] denominator = X25519Field.create();
        X25519Field.decode255(edwards, y);
        X25519Field.one(numerator);
        X25519Field.sub(numerator, y, denominator);
        X25519Field.add(numerator, y, numerator);
        X25519Field.carry(denominator);
        X25519Field.carry(numerator);
        X25519Field.inv(denominator, denominator);
        X25519Field.mul(numerator, denominator, numerator);
        X25519Field.normalize(numerator);
        byte[] u = new byte[TunnelKey.BYTES];
        X25519Field.encode(numerator, u);
        return u;
    }
}
