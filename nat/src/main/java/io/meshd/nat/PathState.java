package io.meshd.nat;

import java.util.Locale;

/** What is known of a path. */
public enum PathState {
    /** No probe was ever answered on it in this session. */
    UNPROVEN,
    /** Probes are answered, and few of them are lost. */
    ALIVE,
    /** Probes are answered, but 5 % of them or more are lost. */
    UNSOUND,
    /** Probes were answered once and no longer are. */
    DEAD;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** How operators read it: lower case. */
    public String label() {
        return label;
    }
}
