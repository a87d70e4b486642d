package io.meshd.discovery;

/** Where a seed was learned, in the order in which seeds are tried. */
public enum SeedSource {
    /** {@code --seed} of {@code up}. */
    COMMAND_LINE("--seed"),
    /** {@code bootstrap_peers} of the configuration. */
    BOOTSTRAP_PEERS("bootstrap_peers"),
    /** {@code seed=} of a trust entry. */
    TRUST("seed="),
    /** A TXT record. */
    TXT("txt"),
    /** Where a peer was last reached. */
    DISK("disk"),
    /** Heard on the local network. */
    LAN("lan");

    private final String text;

    SeedSource(String text) {
        this.text = text;
    }

    /** The source as {@code status} shows it. */
    public String text() {
        return text;
    }
}
