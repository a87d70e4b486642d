package io.meshd.daemon.node;

import io.meshd.identity.PublicKey;
import io.meshd.nat.Contacts;
import io.meshd.nat.Paths;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.NatMapping;
import io.meshd.protocol.SignalCandidate;
import java.net.InetSocketAddress;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/** What {@link io.meshd.nat.Signalling} asks of the node it belongs to. Node thread. */
final class Acquaintances implements Contacts {
    /** Who was silent for longer may be gone: membership pings each second, so somebody else has been heard. */
    private static final long SILENT_NANOS = 30_000_000_000L;

    private final Neighbours neighbours;
    private final OwnRecord own;
    private final Paths paths;
    private final LongSupplier clock;

    Acquaintances(Neighbours neighbours, OwnRecord own, Paths paths, LongSupplier clock) {
        this.neighbours = neighbours;
        this.own = own;
        this.paths = paths;
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
        Map<InetSocketAddress, SignalCandidate> places = new LinkedHashMap<>();
        own.endpoints().forEach(
                at -> places.put(at, new SignalCandidate(SignalCandidate.Kind.LOCAL, at)));
        paths.observedSelf().keySet().forEach(
                at -> places.putIfAbsent(at, new SignalCandidate(SignalCandidate.Kind.REFLEXIVE, at)));
        return List.copyOf(places.values());
    }

    @Override
    public NatMapping mapping() {
        return NatMapping.UNKNOWN;
    }

    @Override
    public int portStep() {
        return 0;
    }
}
