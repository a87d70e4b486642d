package io.meshd.identity;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import org.bouncycastle.math.ec.rfc8032.Ed25519;
import org.jspecify.annotations.Nullable;

/**
 * An Ed25519 public key: who a host is.
 *
 * <p>A value, 32 bytes in the encoding of RFC 8032 section 5.1.2. Having one says nothing about its validity as a
 * curve point; {@link KeyCheck} decides that where a key enters the program.
 */
public final class PublicKey implements Comparable<PublicKey> {
    /** Length of the encoded key in bytes. */
    public static final int BYTES = 32;

    /** Length of a {@link #peerId()}. */
    public static final int PEER_ID_CHARACTERS = 52;

    private static final byte[] SSH_ALGORITHM = "ssh-ed25519".getBytes(StandardCharsets.US_ASCII);

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

    /** The key whose {@link #peerId()} this is, or null when the text is none: exactly 52 characters, no stray bits. */
    public static @Nullable PublicKey ofPeerId(String text) {
        byte[] decoded = text.length() == PEER_ID_CHARACTERS ? Base32.decode(text) : null;
        return decoded == null ? null : new PublicKey(decoded);
    }

    /** A fresh copy of the 32 encoded bytes. */
    public byte[] bytes() {
        return encoded.clone();
    }

    /** The key as operators write it: RFC 4648 base32, lower case, unpadded, 52 characters. */
    public String peerId() {
        return Base32.encode(encoded);
    }

    /** Base64 of the 32 bytes, padded: 44 characters. */
    public String base64() {
        return Base64Text.encode(encoded);
    }

    /** The fingerprint that {@code ssh-keygen -l} prints: {@code SHA256:} and unpadded base64 of the blob's hash. */
    public String fingerprint() {
        return "SHA256:" + Base64.getEncoder().withoutPadding().encodeToString(Digests.sha256(sshBlob()));
    }

    /** The key in SSH wire form (RFC 8709 section 4): two strings, algorithm and key. */
    byte[] sshBlob() {
        return ByteBuffer.allocate(2 * Integer.BYTES + SSH_ALGORITHM.length + BYTES)
                .putInt(SSH_ALGORITHM.length).put(SSH_ALGORITHM).putInt(BYTES).put(encoded).array();
    }

    /**
     * The key that this node's tunnels use: the birational image of this key (RFC 7748 section 4.1), as
     * {@code crypto_sign_ed25519_pk_to_curve25519} of libsodium makes it.
     *
     * <p>Two keys that differ in the sign bit only have the same image. Not every key that is no valid point is refused
     * here: {@link KeyCheck} does that where keys enter.
     */
    public TunnelKey tunnelKey() {
        return TunnelKey.of(Curve25519.montgomeryU(encoded));
    }

    /**
     * Whether {@code signature} is this key's Ed25519 signature of {@code message}.
     *
     * <p>Strict: the key must be a canonical point of the prime-order subgroup and S below the group order, so that
     * neither a weak key nor a second form of a signature passes. Never throws.
     */
    public boolean verifies(byte[] message, Bytes signature) {
        if (signature.length() != Identity.SIGNATURE_BYTES) {
            return false;
        }
        Ed25519.PublicPoint point = Ed25519.validatePublicKeyFullExport(encoded, 0);
        return point != null && Ed25519.verify(signature.toArray(), 0, point, message, 0, message.length);
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
