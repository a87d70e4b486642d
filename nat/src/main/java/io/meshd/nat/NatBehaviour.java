package io.meshd.nat;

import io.meshd.protocol.MappingBehaviour;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.List;

/**
 * How the NAT in front of this node behaves in one address family. Belongs to {@link OwnEndpoints}.
 *
 * <p>Observations are only compared when all were made after the NAT last forgot a mapping, and within a time in which
 * it does not forget one that is in use: what different observers saw before and after would look like a mapping that
 * depends on them.
 */
final class NatBehaviour {
    /** NATs keep a mapping in use longer (RFC 4787 section 4.3: two minutes), and keepalives renew every observation. */
    static final long COMPARABLE_NANOS = 90_000_000_000L;

    private final PortSequence ports = new PortSequence();
    private MappingBehaviour mapping = MappingBehaviour.UNKNOWN;
    private FilteringBehaviour filtering = FilteringBehaviour.UNKNOWN;
    private long sinceNanos;
    private boolean isSince;

    /** This host is in another network: nothing holds. */
    void forget(long nowNanos) {
        mapping = MappingBehaviour.UNKNOWN;
        filtering = FilteringBehaviour.UNKNOWN;
        ports.clear();
        compareFrom(nowNanos);
    }

    /** What was seen before this moment is not to be compared with what is seen from now on. */
    private void compareFrom(long nowNanos) {
        sinceNanos = nowNanos;
        isSince = true;
    }

    boolean isComparable(Observation observation, long nowNanos) {
        return nowNanos - observation.lastNanos() <= COMPARABLE_NANOS && isOfThisMapping(observation);
    }

    private boolean isOfThisMapping(Observation observation) {
        return !isSince || observation.lastNanos() - sinceNanos >= 0;
    }

    /**
     * An observer sees another outside than before, so the NAT made a new mapping for it: what others saw of the old one is
     * no evidence against that. Of a whole NAT that forgot its mappings the first to tell is the news, not all others.
     */
    void changed(Observation before, long nowNanos) {
        if (isOfThisMapping(before)) {
            compareFrom(nowNanos);
        }
    }

    void filtering(FilteringBehaviour found) {
        filtering = found;
    }

    void port(long question, int port) {
        ports.seen(question, port);
    }

    /** Draws the conclusion from all that was observed in this family. Keeps the last one when there is none. */
    void conclude(long nowNanos, Collection<Observation> observations, Collection<InetSocketAddress> local) {
        List<Observation> current = observations.stream().filter(seen -> isComparable(seen, nowNanos)).toList();
        List<Observation> outside = current.stream().filter(seen -> !local.contains(seen.self())).toList();
        // Who is on this side of the outermost NAT sees what is no use to others, and does not see what that NAT does.
        List<Observation> outermost = outside.stream()
                .filter(seen -> outside.stream().noneMatch(other -> AddressScope.of(other.self())
                        .compareTo(AddressScope.of(seen.self())) > 0))
                .toList();
        if (outermost.isEmpty()) {
            mapping = current.isEmpty() ? mapping : MappingBehaviour.NONE;
            return;
        }
        mapping = switch (new MappingComparison(outermost).finding()) {
            // One observer alone proves that there is a NAT, no more.
            case NOTHING -> mapping == MappingBehaviour.NONE ? MappingBehaviour.UNKNOWN : mapping;
            case INDEPENDENT -> MappingBehaviour.ENDPOINT_INDEPENDENT;
            case BY_ADDRESS -> MappingBehaviour.ADDRESS_DEPENDENT;
            case BY_ADDRESS_AND_PORT -> MappingBehaviour.ADDRESS_AND_PORT_DEPENDENT;
            // The stronger is assumed, unless it was found out before.
            case DEPENDENT -> mapping == MappingBehaviour.ADDRESS_DEPENDENT
                    ? mapping
                    : MappingBehaviour.ADDRESS_AND_PORT_DEPENDENT;
        };
    }

    MappingBehaviour mapping() {
        return mapping;
    }

    FilteringBehaviour filtering() {
        return filtering;
    }

    NatView view() {
        return new NatView(mapping, filtering, ports.ports(), ports.step());
    }
}
