package io.meshd.identity;

import java.security.MessageDigest;
import java.util.Arrays;
import org.bouncycastle.math.ec.rfc7748.X25519;
import org.jspecify.annotations.Nullable;

/**
 * An X25519 private key: the secret half of a {@link TunnelKey}. A secret.
 *
 * <p>The scalar is kept clamped (RFC 7748 section 5), as {@code wg} prints it. Owned by one thread.
 */
public final class TunnelPrivateKey {
    /** Length of the key in bytes. */
    public static final int BYTES = 32;

    private final byte[] scalar;
    private final TunnelKey publicKey;
    private boolean destroyed;

    private TunnelPrivateKey(byte[] scalar) {
        this.scalar = scalar;
        byte[] point = new byte[TunnelKey.BYTES];
        X25519.scalarMultBase(scalar, 0, point, 0);
        this.publicKey = TunnelKey.of(point);
    }

    /**
     * The key with these bytes, which are copied and clamped; the caller wipes its own.
     *
     * @throws IllegalArgumentException when {@code secret} is not 32 bytes long
     */
    public static TunnelPrivateKey of(byte[] secret) {
        if (secret.length != BYTES) {
            throw new IllegalArgumentException("an X25519 private key has 32 bytes, not " + secret.length);
        }
        byte[] scalar = secret.clone();
        X25519.clampPrivateKey(scalar);
        return new TunnelPrivateKey(scalar);
    }

    /** The public half; stays known after {@link #destroy()}. */
    public TunnelKey publicKey() {
        return publicKey;
    }

    /**
     * A copy of the clamped scalar, for the caller to wipe.
     *
     * @throws IllegalStateException after {@link #destroy()}
     */
    public byte[] copyOfSecret() {
        if (destroyed) {
            throw new IllegalStateException("this private key was destroyed");
        }
        return scalar.clone();
    }

    /**
     * The secret that the holders of both keys share (RFC 7748 section 6.1), for the caller to wipe; null when it is all
     * zero, as it is with points of low order.
     *
     * @throws IllegalStateException after {@link #destroy()}
     */
    public byte @Nullable [] agree(TunnelKey peer) {
        byte[] own = copyOfSecret();
        byte[] secret = new byte[BYTES];
        boolean sound = X25519.calculateAgreement(own, 0, peer.bytes(), 0, secret, 0);
        Arrays.fill(own, (byte) 0);
        return sound ? secret : null;
    }

    /** Overwrites the secret; the key is useless afterwards. */
    public void destroy() {
        destroyed = true;
        Arrays.fill(scalar, (byte) 0);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TunnelPrivateKey key && MessageDigest.isEqual(scalar, key.scalar);
    }

    /** Constant on purpose: a hash of the secret would be a hint at it. */
    @Override
    public int hashCode() {
        return TunnelPrivateKey.class.hashCode();
    }

    @Override
    public String toString() {
        return "TunnelPrivateKey";
    }
}
