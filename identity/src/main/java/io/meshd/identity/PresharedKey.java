package io.meshd.identity;

import java.security.MessageDigest;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

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

    /**
     * The key in a file as {@code wg genpsk} writes it: base64 in ASCII, perhaps with blanks and line ends around it.
     * Null when it is none. The caller wipes {@code text}.
     */
    public static @Nullable PresharedKey ofBase64(byte[] text) {
        int start = 0;
        int end = text.length;
        while (start < end && text[start] <= ' ' && text[start] >= 0) {
            start++;
        }
        while (end > start && text[end - 1] <= ' ' && text[end - 1] >= 0) {
            end--;
        }
        byte[] trimmed = Arrays.copyOfRange(text, start, end);
        byte[] decoded = Base64Text.decode(trimmed, BYTES);
        Arrays.fill(trimmed, (byte) 0);
        return decoded == null ? null : new PresharedKey(decoded);
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
