package io.meshd.protocol;

import io.meshd.identity.PublicKey;
import io.meshd.identity.TunnelKey;
import org.jspecify.annotations.Nullable;

/** A fact that a state machine tells: what logs, counters, the control socket and the other machines act on. */
public sealed interface Event {
    /** Input was refused. */
    record Dropped(DropReason reason) implements Event {}

    /** A new key pair came into use with a peer, over this path. */
    record SessionEstablished(TunnelKey peer, Endpoint via, boolean initiator) implements Event {}

    /** The last key pair with a peer is gone: nothing can be sent or received until the next handshake. */
    record SessionExpired(TunnelKey peer) implements Event {}

    /** No answer to any initiation for 90 s. */
    record HandshakeGaveUp(TunnelKey peer) implements Event {}

    /** An authenticated packet, new to the replay window, came from this address. */
    record HeardFrom(TunnelKey peer, Endpoint from) implements Event {}

    /** Handshake timestamps up to this value may be used: it must be on disk before the next initiation leaves. */
    record TimestampReserved(long seconds, int nanos) implements Event {}

    /** Membership has a new opinion of a peer. */
    record MemberChanged(PublicKey peer, MemberState from, MemberState to) implements Event {}

    /**
     * Two runs of one identity contradict each other: the key is in use twice, or an earlier state came back.
     *
     * @param node  whose identity it is, perhaps the own
     * @param epoch the greater of the two epochs; to win, the own has to be greater still
     */
    record IdentityConflict(PublicKey node, long epoch) implements Event {}

    /** A newer signed record of a peer is known. */
    record RecordLearned(NodeRecord record) implements Event {}

    /**
     * A node claims what local trust does not grant it; nothing changed by that.
     *
     * @param node whose claim it is
     * @param kind what is wrong with it
     * @param what the network or the prefixes that it claims; empty when that matters to nobody
     */
    record ClaimRefused(PublicKey node, ClaimFault kind, String what) implements Event {}

    /** What can be wrong with a claim. */
    enum ClaimFault {
        /** Nobody here trusts the node, or it does not speak for itself. */
        NOT_TRUSTED,
        /** It belongs to another network. */
        WRONG_NETWORK,
        /** It owns other prefixes. */
        WRONG_PREFIX
    }

    /** A peer's chosen path changed. {@code to} is null when none is left. */
    record PathChosen(PublicKey peer, @Nullable Endpoint from,
            @Nullable Endpoint to, String reason) implements Event {}
}
