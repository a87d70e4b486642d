package io.meshd.tunnel;

import java.util.Arrays;
import org.bouncycastle.crypto.digests.Blake2sDigest;

/** BLAKE2s (RFC 7693), plain and keyed, and HMAC and HKDF over it as the Noise framework uses them. */
final class Blake2s {
    /** Length of a hash in bytes. */
    static final int BYTES = 32;
    /** Length of a keyed hash where WireGuard calls it MAC. */
    static final int MAC_BYTES = 16;

    private static final int BLOCK_BYTES = 64;
    private static final byte INNER_PAD = 0x36;
    private static final byte OUTER_PAD = 0x5c;

    private Blake2s() {}

    /** The hash of all parts, one after the other. */
    static byte[] hash(byte[]... parts) {
        byte[] hash = new byte[BYTES];
        finish(new Blake2sDigest(BYTES * Byte.SIZE), parts, hash);
        return hash;
    }

    /** The keyed hash of {@code length} bytes from {@code offset} on: 16 bytes. */
    static byte[] mac(byte[] key, byte[] buffer, int offset, int length) {
        Blake2sDigest digest = keyed(key, MAC_BYTES);
        digest.update(buffer, offset, length);
        byte[] mac = new byte[MAC_BYTES];
        digest.doFinal(mac, 0);
        digest.clearKey();
        return mac;
    }

    /** The keyed hash of a whole message, of full length. */
    static byte[] keyedHash(byte[] key, byte[] message) {
        Blake2sDigest digest = keyed(key, BYTES);
        byte[] hash = new byte[BYTES];
        finish(digest, new byte[][]{message}, hash);
        digest.clearKey();
        return hash;
    }

    /** HMAC (RFC 2104) with this hash; the key is 32 bytes long everywhere here. */
    static byte[] hmac(byte[] key, byte[]... parts) {
        byte[] pad = new byte[BLOCK_BYTES];
        byte[] inner = new byte[BYTES];
        byte[] mac = new byte[BYTES];
        fillPad(pad, key, INNER_PAD);
        Blake2sDigest digest = new Blake2sDigest(BYTES * Byte.SIZE);
        digest.update(pad, 0, pad.length);
        finish(digest, parts, inner);
        fillPad(pad, key, OUTER_PAD);
        digest.reset();
        digest.update(pad, 0, pad.length);
        digest.update(inner, 0, inner.length);
        digest.doFinal(mac, 0);
        Arrays.fill(pad, (byte) 0);
        Arrays.fill(inner, (byte) 0);
        return mac;
    }

    /**
     * The first {@code outputs} outputs of HKDF: KDF1, KDF2 and KDF3 of the WireGuard paper, section 5.4.
     *
     * @param chainingKey 32 bytes, the salt
     * @param input       the new key material, possibly empty
     */
    static byte[][] kdf(int outputs, byte[] chainingKey, byte[] input) {
        byte[] secret = hmac(chainingKey, input);
        byte[][] output = new byte[outputs][];
        byte[] previous = new byte[0];
        for (int i = 0; i < outputs; i++) {
            output[i] = hmac(secret, previous, new byte[]{(byte) (i + 1)});
            previous = output[i];
        }
        Arrays.fill(secret, (byte) 0);
        return output;
    }

    /** All parts in one array. */
    static byte[] concat(byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        byte[] whole = Arrays.copyOf(parts[0], length);
        int at = parts[0].length;
        for (int i = 1; i < parts.length; i++) {
            System.arraycopy(parts[i], 0, whole, at, parts[i].length);
            at += parts[i].length;
        }
        return whole;
    }

    private static Blake2sDigest keyed(byte[] key, int bytes) {
        return new Blake2sDigest(key, bytes, null, null);
    }

    private static void finish(Blake2sDigest digest, byte[][] parts, byte[] hash) {
        for (byte[] part : parts) {
            digest.update(part, 0, part.length);
        }
        digest.doFinal(hash, 0);
    }

    private static void fillPad(byte[] pad, byte[] key, byte value) {
        Arrays.fill(pad, value);
        for (int i = 0; i < key.length; i++) {
            pad[i] ^= key[i];
        }
    }
}
