package io.meshd.protocol;

/** Bits of {@link NodeRecord#capabilities()}. Unknown bits are kept and ignored. */
public final class Capability {
    /** Forwards ciphertext between two peers that trust it as a relay. */
    public static final long RELAY = 1;
    /** Sends and takes nothing through relays. */
    public static final long NO_RELAYED = 1 << 1;
    /** Tells nobody in signals where it is, and follows nobody's. */
    public static final long NO_SIGNALS = 1 << 2;

    private Capability() {}
}
