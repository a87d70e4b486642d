package io.meshd.daemon.node;

import io.meshd.discovery.KnownPeer;
import java.util.List;

/**
 * Where in time, and in its earlier life, a node begins.
 *
 * @param nowNanos         the moment, on the node's clock
 * @param epochOffsetNanos what to add to that clock for nanoseconds since 1970; exact to a second is enough
 * @param epoch            number of this run: greater than that of every earlier one
 * @param timestampSeconds greatest handshake timestamp (TAI64N label) that an earlier run may have used; 0 for none
 * @param timestampNanos   second part of that label
 * @param knownPeers       what was remembered
 */
public record NodeOrigin(long nowNanos, long epochOffsetNanos, long epoch, long timestampSeconds, int timestampNanos,
        List<KnownPeer> knownPeers) {
    public NodeOrigin {
        knownPeers = List.copyOf(knownPeers);
    }
}
