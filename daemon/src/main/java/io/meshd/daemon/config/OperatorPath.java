package io.meshd.daemon.config;

import io.meshd.identity.IpAddress;
import io.meshd.identity.TrustedPeer;
import org.jspecify.annotations.Nullable;

/**
 * The way by which the operator is connected to this host, as {@code SSH_CONNECTION} tells it.
 *
 * @param from where the operator's packets come from
 * @param to   the address of this host that they come to; null when that is not known
 */
public record OperatorPath(IpAddress from, @Nullable IpAddress to) {
    /** The peer that the operator comes through; null when the connection is not through the mesh. */
    public @Nullable String peer(Side running) {
        TrustedPeer owner = running.ownerOf(from);
        return owner == null ? null : owner.name();
    }

    /**
     * What would cut the operator off, in a sentence; null when nothing would.
     *
     * @param isRelayed whether packets to that peer go through a relay now
     */
    public @Nullable String danger(Side running, Side next, boolean isRelayed) {
        TrustedPeer before = running.ownerOf(from);
        TrustedPeer after = next.ownerOf(from);
        if (before == null) {
            return after == null ? null : captured(after);
        }
        if (after == null) {
            return "you are connected through " + before.name() + " from " + from
                    + ", which nobody would own any more: your connection would be cut";
        }
        if (!before.tunnelKey().equals(after.tunnelKey())) {
            return "you are connected through " + before.name() + " from " + from + ", which would belong to "
                    + (before.name().equals(after.name()) ? "another key under that name" : after.name())
                    + ": your connection would be cut";
        }
        if (to != null && running.hasAddress(to) && !next.hasAddress(to)) {
            return "you are connected to " + to
                    + ", which would be taken from the interface: your connection would be cut";
        }
        if (isRelayed && running.config().policy().allowRelay() && !next.config().policy().allowRelay()) {
            return "you are connected through " + before.name()
                    + ", which is reached by a relay, and policy.allow_relay"
                    + " would be false: your connection would be cut";
        }
        return null;
    }

    private String captured(TrustedPeer by) {
        return "you are connected from " + from + ", which would belong to " + by.name()
                + ": answers to you would go into the mesh, and your connection would be cut";
    }
}
