package io.meshd.protocol;

import org.jspecify.annotations.Nullable;

/** Why an inviter does not admit who came with an invitation. The place in the order is the code on the wire, from 1. */
public enum JoinRefusal {
    /** Its time is over. */
    EXPIRED,
    /** Another key came with it before. */
    USED,
    /** The inviter's operator took it back. */
    CANCELLED,
    /** It is for another network, or for another host than the one that brings it. */
    FOREIGN,
    /** Name, key or prefix contradict what the inviter trusts. */
    CONFLICT,
    /** The newcomer's key is unsound, or its signature is not of this exchange. */
    ALTERED,
    /** The inviter's operator ended the trust in this very key after the invitation was made. */
    REVOKED,
    /** The inviter could not write it down. */
    FAILED;

    private static final JoinRefusal[] ALL = values();

    int code() {
        return ordinal() + 1;
    }

    static @Nullable JoinRefusal of(int code) {
        return code >= 1 && code <= ALL.length ? ALL[code - 1] : null;
    }
}
