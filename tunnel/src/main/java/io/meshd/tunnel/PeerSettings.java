package io.meshd.tunnel;

import io.meshd.identity.PresharedKey;
import io.meshd.identity.TunnelKey;
import io.meshd.protocol.Endpoint;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the operator or trust says about a peer.
 *
 * @param key                        who it is
 * @param presharedKey               the secret shared with it, or null; a change counts from the next handshake on
 * @param stock                      whether it is a plain WireGuard device: one endpoint, which follows the peer, and
 *                                   no exception from WireGuard's rules
 * @param persistentKeepaliveSeconds how often to send something for the NATs between, 0 for never
 * @param endpoints                  where to look for it at first, best first; a stock peer uses the first only
 */
public record PeerSettings(TunnelKey key, @Nullable PresharedKey presharedKey, boolean stock,
        int persistentKeepaliveSeconds, List<Endpoint> endpoints) {
    /** Greatest interval of persistent keepalives, as in {@code wg}. */
    public static final int PERSISTENT_KEEPALIVE_SECONDS_MAX = 65_535;

    public PeerSettings {
        if (persistentKeepaliveSeconds < 0 || persistentKeepaliveSeconds > PERSISTENT_KEEPALIVE_SECONDS_MAX) {
            throw new IllegalArgumentException("a persistent keepalive is 0 to " + PERSISTENT_KEEPALIVE_SECONDS_MAX
                    + " s, not " + persistentKeepaliveSeconds);
        }
        endpoints = List.copyOf(endpoints);
    }

    /** A meshd peer without anything special. */
    public static PeerSettings meshd(TunnelKey key) {
        return new PeerSettings(key, null, false, 0, List.of());
    }
}
