package io.meshd.daemon.sim;

import io.meshd.daemon.sim.NatBehaviour.Dependence;
import io.meshd.daemon.sim.NatBehaviour.Ports;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/**
 * Sees the whole network, and says what is possible in it between two hosts.
 *
 * <p>Knows the boxes' behaviour, not their tables: it speaks of a network at rest, in which nothing is cut, no path is too
 * narrow and no table is full.
 */
final class Oracle {
    private Oracle() {}

    /** What a direct path between two hosts takes. */
    static Effort direct(SimulatedHost a, SimulatedHost b) {
        Effort v6 = directV6(a, b);
        Effort v4 = directV4(a, b);
        return v6.within(v4) ? v6 : v4;
    }

    /**
     * Whether packets get from one to the other by any means, when no direct path takes more than {@code most}: on one,
     * or through one of the relays to which both have one.
     */
    static boolean connects(SimulatedHost a, SimulatedHost b, Effort most, List<SimulatedHost> relays) {
        return direct(a, b).within(most) || relays.stream().anyMatch(relay -> relay != a && relay != b
                && direct(a, relay).within(most) && direct(relay, b).within(most));
    }

    /** Whether chains of direct paths lead from the first host to this one. */
    static boolean isReached(SimulatedHost host, List<SimulatedHost> hosts, Effort most) {
        List<SimulatedHost> reached = new ArrayList<>(List.of(hosts.getFirst()));
        for (int i = 0; i < reached.size(); i++) {
            SimulatedHost here = reached.get(i);
            hosts.stream().filter(next -> !reached.contains(next) && direct(here, next).within(most))
                    .forEach(reached::add);
        }
        return reached.contains(host);
    }

    // IPv6: nothing is translated, firewalls let in what was asked for.

    private static Effort directV6(SimulatedHost a, SimulatedHost b) {
        if (!a.has(true) || !b.has(true)) {
            return Effort.IMPOSSIBLE;
        }
        List<NatBox> boxesOfA = boxes(a);
        List<NatBox> boxesOfB = boxes(b);
        List<NatBox> shared = new ArrayList<>(boxesOfA);
        shared.retainAll(boxesOfB);
        boxesOfA.removeAll(shared);
        boxesOfB.removeAll(shared);
        boolean closed = lackV6(boxesOfA) || lackV6(boxesOfB);
        if (closed || areRefused(boxesOfA, address(b, true)) || areRefused(boxesOfB, address(a, true))) {
            return Effort.IMPOSSIBLE;
        }
        return isOpen(boxesOfA) || isOpen(boxesOfB) ? Effort.PLAIN : Effort.PUNCH;
    }

    private static boolean isOpen(List<NatBox> boxes) {
        return boxes.stream().allMatch(box -> box.behaviour().v6() == NatBehaviour.V6.OPEN);
    }

    private static boolean lackV6(List<NatBox> boxes) {
        return boxes.stream().anyMatch(box -> box.behaviour().v6() == NatBehaviour.V6.NONE);
    }

    private static boolean areRefused(List<NatBox> boxes, InetAddress other) {
        return boxes.stream().anyMatch(box -> box.refuses(other));
    }

    // IPv4.

    private static Effort directV4(SimulatedHost a, SimulatedHost b) {
        if (!a.has(false) || !b.has(false)) {
            return Effort.IMPOSSIBLE;
        }
        if (reaches(a, b) || reaches(b, a)) {
            return Effort.PLAIN;
        }
        List<NatBox> boxesOfA = boxes(a);
        List<NatBox> boxesOfB = boxes(b);
        if (areRefused(boxesOfA, outerAddress(b)) || areRefused(boxesOfB, outerAddress(a))) {
            return Effort.IMPOSSIBLE;
        }
        boolean sameOutside = !boxesOfA.isEmpty() && !boxesOfB.isEmpty()
                && boxesOfA.getLast() == boxesOfB.getLast();
        if (sameOutside && !boxesOfA.getLast().behaviour().hairpin()) {
            // Third parties see both at the outermost box only, and that lets nothing of its own back in.
            return Effort.IMPOSSIBLE;
        }
        return acrossNats(new View(boxesOfA), new View(boxesOfB));
    }

    /** Whether what one sends to the other's own address gets there: the other is in a network that it passes. */
    private static boolean reaches(SimulatedHost from, SimulatedHost to) {
        InetAddress there = address(to, false);
        Segment at = from.segment();
        while (at != to.segment()) {
            NatBox gateway = at.gateway;
            if (gateway == null || gateway.refuses(there)) {
                return false;
            }
            at = gateway.outside();
        }
        return true;
    }

    /** The first that both directions need is that a datagram gets in somewhere; its source is known from then on. */
    private static Effort acrossNats(View a, View b) {
        if (letsIn(a, b) || letsIn(b, a)) {
            return Effort.PUNCH;
        }
        // Searching needs one end that stands still; where both depend on the other, each try at one moves the other, so
        // both have to be guessed.
        boolean isStill = a.mapping == Dependence.ENDPOINT_INDEPENDENT || b.mapping == Dependence.ENDPOINT_INDEPENDENT;
        boolean isGuessed = a.ports != Ports.RANDOM && b.ports != Ports.RANDOM;
        return isStill || isGuessed ? Effort.SEARCH : Effort.IMPOSSIBLE;
    }

    /** Whether a datagram of one for the endpoint at which third parties see the other gets in. */
    private static boolean letsIn(View to, View from) {
        if (to.mapping != Dependence.ENDPOINT_INDEPENDENT) {
            return false;
        }
        // To have sent to the other's address is enough for all filters but the last, which asks for its port.
        return to.filtering != Dependence.ADDRESS_AND_PORT_DEPENDENT
                || from.mapping == Dependence.ENDPOINT_INDEPENDENT;
    }

    /** What several boxes, one behind another, look like from the internet. */
    private static final class View {
        private Dependence mapping = Dependence.ENDPOINT_INDEPENDENT;
        private Dependence filtering = Dependence.ENDPOINT_INDEPENDENT;
        /** How ports that depend on the other end are chosen; as good as preserved where none do. */
        private Ports ports = Ports.PRESERVED;

        View(List<NatBox> boxes) {
            for (NatBox box : boxes) {
                NatBehaviour behaviour = box.behaviour();
                mapping = later(mapping, behaviour.mapping());
                filtering = later(filtering, behaviour.filtering());
                if (behaviour.mapping() != Dependence.ENDPOINT_INDEPENDENT) {
                    ports = later(ports, behaviour.ports());
                }
            }
        }

        private static <E extends Enum<E>> E later(E one, E other) {
            return one.compareTo(other) < 0 ? other : one;
        }
    }

    // Where hosts are.

    /** The boxes between a host and the internet, its own first. */
    private static List<NatBox> boxes(SimulatedHost host) {
        List<NatBox> boxes = new ArrayList<>();
        for (NatBox box = host.segment().gateway; box != null; box = box.outside().gateway) {
            boxes.add(box);
        }
        return boxes;
    }

    /** Where hosts of the internet see a host. */
    static InetAddress outerAddress(SimulatedHost host) {
        List<NatBox> boxes = boxes(host);
        return boxes.isEmpty() ? address(host, false) : boxes.getLast().address();
    }

    private static InetAddress address(SimulatedHost host, boolean v6) {
        return host.addresses().stream().map(InetSocketAddress::getAddress)
                .filter(address -> address instanceof Inet6Address == v6).findFirst().orElseThrow();
    }
}
