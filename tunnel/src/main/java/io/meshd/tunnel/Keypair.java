package io.meshd.tunnel;

import io.meshd.protocol.Endpoint;
import org.jspecify.annotations.Nullable;

/** One session: both halves, and which part this node had in making it. A secret; any thread. */
final class Keypair {
    private static final long ASK_AGAIN_NANOS = Limits.REKEY_TIMEOUT_NANOS;

    final Peer peer;
    final int localIndex;
    final boolean initiator;
    final long createdNanos;
    final Sealer sealer;
    final Opener opener;

    /** Where the packet came from that confirmed this session to its responder. */
    volatile @Nullable Endpoint confirmedVia;

    private volatile boolean asked;
    private volatile long askedNanos;
    private volatile boolean askedOnReceive;

    Keypair(Peer peer, int localIndex, boolean initiator, long createdNanos, Sealer sealer, Opener opener) {
        this.peer = peer;
        this.localIndex = localIndex;
        this.initiator = initiator;
        this.createdNanos = createdNanos;
        this.sealer = sealer;
        this.opener = opener;
    }

    /** Whether a message just sent calls for a new session; says so once in 5 s. */
    boolean wantsRekeyAfterSend(long nowNanos) {
        boolean old = initiator && nowNanos - createdNanos >= Limits.REKEY_AFTER_TIME_NANOS;
        boolean worn = Long.compareUnsigned(sealer.messages(), Limits.REKEY_AFTER_MESSAGES) > 0;
        if ((!old && !worn) || (asked && nowNanos - askedNanos < ASK_AGAIN_NANOS)) {
            return false;
        }
        askedNanos = nowNanos;
        asked = true;
        return true;
    }

    /** Whether a message just received calls for a new session; says so once. */
    boolean wantsRekeyAfterReceive(long nowNanos) {
        if (!initiator || askedOnReceive || nowNanos - createdNanos < Limits.REKEY_ON_RECEIVE_NANOS) {
            return false;
        }
        askedOnReceive = true;
        return true;
    }

    boolean isExpired(long nowNanos) {
        return nowNanos - createdNanos >= Limits.REJECT_AFTER_TIME_NANOS;
    }

    void wipe() {
        sealer.wipe();
        opener.wipe();
    }
}
