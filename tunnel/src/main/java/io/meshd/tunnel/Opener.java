package io.meshd.tunnel;

/** The receiving half of a session: key and replay window. A secret; any thread, each with its own cipher. */
final class Opener {
    private final SessionKey key;
    private final long createdNanos;
    private final ReplayWindow window = new ReplayWindow();

    /** A fresh half; the key is taken over. */
    Opener(SessionKey key, long createdNanos) {
        this.key = key;
        this.createdNanos = createdNanos;
    }

    /** Whether age and the key's life still allow receiving. */
    boolean isUsable(long nowNanos) {
        return nowNanos - createdNanos < Limits.REJECT_AFTER_TIME_NANOS && !key.isDestroyed();
    }

    /** Opens one ciphertext; the plaintext's length, or {@link TransportCipher#REFUSED} when the tag is wrong. */
    int open(TransportCipher cipher, long counter, byte[] in, int offset, int length, byte[] out, int outOffset) {
        return cipher.open(key, counter, in, offset, length, out, outOffset);
    }

    /** Tests and sets the counter of a message whose tag was right. */
    ReplayWindow.Verdict accept(long counter) {
        return window.accept(counter);
    }

    void wipe() {
        key.destroy();
    }
}
