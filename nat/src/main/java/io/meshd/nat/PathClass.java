package io.meshd.nat;

import java.util.Locale;

/** The label that operators see for how a peer is reached, the best first. Only a label: nothing is decided by it. */
public enum PathClass {
    /** Straight, and no third peer helped to find the address. */
    DIRECT,
    /** Straight, to an address that only a punch coordinated through a third peer made known. */
    SIGNALING_THEN_DIRECT,
    /** A third peer carries the ciphertext. */
    RELAY,
    /** Not reached now. */
    NONE;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** How operators read it: lower case. */
    public String label() {
        return label;
    }
}
