package io.meshd.nat;

import java.net.InetSocketAddress;
import java.util.List;

/**
 * One address and port at which this node may be reached, and what speaks for it.
 *
 * @param endpoint   where
 * @param kind       LOCAL, PORT_MAPPED or REFLEXIVE
 * @param observers  who sees this node there, latest first
 * @param sinceNanos since when it is known
 * @param lastNanos  when it was last confirmed
 */
public record OwnEndpoint(InetSocketAddress endpoint, CandidateKind kind, List<Observer> observers, long sinceNanos,
        long lastNanos) {
    public OwnEndpoint {
        observers = List.copyOf(observers);
    }
}
