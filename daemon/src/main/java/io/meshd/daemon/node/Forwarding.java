package io.meshd.daemon.node;

import io.meshd.identity.IpAddress;
import io.meshd.tunnel.Routes;
import org.jspecify.annotations.Nullable;

/**
 * Who owns which address, as the reader threads see it: immutable, published by the node thread.
 *
 * @param owners    every granted prefix, whether its owner is there or not: for the check of sources
 * @param reachable the prefixes whose owner is there and claims them: for sending
 * @param address4  this node's own IPv4 address, the source of ICMP errors; null when it has none
 * @param address6  the same for IPv6
 */
record Forwarding(Routes<Neighbour> owners, Routes<Neighbour> reachable, @Nullable IpAddress address4,
        @Nullable IpAddress address6) {}
