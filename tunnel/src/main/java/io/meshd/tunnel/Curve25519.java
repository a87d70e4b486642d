package io.meshd.tunnel;

import java.util.Arrays;
import org.bouncycastle.math.ec.rfc7748.X25519;
import org.jspecify.annotations.Nullable;

/**
 * X25519 (RFC 7748), with a count of its operations, which are what a handshake costs.
 *
 * <p>Bouncy Castle's raw class takes plain bytes; the JDK's wants key objects and is no faster. Owned by the node
 * thread.
 */
final class Curve25519 {
    /** Length of a scalar, a point and a shared secret in bytes. */
    static final int BYTES = 32;

    private long operations;

    /** The public key of a private one. */
    byte[] publicKey(byte[] privateKey) {
        operations++;
        byte[] point = new byte[BYTES];
        X25519.scalarMultBase(privateKey, 0, point, 0);
        return point;
    }

    /** The shared secret, for the caller to wipe; null when it is all zero, as it is with points of low order. */
    byte @Nullable [] agree(byte[] privateKey, byte[] publicKey) {
        operations++;
        byte[] secret = new byte[BYTES];
        if (X25519.calculateAgreement(privateKey, 0, publicKey, 0, secret, 0)) {
            return secret;
        }
        Arrays.fill(secret, (byte) 0);
        return null;
    }

    /** Scalar multiplications so far. */
    long operations() {
        return operations;
    }
}
