package io.meshd.nat;

import io.meshd.protocol.MappingBehaviour;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.NodeRecord;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;

/**
 * What this node knows of its own reachability: every address at which it may be reached, with evidence and age, and how
 * the NAT in front of it behaves.
 *
 * <p>Fed by the host's addresses, by peers' and STUN servers' observations and by port mappings; asked for the node
 * record, for signalling and for the operator. Pure: time comes in. Owned by one thread. Nobody's word moves traffic:
 * what is told to others is a candidate to them, which they probe.
 */
public final class OwnEndpoints {
    /** How long an observation stands unless it is renewed. Every session's keepalive renews it twice meanwhile or more. */
    static final long EVIDENCE_NANOS = 300_000_000_000L;
    /** How long what was seen of this host before its addresses changed stands. */
    static final long DOUBT_NANOS = 10_000_000_000L;
    /** A hundred peers say the same as these. */
    static final int OBSERVATIONS_MAX = 64;
    /** Peers that saw this node so lately keep the NAT's mapping alive and would say when it changes. */
    static final long PEERS_SUFFICE_NANOS = 150_000_000_000L;

    private static final int LOCAL_MAX = 32;
    private static final int PORT_MAPPED_MAX = 8;

    /** By where the observer is; renewed ones move to the end. */
    private final Map<InetSocketAddress, Observation> observations = new LinkedHashMap<>();
    private final Map<InetSocketAddress, PortMapping> portMapped = new LinkedHashMap<>();
    private final NatBehaviour nat4 = new NatBehaviour();
    private final NatBehaviour nat6 = new NatBehaviour();
    /** The host's own addresses, best first, and since when they are. */
    private SequencedMap<InetSocketAddress, Long> local = new LinkedHashMap<>();
    /** Addresses that this host had: who says until then that it is there speaks of the past. */
    private Set<InetSocketAddress> former = Set.of();
    private long formerUntilNanos;
    /** When the first that others may have been told of may expire; it may have been renewed since. */
    private long nextNanos = Deadlines.NEVER;

    private record PortMapping(long sinceNanos, long untilNanos) {}

    // What the node learns.

    /**
     * The host's own addresses are now these, with the port, best first. Says whether they are others than before; then,
     * in the families concerned, what is known of the NAT is forgotten and what was seen is in doubt.
     */
    public boolean local(long nowNanos, List<InetSocketAddress> endpoints) {
        SequencedMap<InetSocketAddress, Long> now = new LinkedHashMap<>();
        endpoints.stream().limit(LOCAL_MAX)
                .forEach(endpoint -> now.put(endpoint, local.getOrDefault(endpoint, nowNanos)));
        Set<InetSocketAddress> before = new HashSet<>(local.keySet());
        Set<InetSocketAddress> after = new HashSet<>(now.keySet());
        local = now;
        if (before.equals(after)) {
            return false;
        }
        for (boolean v6 : new boolean[]{false, true}) {
            if (!ofFamily(before, v6).equals(ofFamily(after, v6))) {
                nat(v6).forget(nowNanos);
                observations.values().stream().filter(seen -> isV6(seen.self()) == v6)
                        .forEach(seen -> seen.doubt(nowNanos));
            }
        }
        nextNanos = firstExpiryNanos();
        before.removeAll(after);
        former = before;
        formerUntilNanos = nowNanos + DOUBT_NANOS;
        return true;
    }

    private static Set<InetSocketAddress> ofFamily(Set<InetSocketAddress> endpoints, boolean v6) {
        Set<InetSocketAddress> some = new HashSet<>(endpoints);
        some.removeIf(endpoint -> isV6(endpoint) != v6);
        return some;
    }

    /**
     * Somebody says where this node's packets come from. What no packet can come from is ignored. Says whether this is
     * new, and not only once more the same.
     */
    public boolean observed(long nowNanos, Observer observer, InetSocketAddress self) {
        boolean isPast = former.contains(self) && formerUntilNanos - nowNanos > 0;
        if (AddressScope.of(self) == AddressScope.USELESS || isPast) {
            return false;
        }
        NatBehaviour nat = nat(isV6(self));
        Observation known = observations.remove(observer.at());
        boolean isNews = known == null || !known.self().equals(self) || !nat.isComparable(known, nowNanos);
        if (known != null && !known.self().equals(self)) {
            nat.changed(known, nowNanos);
        }
        if (observations.size() >= OBSERVATIONS_MAX) {
            observations.remove(observations.keySet().iterator().next());
        }
        Observation seen = known == null ? new Observation(observer, self, nowNanos) : known;
        seen.renew(observer, self, nowNanos);
        observations.put(observer.at(), seen);
        if (observer instanceof Observer.StunServer(InetSocketAddress _, long question) && !local.containsKey(self)) {
            nat.port(question, self.getPort());
        }
        if (!local.containsKey(self)) {
            nextNanos = Deadlines.earlier(nextNanos, seen.untilNanos());
        }
        if (isNews) {
            nat.conclude(nowNanos, ofFamily(isV6(self)), local.keySet());
        }
        return isNews;
    }

    private Collection<Observation> ofFamily(boolean v6) {
        return observations.values().stream().filter(seen -> isV6(seen.self()) == v6).toList();
    }

    /** A test showed what the NAT or firewall of a family lets in. */
    public void filtering(boolean v6, FilteringBehaviour found) {
        nat(v6).filtering(found);
    }

    /** The router forwards this outside address and port to this node, confirmed and until then. */
    public void portMapped(long nowNanos, InetSocketAddress outside, long untilNanos) {
        PortMapping known = portMapped.get(outside);
        boolean isFull = known == null && portMapped.size() >= PORT_MAPPED_MAX;
        if (AddressScope.of(outside) != AddressScope.USELESS && !isFull) {
            portMapped.put(outside, new PortMapping(known == null ? nowNanos : known.sinceNanos(), untilNanos));
            nextNanos = firstExpiryNanos();
        }
    }

    /** The router forwards it no more. */
    public void portUnmapped(InetSocketAddress outside) {
        portMapped.remove(outside);
        nextNanos = firstExpiryNanos();
    }

    /** Forgets what has expired. */
    public void handleTimeout(long nowNanos) {
        observations.values().removeIf(seen -> Deadlines.isDue(seen.untilNanos(), nowNanos));
        portMapped.values().removeIf(mapping -> Deadlines.isDue(mapping.untilNanos(), nowNanos));
        nextNanos = firstExpiryNanos();
    }

    /** When {@link #handleTimeout} is to be called, or {@link Deadlines#NEVER}. */
    public long nextDeadlineNanos() {
        return nextNanos;
    }

    private long firstExpiryNanos() {
        long next = Deadlines.NEVER;
        for (Observation seen : observations.values()) {
            next = local.containsKey(seen.self()) ? next : Deadlines.earlier(next, seen.untilNanos());
        }
        for (PortMapping mapping : portMapped.values()) {
            next = Deadlines.earlier(next, mapping.untilNanos());
        }
        return next;
    }

    // What the node asks.

    /** Whether the host has an address of a family. */
    public boolean has(boolean v6) {
        return local.keySet().stream().anyMatch(endpoint -> isV6(endpoint) == v6);
    }

    /** Whether this is an address of the host itself. */
    public boolean isLocal(InetSocketAddress endpoint) {
        return local.containsKey(endpoint);
    }

    /** Whether peers on the far side of the NAT, if there is one, tell often enough where this node is. */
    public boolean isSeenByPeers(long nowNanos, boolean v6) {
        boolean isNoNat = nat(v6).mapping() == MappingBehaviour.NONE;
        return observations.values().stream().anyMatch(seen -> seen.observer() instanceof Observer.Peer
                && isV6(seen.self()) == v6 && nowNanos - seen.lastNanos() <= PEERS_SUFFICE_NANOS
                && (isNoNat || !local.containsKey(seen.self())));
    }

    /** What is known of the NAT in a family. */
    public NatView nat(long nowNanos, boolean v6) {
        handleTimeout(nowNanos);
        return nat(v6).view();
    }

    /** The one answer to how this node is mapped: that of IPv4, where NATs are, when it is known. */
    public MappingBehaviour mapping() {
        return nat4.mapping() == MappingBehaviour.UNKNOWN ? nat6.mapping() : nat4.mapping();
    }

    /** Whether a router forwards a port to this node. */
    public boolean isPortMapped(long nowNanos) {
        handleTimeout(nowNanos);
        return !portMapped.isEmpty();
    }

    /** All endpoints, best first: for signalling, where the other side tries them all. */
    public List<OwnEndpoint> all(long nowNanos) {
        handleTimeout(nowNanos);
        Map<InetSocketAddress, List<Observation>> seenAt = new LinkedHashMap<>();
        for (Observation seen : observations.values()) {
            seenAt.computeIfAbsent(seen.self(), _ -> new ArrayList<>()).addFirst(seen);
        }
        List<OwnEndpoint> all = new ArrayList<>();
        local.forEach((endpoint, sinceNanos) -> all.add(own(endpoint, CandidateKind.LOCAL,
                seenAt.getOrDefault(endpoint, List.of()), sinceNanos, nowNanos)));
        portMapped.forEach((endpoint, mapping) -> {
            if (!local.containsKey(endpoint)) {
                all.add(own(endpoint, CandidateKind.PORT_MAPPED, seenAt.getOrDefault(endpoint, List.of()),
                        mapping.sinceNanos(), nowNanos));
            }
        });
        seenAt.forEach((endpoint, seen) -> {
            if (!local.containsKey(endpoint) && !portMapped.containsKey(endpoint)) {
                all.add(own(endpoint, CandidateKind.REFLEXIVE, seen,
                        seen.stream().map(Observation::firstNanos).reduce((a, b) -> a - b <= 0 ? a : b)
                                .orElse(nowNanos),
                        seen.getFirst().lastNanos()));
            }
        });
        // Stable: the host's own order of its addresses stays; of what is seen the newest stands first.
        all.sort(Comparator.comparing(OwnEndpoints::rank)
                .thenComparingLong(own -> own.kind() == CandidateKind.REFLEXIVE ? nowNanos - own.sinceNanos() : 0));
        return all;
    }

    private static OwnEndpoint own(InetSocketAddress endpoint, CandidateKind kind, List<Observation> seen,
            long sinceNanos, long lastNanos) {
        return new OwnEndpoint(endpoint, kind, seen.stream().map(Observation::observer).toList(), sinceNanos,
                lastNanos);
    }

    /** What others can make of an endpoint, the best first. */
    private enum Rank {
        /** Works for everybody. */
        GLOBAL_LOCAL(3),
        /** Works for everybody as long as the router keeps its word. */
        PORT_MAPPED(2),
        /** Works for those whom the NAT lets in. */
        GLOBAL_REFLEXIVE(2),
        /** Works for the neighbours. */
        PRIVATE_LOCAL(1),
        /** Works for other customers behind a provider's NAT. */
        PRIVATE_REFLEXIVE(0);

        /** Places in the record that are kept for it, so that no host with many addresses hides how to reach it. */
        private final int kept;

        Rank(int kept) {
            this.kept = kept;
        }
    }

    private static Rank rank(OwnEndpoint own) {
        boolean isGlobal = AddressScope.of(own.endpoint()) == AddressScope.GLOBAL;
        return switch (own.kind()) {
            case PORT_MAPPED -> Rank.PORT_MAPPED;
            case REFLEXIVE -> isGlobal ? Rank.GLOBAL_REFLEXIVE : Rank.PRIVATE_REFLEXIVE;
            default -> isGlobal ? Rank.GLOBAL_LOCAL : Rank.PRIVATE_LOCAL;
        };
    }

    /**
     * What the node record names: at most eight, best first. Not what a NAT gave, unless it is known to let everybody in:
     * such an address is of use only to who is awaited there, and so is told in a signal.
     */
    public List<InetSocketAddress> forRecord(long nowNanos) {
        List<OwnEndpoint> useful = all(nowNanos).stream()
                .filter(own -> AddressScope.of(own.endpoint()) != AddressScope.USELESS)
                .filter(own -> own.kind() != CandidateKind.REFLEXIVE || isOpen(nat(isV6(own.endpoint()))))
                .toList();
        Set<OwnEndpoint> chosen = new LinkedHashSet<>();
        for (Rank rank : Rank.values()) {
            useful.stream().filter(own -> rank(own) == rank).limit(rank.kept).forEach(chosen::add);
        }
        useful.stream().filter(own -> !chosen.contains(own)).limit(NodeRecord.ENDPOINTS_MAX - chosen.size())
                .forEach(chosen::add);
        return useful.stream().filter(chosen::contains).map(OwnEndpoint::endpoint).toList();
    }

    private static boolean isOpen(NatBehaviour nat) {
        return nat.mapping() == MappingBehaviour.ENDPOINT_INDEPENDENT
                && nat.filtering() == FilteringBehaviour.ENDPOINT_INDEPENDENT;
    }

    /** Whether everybody may reach this node in a family, as far as is known: by no NAT, or one that lets all in. */
    public boolean isOpen(boolean v6) {
        NatBehaviour nat = nat(v6);
        boolean isFiltered = nat.filtering() == FilteringBehaviour.ADDRESS_DEPENDENT
                || nat.filtering() == FilteringBehaviour.ADDRESS_AND_PORT_DEPENDENT;
        return (nat.mapping() == MappingBehaviour.NONE && !isFiltered) || isOpen(nat);
    }

    /**
     * Where others see this node, best first: in each family only what those see who are farthest out, so not what a
     * neighbour behind the same NAT sees.
     */
    public List<OwnEndpoint> publicEndpoints(long nowNanos) {
        List<OwnEndpoint> seen = all(nowNanos).stream()
                .filter(own -> own.kind() == CandidateKind.PORT_MAPPED || !own.observers().isEmpty()).toList();
        return seen.stream().filter(own -> seen.stream().noneMatch(other -> isFartherOut(other, own))).toList();
    }

    private static boolean isFartherOut(OwnEndpoint other, OwnEndpoint than) {
        return isV6(other.endpoint()) == isV6(than.endpoint())
                && AddressScope.of(other.endpoint()).compareTo(AddressScope.of(than.endpoint())) > 0;
    }

    private NatBehaviour nat(boolean v6) {
        return v6 ? nat6 : nat4;
    }

    private static boolean isV6(InetSocketAddress endpoint) {
        return endpoint.getAddress() instanceof Inet6Address;
    }
}
