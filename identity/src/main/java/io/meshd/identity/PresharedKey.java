package io.meshd.identity;

import java.security.MessageDigest;
import java.util.Arrays;

/** The optional symmetric secret of two peers, mixed into their handshakes (WireGuard paper, section 5.2). A secret. */
public final class PresharedKey {
    /** Length of the key in bytes. */
    public static final int BYTES = 32;

    private final byte[] secret;

    private PresharedKey(byte[] secret) {
        this.secret = secret;
    }

    /**
     * The key with these bytes, which are copied; the caller wipes its own.
     *
     * @throws IllegalArgumentException when {@code secret} is not 32 bytes long
     */
    public static PresharedKey of(byte[] secret) {
        if (secret.length != BYTES) {
            throw new IllegalArgumentException("a preshared key has 32 bytes, not " + secret.length);
        }
        return new PresharedKey(secret.clone());
    }

    /** A copy of the secret, for the caller to wipe. */
    public byte[] copyOfSecret() {
        return secret.clone();
    }

    /** Overwrites the secret; the key is useless afterwards. */
    public void destroy() {
        Arrays.fill(secret, (byte) 0);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PresharedKey key && MessageDigest.isEqual(secret, key.secret);
    }

    /** Constant on purpose: a hash of the secret would be a hint at it. */
    @Override
    public int hashCode() {
        return PresharedKey.class.hashCode();
    }

    @Override
    public String toString() {
        return "PresharedKey";
    }
}
