package io.meshd.tunnel;

import java.util.concurrent.TimeUnit;

/** The constants of WireGuard (paper, section 6.1), under the paper's names. Ages count time in suspend. */
final class Limits {
    /** Age at which the initiator of a session that still sends replaces it. */
    static final long REKEY_AFTER_TIME_NANOS = TimeUnit.SECONDS.toNanos(120);
    /** Age from which a session neither sends nor receives. */
    static final long REJECT_AFTER_TIME_NANOS = TimeUnit.SECONDS.toNanos(180);
    /** How long to go on trying to make a session. */
    static final long REKEY_ATTEMPT_TIME_NANOS = TimeUnit.SECONDS.toNanos(90);
    /** Least time between two initiations of one's own to one peer. */
    static final long REKEY_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(5);
    /** How long a peer may wait for a sign that its data arrived. */
    static final long KEEPALIVE_TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(10);
    /** Counter from which the initiator replaces a session. */
    static final long REKEY_AFTER_MESSAGES = 1L << 60;
    /** Counter, unsigned, from which a session neither sends nor receives: 2^64 - 2^13 - 1. */
    static final long REJECT_AFTER_MESSAGES = -(1L << 13) - 1;

    /**
     * Age at which the initiator replaces a session that only receives: early enough that the new one is there before
     * the old one is refused.
     */
    static final long REKEY_ON_RECEIVE_NANOS = REJECT_AFTER_TIME_NANOS - KEEPALIVE_TIMEOUT_NANOS - REKEY_TIMEOUT_NANOS;
    /** How long data may go without any sign of the peer before a handshake asks. */
    static final long NEW_HANDSHAKE_NANOS = KEEPALIVE_TIMEOUT_NANOS + REKEY_TIMEOUT_NANOS;
    /** How long after the last new session all that is left of a peer's secrets goes. */
    static final long ZERO_KEYS_NANOS = 3 * REJECT_AFTER_TIME_NANOS;
    /** Most random delay on retries, so that two peers do not collide for ever. */
    static final int JITTER_MILLIS_MAX = 333;

    private Limits() {}
}
