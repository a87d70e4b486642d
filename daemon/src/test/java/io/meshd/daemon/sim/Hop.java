package io.meshd.daemon.sim;

import org.jspecify.annotations.Nullable;

/**
 * A box between a host and the network, such as a NAT: may change a datagram or swallow it.
 *
 * <p>Hops of a host are passed from the first to the last on the way out, and back on the way in. A hop that answers
 * for an address of its own attaches it with {@link SimulatedNetwork#attach}.
 */
interface Hop {
    /** A datagram of the host on its way out; null when it ends here. */
    @Nullable
    Datagram leaving(long nowNanos, Datagram datagram);

    /** A datagram for the host on its way in; null when it ends here. */
    @Nullable
    Datagram arriving(long nowNanos, Datagram datagram);
}
