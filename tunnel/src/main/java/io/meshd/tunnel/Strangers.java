package io.meshd.tunnel;

import io.meshd.identity.TunnelKey;

/**
 * Decides about initiators that are no peers, for a node that others may join. See {@link Tunnel#strangers}. Node thread.
 */
public interface Strangers {
    /**
     * Whether this key is worth the curve operation by which its holder is known. Nothing is proved yet: anybody can name
     * any key.
     */
    default boolean mayEnter(TunnelKey key) {
        return true;
    }

    /**
     * A stranger has proved that it holds this key. To go on, makes it a peer ({@link Tunnel#add}) before it returns; peers
     * that it has no room for any more it may remove.
     *
     * @return whether the stranger is a peer now; otherwise it gets silence
     */
    boolean admit(long nowNanos, TunnelKey key);
}
