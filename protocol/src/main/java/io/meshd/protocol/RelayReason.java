package io.meshd.protocol;

/** Why a relay carries nothing, or nothing more, between two peers. Its code is what travels. */
public enum RelayReason {
    /** The channel is over: an end is gone, or nothing passed for long. */
    GONE(1),
    /** The peer that was asked does not serve as a relay. */
    NOT_SERVING(2),
    /** The relay does not trust the far end. */
    UNKNOWN_PEER(3),
    /** The relay has no session with the far end on a direct path, at the moment. */
    UNREACHABLE(4),
    /** The relay serves as many as it is willing to. */
    QUOTA(5),
    /** The far end takes nothing from this relay. */
    REFUSED(6),
    /** An end knows no channel of this number, and asks which peer is behind it. */
    WHICH(7);

    private static final RelayReason[] ALL = values();

    private final int code;

    RelayReason(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    /** The reason with this code; one of a later version means at least that nothing passes. */
    static RelayReason of(int code) {
        for (RelayReason reason : ALL) {
            if (reason.code == code) {
                return reason;
            }
        }
        return GONE;
    }
}
