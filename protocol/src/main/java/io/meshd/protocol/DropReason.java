package io.meshd.protocol;

/** Why input was refused. Each constant is a counter; none is ever a log line per packet. */
public enum DropReason {
    /** An inner packet to an address that no reachable peer owns. */
    UNKNOWN_ROUTE,
    /** A handshake or frame from a key that is not trusted. */
    UNAUTHORIZED_PEER,
    /** An inner packet from an address that the sending peer does not own. */
    UNAUTHORIZED_SOURCE,
    /** Data for a receiver index that names no live session, or data to send without any session to come. */
    NO_SESSION,
    /** A counter or timestamp that was used before. */
    REPLAY,
    /** A second copy of a datagram that was sent over two paths. */
    DUPLICATE,
    /** Bytes that are no message, or whose tag is wrong. */
    MALFORMED,
    /** The first authentication field of a handshake message is wrong. */
    BAD_MAC,
    /** Handshakes beyond what one source may cause. */
    RATE_LIMITED,
    /** A bounded queue or table was full. */
    OVERFLOW,
    /** An inner packet that is larger than the path carries, refused so that its sender sends smaller ones. */
    TOO_BIG,
    /** A frame of a type that this version does not know. */
    UNKNOWN_FRAME
}
