package io.meshd.protocol;

/** Bits of {@link NodeRecord#capabilities()}. Unknown bits are kept and ignored. */
public final class Capability {
    /** Forwards ciphertext between two peers that trust it as a relay. */
    public static final long RELAY = 1;

    private Capability() {}
}
