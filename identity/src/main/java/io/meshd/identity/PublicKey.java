package io.meshd.identity;

import java.util.Arrays;

/**
 * An Ed25519 public key: who a host is.
 *
 * <p>A value, 32 bytes in the encoding of RFC 8032 section 5.1.2. Having one says nothing about its validity as a
 * curve point; {@link KeyCheck} decides that where a key enters the program.
 */
public final class PublicKey implements Comparable<PublicKey> {
    /** Length of the encoded key in bytes. */
    public static final int BYTES = 32;

    private final byte[] encoded;
    private final int hash;

    private PublicKey(byte[] encoded) {
        this.encoded = encoded;
        this.hash = Arrays.hashCode(encoded);
    }

    /**
     * The key with this encoding.
     *
     * @throws IllegalArgumentException when {@code encoded} is not 32 bytes long
     */
    public static PublicKey of(byte[] encoded) {
        if (encoded.length != BYTES) {
            throw new IllegalArgumentException("an Ed25519 public key has 32 bytes, not " + encoded.length);
        }
        return new PublicKey(encoded.clone());
    }

    /** A fresh copy of the 32 encoded bytes. */
    public byte[] bytes() {
        return encoded.clone();
    }

    /** The key as operators write it: RFC 4648 base32, lower case, unpadded, 52 characters. */
    public String peerId() {
        return Base32.encode(encoded);
    }

    @Override
    public int compareTo(PublicKey other) {
        return Arrays.compareUnsigned(encoded, other.encoded);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PublicKey key && Arrays.equals(encoded, key.encoded);
    }

    @Override
    public int hashCode() {
        return hash;
    }

    @Override
    public String toString() {
        return peerId();
    }
}
