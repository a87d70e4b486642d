package io.meshd.nat.relay;

/** How a relay stands to a peer that somebody asks for. */
public enum Reach {
    /** Not trusted here. */
    STRANGER,
    /** No session on a direct path, now. */
    AWAY,
    /** A session whose own path is direct: the one-hop rule holds. */
    DIRECT
}
