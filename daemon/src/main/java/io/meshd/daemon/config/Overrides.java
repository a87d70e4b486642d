package io.meshd.daemon.config;

import java.util.List;

/**
 * What the command line says over the configuration.
 *
 * @param seeds from {@code --seed}, tried before all others
 * @param noTun {@code --no-tun}: discovery and relay only
 * @param open  {@code --open}: unlisted keys are let in
 */
public record Overrides(List<BootstrapPeer> seeds, boolean noTun, boolean open) {
    /** Nothing at all. */
    public static final Overrides NONE = new Overrides(List.of(), false, false);

    public Overrides {
        seeds = List.copyOf(seeds);
    }
}
