package io.meshd.tunnel;

import java.io.NotSerializableException;
import java.io.ObjectOutputStream;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import javax.crypto.SecretKey;

/**
 * A ChaCha20-Poly1305 key that can be wiped while other threads use it. A secret.
 *
 * <p>The JDK's own {@code SecretKeySpec} cannot be wiped. A cipher asks for the bytes once per message; after
 * {@link #destroy} it gets none, so that nothing is ever sealed under a half-wiped or an all-zero key.
 */
final class SessionKey implements SecretKey {
    /** Length of the key in bytes. */
    static final int BYTES = 32;

    private static final long serialVersionUID = 1;

    @SuppressWarnings("serial") // never serialized
    private final transient byte[] secret;
    private transient volatile boolean destroyed;

    /** Takes over the array: it is wiped together with this key. */
    SessionKey(byte[] secret) {
        this.secret = secret;
    }

    @Override
    public String getAlgorithm() {
        return "ChaCha20";
    }

    @Override
    public String getFormat() {
        return "RAW";
    }

    /** A copy, which the cipher wipes; empty once this key is destroyed, which every cipher refuses. */
    @Override
    public byte[] getEncoded() {
        byte[] copy = secret.clone();
        // The flag is read after the bytes and written before them: an unset flag means that the copy is whole.
        VarHandle.loadLoadFence();
        if (destroyed) {
            Arrays.fill(copy, (byte) 0);
            return new byte[0];
        }
        return copy;
    }

    @Override
    public void destroy() {
        destroyed = true;
        VarHandle.fullFence();
        Arrays.fill(secret, (byte) 0);
    }

    @Override
    public boolean isDestroyed() {
        return destroyed;
    }

    private void writeObject(ObjectOutputStream out) throws NotSerializableException {
        throw new NotSerializableException("a secret");
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }

    @Override
    public String toString() {
        return "SessionKey";
    }
}
