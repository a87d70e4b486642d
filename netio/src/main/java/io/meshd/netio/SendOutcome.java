package io.meshd.netio;

/** What became of a send. Only the kernel's view: a datagram that was sent can still be lost. */
public enum SendOutcome {
    /** All datagrams went out. */
    SENT,
    /** They went out, but not from the wanted source address or interface: this host no longer has it. */
    SENT_FROM_OTHER_SOURCE,
    /** A datagram is larger than the interface's MTU and must not be fragmented, or larger than UDP allows. */
    TOO_BIG,
    /** The send buffer stayed full, or the kernel had no memory; the rest was dropped. */
    NO_ROOM,
    /** No route, no address or no interface for this destination. */
    UNREACHABLE,
    /** A firewall or policy of this host forbids it. */
    FORBIDDEN,
    /** The port has no socket of this family. */
    NO_SOCKET,
    /** The port is closed. */
    CLOSED,
    /** Any other error. */
    FAILED;

    /** Whether the datagrams went out. */
    public boolean isSent() {
        return this == SENT || this == SENT_FROM_OTHER_SOURCE;
    }
}
