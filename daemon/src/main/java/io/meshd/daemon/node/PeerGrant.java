package io.meshd.daemon.node;

import io.meshd.identity.Prefix;
import io.meshd.identity.PresharedKey;
import io.meshd.identity.PublicKey;
import io.meshd.identity.TunnelKey;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the local trust grants one peer: admission, a name, and exactly these prefixes.
 *
 * @param name             how this host calls the peer
 * @param key              its identity; null for a stock WireGuard device
 * @param tunnelKey        its key in the tunnel
 * @param prefixes         what it owns, whether or not it claims it; never overlapping another peer's
 * @param relayCapable     whether it may carry this node's ciphertext
 * @param presharedKey     mixed into handshakes; null for none
 * @param endpoint         where a stock device is; null when it calls, and for nodes
 * @param keepaliveSeconds persistent keepalive of a stock device, 0 for none
 */
public record PeerGrant(String name, @Nullable PublicKey key, TunnelKey tunnelKey, List<Prefix> prefixes,
        boolean relayCapable, @Nullable PresharedKey presharedKey, @Nullable InetSocketAddress endpoint,
        int keepaliveSeconds) {
    public PeerGrant {
        prefixes = List.copyOf(prefixes);
    }

    /** Whether the peer is the node with this key. */
    public boolean isNode(PublicKey other) {
        return key != null && key.equals(other);
    }

    /** Whether the peer is a stock WireGuard device: no frames, no membership, plain roaming. */
    public boolean isStock() {
        return key == null;
    }
}
