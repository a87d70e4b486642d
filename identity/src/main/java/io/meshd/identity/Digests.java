package io.meshd.identity;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.bouncycastle.crypto.digests.Blake3Digest;

/** The hash functions that keys and addresses are derived with. */
final class Digests {
    private Digests() {}

    static byte[] sha256(byte[] message) {
        return jdk("SHA-256", message);
    }

    static byte[] sha512(byte[] message) {
        return jdk("SHA-512", message);
    }

    /** BLAKE3 without key, 32 bytes of output. */
    static byte[] blake3(byte[] message) {
        Blake3Digest digest = new Blake3Digest();
        digest.update(message, 0, message.length);
        byte[] hash = new byte[digest.getDigestSize()];
        digest.doFinal(hash, 0);
        return hash;
    }

    private static byte[] jdk(String algorithm, byte[] message) {
        try {
            return MessageDigest.getInstance(algorithm).digest(message);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has " + algorithm, e);
        }
    }
}
