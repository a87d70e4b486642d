package io.meshd.tunnel;

import io.meshd.protocol.Deadlines;
import org.jspecify.annotations.Nullable;

/**
 * The sessions with one peer: the one to send with, the one that waits for its confirmation, and two that still
 * receive.
 *
 * <p>The node thread installs and expires them, data-path threads confirm; a small lock holds the rotation together,
 * and reading the current one takes none. WireGuard keeps one old session; the second is for two initiations that
 * crossed, when each side sends with another session until the next rekey.
 */
final class Keypairs {
    private final IndexTable indices;
    private volatile @Nullable Keypair current;
    private volatile @Nullable Keypair next;
    private @Nullable Keypair previous;
    private @Nullable Keypair older;

    Keypairs(IndexTable indices) {
        this.indices = indices;
    }

    /** The session to send with, whatever its age. */
    @Nullable
    Keypair current() {
        return current;
    }

    /** Whether this session waits for its confirmation: the check for each packet. */
    boolean isNext(Keypair keypair) {
        return next == keypair;
    }

    /** Takes a session that this node initiated into use at once; one that waits for confirmation only receives. */
    synchronized void installInitiated(Keypair fresh) {
        retire(current);
        retire(next);
        next = null;
        current = fresh;
    }

    /** Lets a session that the peer initiated wait for its first packet; until then nothing is sent with it. */
    synchronized void installResponded(Keypair fresh) {
        discard(next);
        next = fresh;
    }

    /** Takes the waiting session into use. False when it is not waiting any more: another thread was first. */
    synchronized boolean confirm(Keypair keypair) {
        if (next != keypair) {
            return false;
        }
        retire(current);
        current = keypair;
        next = null;
        return true;
    }

    private void retire(@Nullable Keypair keypair) {
        if (keypair != null) {
            discard(older);
            older = previous;
            previous = keypair;
        }
    }

    /** Wipes the sessions that are too old to receive. */
    synchronized void expire(long nowNanos) {
        current = unlessExpired(current, nowNanos);
        next = unlessExpired(next, nowNanos);
        previous = unlessExpired(previous, nowNanos);
        older = unlessExpired(older, nowNanos);
    }

    private @Nullable Keypair unlessExpired(@Nullable Keypair keypair, long nowNanos) {
        if (keypair != null && keypair.isExpired(nowNanos)) {
            discard(keypair);
            return null;
        }
        return keypair;
    }

    /** When the oldest session expires, or {@link Deadlines#NEVER} when there is none. */
    synchronized long nextExpiryNanos() {
        long earliest = Deadlines.earlier(expiryOf(current), expiryOf(next));
        return Deadlines.earlier(earliest, Deadlines.earlier(expiryOf(previous), expiryOf(older)));
    }

    private static long expiryOf(@Nullable Keypair keypair) {
        return keypair == null ? Deadlines.NEVER : keypair.createdNanos + Limits.REJECT_AFTER_TIME_NANOS;
    }

    synchronized boolean isEmpty() {
        return current == null && next == null && previous == null && older == null;
    }

    synchronized void discardAll() {
        discardConfirmed();
        discard(next);
        next = null;
    }

    /** Wipes all but the one that waits for its confirmation. */
    synchronized void discardConfirmed() {
        discard(current);
        discard(previous);
        discard(older);
        current = null;
        previous = null;
        older = null;
    }

    private void discard(@Nullable Keypair keypair) {
        if (keypair != null) {
            indices.release(keypair.localIndex);
            keypair.wipe();
        }
    }
}
