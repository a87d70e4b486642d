package io.meshd.tunnel;

import io.meshd.identity.TunnelKey;

/**
 * Decides about initiators that are no peers, for a node that anybody may join. See {@link Tunnel#strangers}. Node thread.
 */
public interface Strangers {
    /**
     * A stranger has proved that it holds this key. To go on, makes it a peer ({@link Tunnel#add}) before it returns; peers
     * that it has no room for any more it may remove.
     *
     * @return whether the stranger is a peer now; otherwise it gets silence
     */
    boolean admit(long nowNanos, TunnelKey key);
}
