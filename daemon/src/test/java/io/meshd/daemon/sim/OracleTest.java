package io.meshd.daemon.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.sim.NatBehaviour.Dependence;
import io.meshd.daemon.sim.NatBehaviour.Ports;
import io.meshd.daemon.sim.NatBehaviour.V6;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OracleTest {
    private static final int SEEDS = 150;
    private static final int OWN = 51_821;

    private final SimulatedNetwork network = new SimulatedNetwork(1);
    private int names;

    private static NatBehaviour kind(String name) {
        return switch (name) {
            case "full" -> NatBehaviour.FULL_CONE;
            case "address" -> NatBehaviour.ADDRESS_RESTRICTED;
            case "port" -> NatBehaviour.PORT_RESTRICTED;
            case "sequential" -> NatBehaviour.SYMMETRIC_SEQUENTIAL;
            case "random" -> NatBehaviour.SYMMETRIC_RANDOM;
            // Open to all that find the port, which differs for each.
            case "wandering" -> NatBehaviour.FULL_CONE.with(Dependence.ADDRESS_AND_PORT_DEPENDENT, Ports.RANDOM);
            default -> throw new IllegalArgumentException(name);
        };
    }

    private SimulatedHost at(Segment segment) {
        return network.host("host" + ++names, segment);
    }

    private SimulatedHost behind(NatBehaviour behaviour) {
        return at(network.nat("box" + ++names, behaviour).inside());
    }

    @ParameterizedTest
    @CsvSource({"full,full,PUNCH", "full,address,PUNCH", "full,port,PUNCH", "full,sequential,PUNCH",
            "full,random,PUNCH", "address,address,PUNCH", "address,port,PUNCH", "address,sequential,PUNCH",
            "address,random,PUNCH", "port,port,PUNCH", "port,sequential,SEARCH", "port,random,SEARCH",
            "sequential,sequential,SEARCH", "sequential,random,IMPOSSIBLE", "random,random,IMPOSSIBLE",
            "wandering,full,PUNCH", "wandering,port,SEARCH", "wandering,wandering,IMPOSSIBLE"})
    void everyPairOfKindsHasItsEffort(String one, String other, Effort expected) {
        SimulatedHost a = behind(kind(one));
        SimulatedHost b = behind(kind(other));

        assertThat(Oracle.direct(a, b)).isEqualTo(expected);
        assertThat(Oracle.direct(b, a)).isEqualTo(expected);
        assertThat(Oracle.direct(a, at(network.internet()))).isEqualTo(Effort.PLAIN);
    }

    @Test
    void neighboursNeedNobody() {
        NatBox box = network.nat("box", NatBehaviour.SYMMETRIC_RANDOM);
        box.refuseUdp(true);

        assertThat(Oracle.direct(at(box.inside()), at(box.inside()))).isEqualTo(Effort.PLAIN);
    }

    @Test
    void homesOfOneCarrierNeedItsHairpin() {
        for (boolean hairpin : new boolean[]{true, false}) {
            NatBehaviour cone = NatBehaviour.PORT_RESTRICTED;
            NatBox carrier = network.carrierNat("carrier", hairpin ? cone.withHairpin() : cone);
            SimulatedHost a = at(network.nat("a", cone, carrier.inside()).inside());
            SimulatedHost b = at(network.nat("b", cone, carrier.inside()).inside());
            SimulatedHost phone = at(carrier.inside());

            assertThat(Oracle.direct(a, b)).isEqualTo(hairpin ? Effort.PUNCH : Effort.IMPOSSIBLE);
            assertThat(Oracle.direct(a, phone)).isEqualTo(Effort.PLAIN);
            assertThat(Oracle.direct(a, behind(NatBehaviour.PORT_RESTRICTED))).isEqualTo(Effort.PUNCH);
        }
    }

    @Test
    void worstBoxOnTheWayCounts() {
        NatBox carrier = network.carrierNat("carrier", NatBehaviour.SYMMETRIC_RANDOM);
        SimulatedHost a = at(network.nat("a", NatBehaviour.FULL_CONE, carrier.inside()).inside());

        assertThat(Oracle.direct(a, behind(NatBehaviour.PORT_RESTRICTED))).isEqualTo(Effort.SEARCH);
        assertThat(Oracle.direct(a, behind(NatBehaviour.ADDRESS_RESTRICTED))).isEqualTo(Effort.PUNCH);
    }

    @Test
    void v6NeedsAPunchOnlyBetweenTwoFirewalls() {
        NatBehaviour hard = NatBehaviour.SYMMETRIC_RANDOM;
        SimulatedHost open = network.dualHost("a", network.nat("a", hard.withV6(V6.OPEN)).inside());
        SimulatedHost one = network.dualHost("b", network.nat("b", hard.withV6(V6.FIREWALL)).inside());
        SimulatedHost two = network.dualHost("c", network.nat("c", hard.withV6(V6.FIREWALL)).inside());

        assertThat(Oracle.direct(open, one)).isEqualTo(Effort.PLAIN);
        assertThat(Oracle.direct(one, two)).isEqualTo(Effort.PUNCH);
        assertThat(Oracle.direct(one, behind(hard))).isEqualTo(Effort.IMPOSSIBLE);
    }

    @Test
    void refusedUdpLeavesRelaysOrNothing() {
        NatBox boxOfA = network.nat("a", NatBehaviour.FULL_CONE);
        NatBox boxOfB = network.nat("b", NatBehaviour.FULL_CONE);
        SimulatedHost a = at(boxOfA.inside());
        SimulatedHost b = at(boxOfB.inside());
        SimulatedHost relay = at(network.internet());
        List<SimulatedHost> relays = List.of(relay);

        boxOfA.refuse(boxOfB.address());
        assertThat(Oracle.direct(a, b)).isEqualTo(Effort.IMPOSSIBLE);
        assertThat(Oracle.connects(a, b, Effort.PUNCH, relays)).isTrue();
        assertThat(Oracle.connects(a, b, Effort.PUNCH, List.of())).isFalse();

        boxOfA.refuseUdp(true);
        assertThat(Oracle.connects(a, b, Effort.PUNCH, relays)).isFalse();
        assertThat(Oracle.isReached(a, List.of(relay, b, a), Effort.SEARCH)).isFalse();
        assertThat(Oracle.isReached(b, List.of(relay, b, a), Effort.PLAIN)).isTrue();
    }

    /** Two that do all that can be done without luck get through exactly where the oracle says so. */
    @Test
    void boxesAgree() {
        Simulation.run("oracle", SEEDS, simulated -> {
            List<SimulatedHost> hosts = new Neighbourhoods(simulated).settle();
            for (SimulatedHost a : hosts) {
                for (SimulatedHost b : hosts) {
                    if (hosts.indexOf(a) < hosts.indexOf(b)) {
                        Effort effort = Oracle.direct(a, b);
                        boolean found = new Punch(simulated, a, true).meets(new Punch(simulated, b, true))
                                || new Punch(simulated, a, false).meets(new Punch(simulated, b, false));
                        // Luck may find what takes a search.
                        Invariants.require(effort == Effort.SEARCH || found == effort.within(Effort.PUNCH),
                                a + " in " + a.segment() + " and " + b + " in " + b.segment() + ": " + effort
                                        + ", but met: " + found);
                    }
                }
            }
        });
    }

    /** Stands in for a host, and sends from one port to wherever the other says it is, and to whoever sent to it. */
    private static final class Punch {
        private static final int ROUNDS = 4;
        /** By their sizes the datagrams of the two are told apart, whatever their addresses became. */
        private static final int OF_ONE = 1;
        private static final int OF_OTHER = 2;

        private final SimulatedNetwork network;
        private final InetAddress address;
        private final Segment segment;
        private final boolean exists;
        private final Set<InetSocketAddress> targets = new HashSet<>();

        Punch(SimulatedNetwork network, SimulatedHost host, boolean v6) {
            this.network = network;
            this.segment = host.segment();
            this.exists = host.has(v6);
            this.address = host.addresses().stream().map(InetSocketAddress::getAddress)
                    .filter(own -> own.getAddress().length == (v6 ? 16 : 4)).findFirst()
                    .orElse(host.addresses().getFirst().getAddress());
        }

        boolean meets(Punch other) {
            if (!exists || !other.exists) {
                return false;
            }
            Postbox here = new Postbox(network, segment, address);
            Postbox there = new Postbox(network, other.segment, other.address);
            targets.add(there.at(OWN));
            other.targets.add(here.at(OWN));
            seen(here, other.targets);
            seen(there, targets);
            boolean heard = false;
            boolean heardThere = false;
            for (int round = 0; round < ROUNDS; round++) {
                heard |= exchange(here, OF_ONE, targets, OF_OTHER);
                heardThere |= exchange(there, OF_OTHER, other.targets, OF_ONE);
            }
            return heard && heardThere;
        }

        /** What a third party tells the other side. */
        private void seen(Postbox box, Set<InetSocketAddress> told) {
            boolean v6 = address.getAddress().length == 16;
            Segment internet = network.internet();
            Postbox third = v6 ? Postbox.inV6(network, internet) : Postbox.in(network, internet);
            box.send(OWN, third.at(1));
            InetSocketAddress outer = third.lastFrom();
            if (outer != null) {
                told.add(outer);
            }
        }

        /** Sends to all; whether anything came in since the last time, to be answered next time. */
        private boolean exchange(Postbox box, int bytes, Set<InetSocketAddress> known, int otherBytes) {
            network.run(SimulatedNetwork.SECOND);
            List<Datagram> came = box.take(otherBytes);
            came.forEach(datagram -> known.add(datagram.from()));
            known.forEach(target -> box.send(OWN, target, bytes));
            return !came.isEmpty();
        }
    }
}
