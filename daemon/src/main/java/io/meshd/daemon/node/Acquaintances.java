package io.meshd.daemon.node;

import io.meshd.identity.PublicKey;
import io.meshd.nat.CandidateKind;
import io.meshd.nat.Contacts;
import io.meshd.nat.OwnEndpoint;
import io.meshd.nat.OwnEndpoints;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.MappingBehaviour;
import io.meshd.protocol.SignalCandidate;
import java.net.InetAddress;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;

/** What {@link io.meshd.nat.Signalling} asks of the node it belongs to. Node thread. */
final class Acquaintances implements Contacts {
    /** Who was silent for longer may be gone: membership pings each second, so somebody else has been heard. */
    private static final long SILENT_NANOS = 30_000_000_000L;

    private static final int OBSERVERS_BELIEVED = 2;

    private final Neighbours neighbours;
    private final OwnEndpoints endpoints;
    private final LongSupplier clock;

    Acquaintances(Neighbours neighbours, OwnEndpoints endpoints, LongSupplier clock) {
        this.neighbours = neighbours;
        this.endpoints = endpoints;
        this.clock = clock;
    }

    @Override
    public boolean isWanted(PublicKey peer) {
        Neighbour neighbour = neighbours.of(peer);
        return neighbour != null && neighbour.isOutOfReach(clock.getAsLong());
    }

    @Override
    public boolean hasSession(PublicKey peer) {
        Neighbour neighbour = neighbours.of(peer);
        return neighbour != null && neighbour.tunnel.hasSession(clock.getAsLong());
    }

    @Override
    public List<PublicKey> messengers(PublicKey to) {
        long now = clock.getAsLong();
        Comparator<Neighbour> latestFirst = Comparator.comparingLong(one -> now - one.tunnel.lastHeardNanos());
        return neighbours.all().stream()
                .filter(one -> one.paths != null && !one.paths.peer().equals(to) && one.tunnel.hasSession(now)
                        && one.chosen() instanceof Endpoint.Direct && !one.isSilentFor(SILENT_NANOS, now))
                .sorted(latestFirst).map(one -> one.paths.peer()).toList();
    }

    @Override
    public List<SignalCandidate> whereabouts() {
        return endpoints.all(clock.getAsLong()).stream().map(Acquaintances::candidate).toList();
    }

    private static SignalCandidate candidate(OwnEndpoint own) {
        return new SignalCandidate(switch (own.kind()) {
            case PORT_MAPPED -> SignalCandidate.Kind.PORT_MAPPED;
            case REFLEXIVE -> SignalCandidate.Kind.REFLEXIVE;
            default -> SignalCandidate.Kind.LOCAL;
        }, own.endpoint());
    }

    @Override
    public MappingBehaviour mapping() {
        return endpoints.mapping();
    }

    @Override
    public Set<InetAddress> network() {
        long now = clock.getAsLong();
        Set<InetAddress> network = new HashSet<>();
        for (OwnEndpoint own : endpoints.all(now)) {
            // One observer alone could make this node believe that it is elsewhere as often as it likes.
            if (own.kind() == CandidateKind.LOCAL || own.observers().size() >= OBSERVERS_BELIEVED) {
                network.add(own.endpoint().getAddress());
            }
        }
        return network;
    }

    @Override
    public int portStep() {
        return endpoints.nat(clock.getAsLong(), false).portStep();
    }
}
