package io.meshd.protocol;

import java.net.InetSocketAddress;

/**
 * One place where the sender of a {@link Frame.Signal} may be.
 *
 * @param kind    how it knows
 * @param address resolved, with a port, no IPv4 in IPv6 clothes
 */
public record SignalCandidate(Kind kind, InetSocketAddress address) {
    /** How a node knows where it may be reached; in this order on the wire, from 0. */
    public enum Kind {
        /** An address of its own interfaces. */
        LOCAL,
        /** The router forwards it. */
        PORT_MAPPED,
        /** Others saw it there. */
        REFLEXIVE
    }
}
