package io.meshd.tunnel;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import java.security.InvalidAlgorithmParameterException;
import java.security.InvalidKeyException;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;

/**
 * ChaCha20-Poly1305 over data messages: the ciphers of one thread, for all sessions.
 *
 * <p>Owned by one thread. The JDK's cipher keeps a copy of the key that it used last until the next message.
 */
final class TransportCipher {
    /** The key was wiped, or the tag is wrong. */
    static final int REFUSED = -1;

    private static final int NONCE_BYTES = 12;
    private static final int NONCE_COUNTER_OFFSET = 4;
    private static final byte[] ZEROS = new byte[DataPath.PADDING_BYTES];
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final Cipher sealing = chaCha20Poly1305();
    private final Cipher opening = chaCha20Poly1305();
    private final byte[] nonce = new byte[NONCE_BYTES];

    private static Cipher chaCha20Poly1305() {
        try {
            return Cipher.getInstance("ChaCha20-Poly1305");
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has ChaCha20-Poly1305", e);
        }
    }

    /** Seals {@code length} bytes and {@code padding} zeros into {@code out}; their number with the tag. */
    int seal(SessionKey key, long counter, byte[] in, int offset, int length, int padding, byte[] out, int outOffset) {
        try {
            init(sealing, Cipher.ENCRYPT_MODE, key, counter);
            if (padding == 0) {
                return sealing.doFinal(in, offset, length, out, outOffset);
            }
            int written = sealing.update(in, offset, length, out, outOffset);
            return written + sealing.doFinal(ZEROS, 0, padding, out, outOffset + written);
        } catch (InvalidKeyException e) {
            return REFUSED;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("sealing cannot fail", e);
        }
    }

    /** Opens {@code length} bytes, the tag among them, into {@code out}; the length of the plaintext. */
    int open(SessionKey key, long counter, byte[] in, int offset, int length, byte[] out, int outOffset) {
        try {
            init(opening, Cipher.DECRYPT_MODE, key, counter);
            return opening.doFinal(in, offset, length, out, outOffset);
        } catch (AEADBadTagException | InvalidKeyException e) {
            return REFUSED;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("opening fails only by its tag", e);
        }
    }

    private void init(Cipher cipher, int mode, SessionKey key, long counter)
            throws InvalidKeyException, InvalidAlgorithmParameterException {
        LONG.set(nonce, NONCE_COUNTER_OFFSET, counter);
        cipher.init(mode, key, new IvParameterSpec(nonce));
    }
}
