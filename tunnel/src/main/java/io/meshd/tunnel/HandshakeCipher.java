package io.meshd.tunnel;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.modes.XChaCha20Poly1305;
import org.bouncycastle.crypto.params.AEADParameters;
import org.bouncycastle.crypto.params.KeyParameter;
import org.jspecify.annotations.Nullable;

/** ChaCha20-Poly1305 (RFC 8439) and XChaCha20-Poly1305 for single messages: handshakes and cookies. */
final class HandshakeCipher {
    /** Length of the authentication tag in bytes. */
    static final int TAG_BYTES = 16;

    private static final String ALGORITHM = "ChaCha20-Poly1305";
    private static final int NONCE_BYTES = 12;
    private static final int NONCE_COUNTER_OFFSET = 4;

    private HandshakeCipher() {}

    /** The nonce that Noise makes of a counter: four zero bytes and the counter, little-endian. */
    static byte[] nonce(long counter) {
        return ByteBuffer.allocate(NONCE_BYTES).order(ByteOrder.LITTLE_ENDIAN)
                .putLong(NONCE_COUNTER_OFFSET, counter).array();
    }

    /** The sealed plaintext, tag at its end, under a nonce of 12 bytes. */
    static byte[] seal(byte[] key, byte[] nonce, byte[] associated, byte[] plaintext) {
        try {
            return apply(Cipher.ENCRYPT_MODE, key, nonce, associated, plaintext);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has ChaCha20-Poly1305, and sealing cannot fail", e);
        }
    }

    /** The plaintext, or null when the tag is wrong. */
    static byte @Nullable [] open(byte[] key, byte[] nonce, byte[] associated, byte[] ciphertext) {
        if (ciphertext.length < TAG_BYTES) {
            return null;
        }
        try {
            return apply(Cipher.DECRYPT_MODE, key, nonce, associated, ciphertext);
        } catch (AEADBadTagException e) {
            return null;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has ChaCha20-Poly1305", e);
        }
    }

    // A fresh cipher each time: the JDK refuses to reuse one with the key and nonce that it used last, and the test
    // vectors do just that.
    private static byte[] apply(int mode, byte[] key, byte[] nonce, byte[] associated, byte[] input)
            throws GeneralSecurityException {
        SessionKey wipeable = new SessionKey(key.clone());
        try {
            Cipher cipher = Cipher.getInstance(ALGORITHM);
            cipher.init(mode, wipeable, new IvParameterSpec(nonce));
            cipher.updateAAD(associated);
            return cipher.doFinal(input);
        } finally {
            wipeable.destroy();
        }
    }

    /** The sealed plaintext under a nonce of 24 bytes, tag at its end. */
    static byte[] sealExtended(byte[] key, byte[] nonce, byte[] associated, byte[] plaintext) {
        byte[] sealed = applyExtended(true, key, nonce, associated, plaintext);
        if (sealed == null) {
            throw new IllegalStateException("sealing cannot fail");
        }
        return sealed;
    }

    /** The plaintext under a nonce of 24 bytes, or null when the tag is wrong. */
    static byte @Nullable [] openExtended(byte[] key, byte[] nonce, byte[] associated, byte[] ciphertext) {
        return ciphertext.length < TAG_BYTES ? null : applyExtended(false, key, nonce, associated, ciphertext);
    }

    private static byte @Nullable [] applyExtended(boolean sealing, byte[] key, byte[] nonce, byte[] associated,
            byte[] input) {
        XChaCha20Poly1305 cipher = new XChaCha20Poly1305();
        cipher.init(sealing, new AEADParameters(new KeyParameter(key), TAG_BYTES * Byte.SIZE, nonce, associated));
        byte[] output = new byte[cipher.getOutputSize(input.length)];
        try {
            int length = cipher.processBytes(input, 0, input.length, output, 0);
            cipher.doFinal(output, length);
            return output;
        } catch (InvalidCipherTextException e) {
            Arrays.fill(output, (byte) 0);
            return null;
        }
    }
}
