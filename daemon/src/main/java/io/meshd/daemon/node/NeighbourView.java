package io.meshd.daemon.node;

import io.meshd.discovery.MemberSnapshot;
import io.meshd.nat.Decision;
import io.meshd.nat.PathClass;
import io.meshd.nat.PathView;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.MemberState;
import io.meshd.protocol.NodeRecord;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a node knows of one peer at one moment. Times are on the node's clock, in nanoseconds; null for never.
 *
 * @param state          membership's opinion; for a stock device, whether it has a session
 * @param member         what membership knows; null for a stock device
 * @param record         its newest record for this network
 * @param pathClass      label of the path in use
 * @param endpoint       where its packets go
 * @param candidates     all known ways to it; empty for a stock device
 * @param decisions      why its path is what it is, newest last
 * @param detourNanos    since when its packets go by relays only; null when they do not
 * @param mtuBytes       the largest inner packet that its paths in use carry; null for a stock device
 * @param rxBytes        bytes of authenticated datagrams received
 * @param txBytes        bytes of datagrams made for it
 * @param relayedBytes   bytes of messages that this node carried to others for it
 */
public record NeighbourView(PeerGrant grant, MemberState state, @Nullable MemberSnapshot member,
        @Nullable NodeRecord record, boolean hasSession, @Nullable Long lastHandshakeNanos,
        @Nullable Long lastHeardNanos, PathClass pathClass, @Nullable Endpoint endpoint, List<PathView> candidates,
        List<Decision> decisions, @Nullable Long detourNanos, @Nullable Integer mtuBytes, long rxBytes, long txBytes,
        long relayedBytes) {
    public NeighbourView {
        candidates = List.copyOf(candidates);
        decisions = List.copyOf(decisions);
    }
}
