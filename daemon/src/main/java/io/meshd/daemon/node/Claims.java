package io.meshd.daemon.node;

import io.meshd.discovery.Membership;
import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import io.meshd.protocol.Event;
import io.meshd.protocol.MemberState;
import io.meshd.protocol.NodeRecord;
import io.meshd.protocol.Outbox;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What neighbours claim of themselves, whoever brings it: judged against trust, and turned into routes. Node thread.
 *
 * <p>What the owner itself says in its own session counts more than what others carry: only it may state an earlier run
 * than the one that is known.
 */
final class Claims {
    private final OwnRecord own;
    private final Neighbours neighbours;
    private final Membership membership;
    private final Sessions sessions;
    private final RouteTable routes;
    private final Counters counters;

    Claims(OwnRecord own, Neighbours neighbours, Membership membership, Sessions sessions, RouteTable routes,
            Counters counters) {
        this.own = own;
        this.neighbours = neighbours;
        this.membership = membership;
        this.sessions = sessions;
        this.routes = routes;
        this.counters = counters;
    }

    /** The record that a neighbour sent of itself. */
    void hello(long nowNanos, Neighbour from, NodeRecord record, Outbox outbox) {
        boolean known = record.equals(from.record());
        if (neighbours.of(record.node()) != from || (!known && !record.verify())) {
            counters.claimsNotTrusted.increment();
            outbox.emit(new Event.ClaimRefused(record.node(), Event.ClaimFault.NOT_TRUSTED, ""));
            return;
        }
        if (!record.networkId().equals(own.settings().networkId())) {
            wrongNetwork(record, outbox);
        }
        from.framesOnly = !own.isCompatible(record);
        if (from.framesOnly) {
            from.record(null);
        } else {
            from.greeted(nowNanos, record);
            NodeRecord before = from.record();
            if (before == null || before.epoch() != record.epoch() || record.isNewerThan(before)) {
                accept(nowNanos, from, record, outbox);
            }
            membership.record(nowNanos, record, outbox);
        }
        routes.publish(own.settings());
    }

    /** A record that membership verified, from whomever. */
    void learned(long nowNanos, NodeRecord record, Outbox outbox) {
        Neighbour neighbour = neighbours.of(record.node());
        if (neighbour == null) {
            counters.claimsNotTrusted.increment();
            outbox.emit(new Event.ClaimRefused(record.node(), Event.ClaimFault.NOT_TRUSTED, ""));
        } else if (!own.isCompatible(record)) {
            wrongNetwork(record, outbox);
        } else {
            NodeRecord known = neighbour.record();
            if (known == null || record.isNewerThan(known)) {
                accept(nowNanos, neighbour, record, outbox);
                if (neighbour.hasForgotten(record)) {
                    sessions.startOver(nowNanos, neighbour, outbox);
                }
                routes.publish(own.settings());
            }
        }
    }

    private void wrongNetwork(NodeRecord record, Outbox outbox) {
        counters.claimsWrongNetwork.increment();
        outbox.emit(new Event.ClaimRefused(record.node(), Event.ClaimFault.WRONG_NETWORK, record.networkId()));
    }

    private void accept(long nowNanos, Neighbour neighbour, NodeRecord record, Outbox outbox) {
        List<Prefix> unfounded = RoutePlan.unfounded(neighbour.grant(), record);
        if (!unfounded.isEmpty()) {
            counters.claimsWrongPrefix.add(unfounded.size());
            outbox.emit(new Event.ClaimRefused(record.node(), Event.ClaimFault.WRONG_PREFIX,
                    unfounded.stream().map(Prefix::toString).collect(Collectors.joining(", "))));
        }
        neighbour.record(record);
        sessions.learnEndpoints(nowNanos, neighbour, record, outbox);
    }

    /** What was remembered of a neighbour: where it may be, and what it claims if it is still there in the same run. */
    void recall(long nowNanos, Neighbour neighbour, @Nullable NodeRecord record, Outbox outbox) {
        if (record != null && own.isCompatible(record)) {
            neighbour.record(record);
            sessions.learnEndpoints(nowNanos, neighbour, record, outbox);
        }
    }

    /** Membership has a new opinion. */
    void memberChanged(PublicKey peer, MemberState to) {
        Neighbour neighbour = neighbours.of(peer);
        if (neighbour != null) {
            neighbour.memberState(to);
            routes.publish(own.settings());
        }
    }
}
