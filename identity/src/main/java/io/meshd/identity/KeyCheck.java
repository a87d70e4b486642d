package io.meshd.identity;

import java.math.BigInteger;
import org.bouncycastle.math.ec.rfc7748.X25519;
import org.bouncycastle.math.ec.rfc8032.Ed25519;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether a public key may enter the program.
 *
 * <p>A sound key is the one encoding of a point in the prime-order subgroup, so that a name for a host is the only
 * name, nobody without the secret can sign for it, and no handshake ends in a shared secret that anyone knows.
 */
public final class KeyCheck {
    /** What can be wrong with a key. */
    public enum Weakness {
        /** The bytes are no point, whatever one does with them. */
        NOT_A_POINT("is no point of the curve"),
        /** Another text of the same key would be shorter or smaller: coordinate not reduced, or sign of zero. */
        NOT_CANONICAL("is not written in its one canonical form"),
        /** A point of order 1, 2, 4 or 8: a secret known to everybody. */
        SMALL_ORDER("is a point of small order, a key of nobody"),
        /** A good point plus one of small order. */
        MIXED_ORDER("is no point of the prime-order subgroup");

        private final String text;

        Weakness(String text) {
            this.text = text;
        }

        /** What is wrong, to put behind "the key". */
        public String text() {
            return text;
        }
    }

    /** Any clamped scalar serves: as a multiple of 8 it takes exactly the points of small order to zero. */
    private static final byte[] CLAMPED = clamped();

    private KeyCheck() {}

    private static byte[] clamped() {
        byte[] scalar = new byte[X25519.SCALAR_SIZE];
        X25519.clampPrivateKey(scalar);
        return scalar;
    }

    /** What is wrong with an Ed25519 key, or null when it is sound. */
    public static @Nullable Weakness weakness(PublicKey key) {
        byte[] encoded = key.bytes();
        return Ed25519.validatePublicKeyFull(encoded, 0) ? null : reason(encoded);
    }

    private static Weakness reason(byte[] encoded) {
        Edwards point = Edwards.decode(encoded);
        if (point == null) {
            return Weakness.NOT_A_POINT;
        }
        if (point.isSmallOrder()) {
            return Weakness.SMALL_ORDER;
        }
        boolean reduced = Edwards.encodedY(encoded).compareTo(Edwards.P) < 0;
        return reduced ? Weakness.MIXED_ORDER : Weakness.NOT_CANONICAL;
    }

    /** What is wrong with an X25519 key, as of a stock WireGuard peer, or null when it can be used. */
    public static @Nullable Weakness weakness(TunnelKey key) {
        byte[] encoded = key.bytes();
        if (!X25519.calculateAgreement(CLAMPED, 0, encoded, 0, new byte[X25519.POINT_SIZE], 0)) {
            return Weakness.SMALL_ORDER;
        }
        boolean highBit = encoded[TunnelKey.BYTES - 1] < 0;
        BigInteger u = Edwards.encodedY(encoded);
        return highBit || u.compareTo(Edwards.P) >= 0 ? Weakness.NOT_CANONICAL : null;
    }

    /** Whether two different keys have the same X25519 image, so that a tunnel cannot tell them apart: A and −A. */
    public static boolean areTwins(PublicKey a, PublicKey b) {
        return !a.equals(b) && a.tunnelKey().equals(b.tunnelKey());
    }
}
