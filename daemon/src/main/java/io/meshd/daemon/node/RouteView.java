package io.meshd.daemon.node;

import io.meshd.identity.Prefix;
import io.meshd.identity.TunnelKey;
import org.jspecify.annotations.Nullable;

/**
 * One granted prefix and whether packets for it flow.
 *
 * @param prefix the range
 * @param peer   the local name of its owner
 * @param owner  the owner's key in the tunnel
 * @param active whether the owner is there and claims the prefix
 * @param reason why not, for the operator; null when active
 */
public record RouteView(Prefix prefix, String peer, TunnelKey owner, boolean active, @Nullable String reason) {}
