package io.meshd.identity;

import java.security.MessageDigest;
import java.util.Arrays;
import java.util.random.RandomGenerator;
import org.bouncycastle.math.ec.rfc8032.Ed25519;

/**
 * An Ed25519 key pair: what makes a host this host. A secret; only {@link #publicKey()} may be shown.
 *
 * <p>Everything follows from the 32-byte seed of RFC 8032 section 5.1.5, the tunnel's key included. Owned by one
 * thread.
 */
public final class Identity {
    /** Length of the seed in bytes. */
    public static final int SEED_BYTES = 32;
    /** Length of a signature in bytes. */
    public static final int SIGNATURE_BYTES = 64;

    private final byte[] seed;
    private final PublicKey publicKey;
    private boolean destroyed;

    private Identity(byte[] seed) {
        this.seed = seed;
        byte[] encoded = new byte[PublicKey.BYTES];
        Ed25519.generatePublicKey(seed, 0, encoded, 0);
        this.publicKey = PublicKey.of(encoded);
    }

    /** A new identity; {@code random} must be a cryptographic generator wherever the identity is to be kept. */
    public static Identity generate(RandomGenerator random) {
        byte[] seed = new byte[SEED_BYTES];
        random.nextBytes(seed);
        return new Identity(seed);
    }

    /**
     * The identity with this seed, which is copied; the caller wipes its own.
     *
     * @throws IllegalArgumentException when {@code seed} is not 32 bytes long
     */
    public static Identity ofSeed(byte[] seed) {
        if (seed.length != SEED_BYTES) {
            throw new IllegalArgumentException("an Ed25519 seed has 32 bytes, not " + seed.length);
        }
        return new Identity(seed.clone());
    }

    /** Who this is; stays known after {@link #destroy()}. */
    public PublicKey publicKey() {
        return publicKey;
    }

    /**
     * A copy of the seed, for the caller to wipe.
     *
     * @throws IllegalStateException after {@link #destroy()}
     */
    public byte[] copyOfSeed() {
        requireAlive();
        return seed.clone();
    }

    /**
     * The Ed25519 signature (RFC 8032 section 5.1.6, no context, no prehash) of a message: 64 bytes.
     *
     * @throws IllegalStateException after {@link #destroy()}
     */
    public Bytes sign(byte[] message) {
        requireAlive();
        byte[] signature = new byte[SIGNATURE_BYTES];
        Ed25519.sign(seed, 0, publicKey.bytes(), 0, message, 0, message.length, signature, 0);
        return Bytes.copyOf(signature);
    }

    /**
     * The tunnel's private key: the scalar that signs, as {@code crypto_sign_ed25519_sk_to_curve25519} of libsodium
     * takes it. Its public half is {@link PublicKey#tunnelKey()}.
     *
     * @throws IllegalStateException after {@link #destroy()}
     */
    public TunnelPrivateKey tunnelPrivateKey() {
        requireAlive();
        byte[] expanded = Digests.sha512(seed);
        byte[] scalar = Arrays.copyOf(expanded, TunnelPrivateKey.BYTES);
        try {
            return TunnelPrivateKey.of(scalar);
        } finally {
            Arrays.fill(expanded, (byte) 0);
            Arrays.fill(scalar, (byte) 0);
        }
    }

    /** Overwrites the seed; the identity can neither sign nor derive afterwards. */
    public void destroy() {
        destroyed = true;
        Arrays.fill(seed, (byte) 0);
    }

    private void requireAlive() {
        if (destroyed) {
            throw new IllegalStateException("this identity was destroyed");
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Identity identity && MessageDigest.isEqual(seed, identity.seed);
    }

    /** Constant on purpose: a hash of the secret would be a hint at it. */
    @Override
    public int hashCode() {
        return Identity.class.hashCode();
    }

    /** Names the public half only. */
    @Override
    public String toString() {
        return "Identity " + publicKey.peerId();
    }
}
