package io.meshd.daemon.control;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the peers own, and whether the host knows.
 *
 * @param routes by prefix
 */
public record RoutesReport(List<Route> routes) {
    public RoutesReport {
        routes = List.copyOf(routes);
    }

    /**
     * A prefix that a peer owns.
     *
     * @param prefix    such as "10.42.1.0/24"
     * @param peer      the owner's name
     * @param peerId    the owner's key; null for a stock WireGuard device
     * @param pathClass how its packets travel
     * @param installed whether the host's table has it
     * @param reason    why not, when it is not; else null
     */
    public record Route(String prefix, String peer, @Nullable String peerId, PathClass pathClass, boolean installed,
            @Nullable String reason) {}
}
