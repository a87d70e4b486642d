package io.meshd.nat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What follows about a NAT from where observers at different addresses and ports see the same socket: RFC 5780 section
 * 4.3, for any number of observers instead of the two addresses and two ports of one server.
 */
final class MappingComparison {
    private final Map<InetAddress, Set<InetSocketAddress>> seenFrom = new HashMap<>();
    private final Map<InetAddress, Set<Integer>> portsOf = new HashMap<>();
    private final Set<InetSocketAddress> seen = new HashSet<>();

    /** What can be said. */
    enum Finding {
        /** Too few observers. */
        NOTHING,
        /** All see the same. */
        INDEPENDENT,
        /** Not all see the same, and no two of them share an address, by which one could tell on what it depends. */
        DEPENDENT,
        /** What is seen depends on the address, not on the port of the observer. */
        BY_ADDRESS,
        /** What is seen depends on the port of the observer too. */
        BY_ADDRESS_AND_PORT
    }

    MappingComparison(Collection<Observation> observations) {
        for (Observation observation : observations) {
            InetSocketAddress at = observation.observer().at();
            seen.add(observation.self());
            seenFrom.computeIfAbsent(at.getAddress(), _ -> new HashSet<>()).add(observation.self());
            portsOf.computeIfAbsent(at.getAddress(), _ -> new HashSet<>()).add(at.getPort());
        }
    }

    Finding finding() {
        if (seen.size() == 1) {
            return seenFrom.size() > 1 ? Finding.INDEPENDENT : Finding.NOTHING;
        }
        if (seenFrom.values().stream().anyMatch(ofOne -> ofOne.size() > 1)) {
            return Finding.BY_ADDRESS_AND_PORT;
        }
        if (portsOf.values().stream().anyMatch(ports -> ports.size() > 1)) {
            return Finding.BY_ADDRESS;
        }
        return seen.isEmpty() ? Finding.NOTHING : Finding.DEPENDENT;
    }
}
