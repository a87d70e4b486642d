package io.meshd.nat;

import java.util.Locale;

/**
 * Who says that a peer may be reached at an endpoint.
 *
 * <p>In the order in which they are kept when room is short, and tried while nothing is known of them.
 */
public enum CandidateKind {
    /** The operator wrote it. */
    CONFIGURED,
    /** A seed's address, from any of the sources of seeds. */
    SEED,
    /** The local network's discovery found it. */
    LAN,
    /** An address of one of the peer's own interfaces, told by the peer. */
    LOCAL,
    /** The peer's router maps it, and another peer has confirmed that. */
    PORT_MAPPED,
    /** A third party saw the peer there: another peer, or a STUN server. */
    REFLEXIVE,
    /** An authenticated packet, new to the replay window, came from there. */
    OBSERVED,
    /** It worked in an earlier run of this daemon. */
    REMEMBERED,
    /** The peer's signed record names it. */
    RECORD,
    /** A third peer carries the packets. */
    RELAY;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** How operators read it: lower case. */
    public String label() {
        return label;
    }

    /** Whether this kind is a statement of others about an address, not something that this host saw or was told. */
    boolean isHearsay() {
        return switch (this) {
            case LOCAL, PORT_MAPPED, REFLEXIVE, RECORD -> true;
            case CONFIGURED, SEED, LAN, OBSERVED, REMEMBERED, RELAY -> false;
        };
    }
}
