package io.meshd.tunnel;

import io.meshd.protocol.TransportHeader;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The sending half of a session: key and message counter. A secret; any thread, each with its own cipher.
 *
 * <p>The counter is unsigned and never wraps: a sealer refuses from {@link Limits#REJECT_AFTER_MESSAGES} on, and 8193
 * more threads than that would have to ask at the same moment.
 */
final class Sealer {
    private final SessionKey key;
    private final int receiver;
    private final long createdNanos;
    final AtomicLong counter = new AtomicLong();

    /**
     * A fresh half.
     *
     * @param key      taken over
     * @param receiver the index that the peer wants to see
     */
    Sealer(SessionKey key, int receiver, long createdNanos) {
        this.key = key;
        this.receiver = receiver;
        this.createdNanos = createdNanos;
    }

    /** Whether age, number of messages and the key's life still allow sending. */
    boolean isUsable(long nowNanos) {
        return nowNanos - createdNanos < Limits.REJECT_AFTER_TIME_NANOS && isBelowLimit(counter.get())
                && !key.isDestroyed();
    }

    private static boolean isBelowLimit(long count) {
        return Long.compareUnsigned(count, Limits.REJECT_AFTER_MESSAGES) < 0;
    }

    /** Writes one whole data message at {@code outOffset}; its length, or {@link TransportCipher#REFUSED}. */
    int seal(long nowNanos, TransportCipher cipher, byte[] inner, int offset, int length, int padding, byte[] out,
            int outOffset) {
        if (!isUsable(nowNanos)) {
            return TransportCipher.REFUSED;
        }
        long mine = counter.getAndIncrement();
        if (!isBelowLimit(mine)) {
            return TransportCipher.REFUSED;
        }
        TransportHeader.write(out, outOffset, receiver, mine);
        int sealed = cipher.seal(key, mine, inner, offset, length, padding, out, outOffset + TransportHeader.BYTES);
        return sealed < 0 ? sealed : TransportHeader.BYTES + sealed;
    }

    /** How many messages were sealed. */
    long messages() {
        return counter.get();
    }

    void wipe() {
        key.destroy();
    }
}
