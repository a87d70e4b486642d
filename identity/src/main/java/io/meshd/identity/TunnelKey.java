package io.meshd.identity;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An X25519 public key: how a tunnel names a peer, whether it is a meshd node or a stock WireGuard device.
 *
 * <p>Ordinary data, never secret by itself, but never sent in clear either (WireGuard paper, identity hiding).
 */
public final class TunnelKey implements Comparable<TunnelKey> {
    /** Length of the key in bytes. */
    public static final int BYTES = 32;

    private final byte[] encoded;
    private final int hash;

    private TunnelKey(byte[] encoded) {
        this.encoded = encoded;
        this.hash = Arrays.hashCode(encoded);
    }

    /**
     * The key with this encoding (RFC 7748 section 5, little-endian u-coordinate).
     *
     * @throws IllegalArgumentException when {@code encoded} is not 32 bytes long
     */
    public static TunnelKey of(byte[] encoded) {
        if (encoded.length != BYTES) {
            throw new IllegalArgumentException("an X25519 public key has 32 bytes, not " + encoded.length);
        }
        return new TunnelKey(encoded.clone());
    }

    /** The key that {@code wg} prints so, or null when the text is not base64 of 32 bytes. */
    public static @Nullable TunnelKey ofBase64(String text) {
        byte[] decoded = Base64Text.decode(text, BYTES);
        return decoded == null ? null : new TunnelKey(decoded);
    }

    /** A fresh copy of the 32 bytes. */
    public byte[] bytes() {
        return encoded.clone();
    }

    /** The key as {@code wg} prints it. */
    public String base64() {
        return Base64Text.encode(encoded);
    }

    @Override
    public int compareTo(TunnelKey other) {
        return Arrays.compareUnsigned(encoded, other.encoded);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TunnelKey key && Arrays.equals(encoded, key.encoded);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return base64();
    }
}
