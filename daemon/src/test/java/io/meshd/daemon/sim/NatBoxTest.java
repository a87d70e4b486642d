package io.meshd.daemon.sim;

import static io.meshd.daemon.sim.SimulatedNetwork.SECOND;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.daemon.sim.NatBehaviour.Dependence;
import io.meshd.daemon.sim.NatBehaviour.Ports;
import io.meshd.daemon.sim.NatBehaviour.V6;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Boxes do what RFC 4787 calls what they are set to, found out as RFC 5780 finds it out. */
class NatBoxTest {
    private static final int OWN = 51_821;

    private final SimulatedNetwork network = new SimulatedNetwork(1);
    private final Postbox server = Postbox.in(network, network.internet());
    private final Postbox other = Postbox.in(network, network.internet());

    static List<NatBehaviour> everyCombination() {
        List<NatBehaviour> all = new ArrayList<>();
        for (Dependence mapping : Dependence.values()) {
            for (Dependence filtering : Dependence.values()) {
                for (Ports ports : Ports.values()) {
                    all.add(new NatBehaviour(mapping, filtering, ports, false, V6.NONE, 30 * SECOND, 120 * SECOND,
                            100));
                }
            }
        }
        return all;
    }

    private Postbox behind(NatBehaviour behaviour) {
        return Postbox.in(network, network.nat("box", behaviour).inside());
    }

    /** Where a datagram from inside comes from, as a station outside sees it. */
    private InetSocketAddress mapped(Postbox inside, int port, Postbox outside, int outsidePort) {
        inside.send(port, outside.at(outsidePort));
        return requireNonNull(outside.lastFrom());
    }

    @ParameterizedTest
    @MethodSource("everyCombination")
    void mappingIsWhatItIsSetTo(NatBehaviour behaviour) {
        Postbox inside = behind(behaviour);

        InetSocketAddress first = mapped(inside, OWN, server, 1);

        assertThat(mapped(inside, OWN, server, 1)).isEqualTo(first);
        boolean samePort = mapped(inside, OWN, server, 2).equals(first);
        boolean sameAddress = mapped(inside, OWN, other, 1).equals(first);
        assertThat(samePort).isEqualTo(behaviour.mapping() != Dependence.ADDRESS_AND_PORT_DEPENDENT);
        assertThat(sameAddress).isEqualTo(behaviour.mapping() == Dependence.ENDPOINT_INDEPENDENT);
    }

    @ParameterizedTest
    @MethodSource("everyCombination")
    void filteringIsWhatItIsSetTo(NatBehaviour behaviour) {
        Postbox inside = behind(behaviour);
        InetSocketAddress outer = mapped(inside, OWN, server, 1);

        assertThat(lets(server, 1, outer, inside)).isTrue();
        assertThat(lets(server, 2, outer, inside))
                .isEqualTo(behaviour.filtering() != Dependence.ADDRESS_AND_PORT_DEPENDENT);
        assertThat(lets(other, 1, outer, inside)).isEqualTo(behaviour.filtering() == Dependence.ENDPOINT_INDEPENDENT);
    }

    private static boolean lets(Postbox from, int port, InetSocketAddress outer, Postbox inside) {
        from.send(port, outer);
        return from.at(port).equals(inside.lastFrom());
    }

    @ParameterizedTest
    @EnumSource(Ports.class)
    void portsAreChosenAsSet(Ports ports) {
        NatBehaviour behaviour = NatBehaviour.PORT_RESTRICTED.with(Dependence.ADDRESS_AND_PORT_DEPENDENT, ports);
        Postbox inside = behind(behaviour);
        List<Integer> outer = new ArrayList<>();

        for (int port = 1; port <= 5; port++) {
            outer.add(mapped(inside, OWN, server, port).getPort());
        }

        assertThat(outer).doesNotHaveDuplicates();
        assertThat(outer.getFirst() == OWN).isEqualTo(ports == Ports.PRESERVED);
        boolean inARow = outer.getLast() - outer.getFirst() == 4;
        assertThat(inARow).isEqualTo(ports != Ports.RANDOM);
    }

    @Test
    void twoInsideDoNotShareAnOuterPort() {
        NatBox box = network.nat("box", NatBehaviour.FULL_CONE.with(Dependence.ENDPOINT_INDEPENDENT, Ports.PRESERVED));
        Postbox one = Postbox.in(network, box.inside());
        Postbox two = Postbox.in(network, box.inside());

        assertThat(mapped(one, OWN, server, 1).getPort()).isEqualTo(OWN);
        InetSocketAddress outer = mapped(two, OWN, server, 1);

        assertThat(outer.getPort()).isNotEqualTo(OWN);
        assertThat(lets(other, 1, outer, two)).isTrue();
    }

    @Test
    void hairpinWorksWhereItIsSet() {
        for (boolean hairpin : new boolean[]{true, false}) {
            NatBehaviour cone = NatBehaviour.FULL_CONE;
            NatBox box = network.nat("box", hairpin ? cone.withHairpin() : cone);
            Postbox one = Postbox.in(network, box.inside());
            Postbox two = Postbox.in(network, box.inside());
            InetSocketAddress outerOfOne = mapped(one, OWN, server, 1);
            InetSocketAddress outerOfTwo = mapped(two, OWN, server, 1);

            two.send(OWN, outerOfOne);

            // The source is the outer one (RFC 4787, REQ-9).
            assertThat(one.lastFrom()).isEqualTo(hairpin ? outerOfTwo : null);
        }
    }

    @Test
    void neighboursTalkPastTheBox() {
        NatBox box = network.nat("box", NatBehaviour.SYMMETRIC_RANDOM);
        Postbox one = Postbox.in(network, box.inside());
        Postbox two = Postbox.in(network, box.inside());

        one.send(OWN, two.at(OWN));

        assertThat(two.lastFrom()).isEqualTo(one.at(OWN));
        assertThat(box.flows()).isZero();
    }

    @Test
    void flowIsForgottenSoonerWhenNobodyAnswered() {
        Postbox inside = behind(NatBehaviour.PORT_RESTRICTED.withTimeouts(10 * SECOND, 40 * SECOND));
        InetSocketAddress outer = mapped(inside, OWN, server, 1);
        network.run(8 * SECOND);

        assertThat(lets(server, 1, outer, inside)).isTrue();
        network.run(38 * SECOND);
        assertThat(lets(server, 1, outer, inside)).isTrue();
        network.run(41 * SECOND);
        assertThat(lets(server, 1, outer, inside)).isFalse();

        InetSocketAddress next = mapped(inside, OWN, server, 1);
        network.run(11 * SECOND);
        assertThat(lets(server, 1, next, inside)).isFalse();
    }

    @Test
    void fullTableLetsNothingNewPassAndWhatIsKnownGoesOn() {
        NatBox box = network.nat("box", NatBehaviour.PORT_RESTRICTED.withFlowsMax(10));
        Postbox inside = Postbox.in(network, box.inside());
        mapped(inside, OWN, server, 1);

        for (int port = 2; port <= 15; port++) {
            inside.send(OWN, server.at(port));
        }
        network.run(SECOND);

        assertThat(server.arrived()).hasSize(9);
        assertThat(box.flows()).isEqualTo(10);
        assertThat(box.refused()).isEqualTo(5);
        server.lastFrom();
        assertThat(mapped(inside, OWN, server, 1)).isNotNull();
        network.run(31 * SECOND);
        assertThat(mapped(inside, OWN, server, 99)).isNotNull();
    }

    @Test
    void boxThatRestartsForgets() {
        NatBox box = network.nat("box", NatBehaviour.FULL_CONE);
        Postbox inside = Postbox.in(network, box.inside());
        InetSocketAddress outer = mapped(inside, OWN, server, 1);

        box.restart();

        assertThat(lets(server, 1, outer, inside)).isFalse();
        assertThat(mapped(inside, OWN, server, 1)).isNotEqualTo(outer);
    }

    @Test
    void openedPortIsThereForEverybodyAndAnswersComeFromIt() {
        NatBox box = network.nat("box", NatBehaviour.SYMMETRIC_RANDOM);
        Postbox inside = Postbox.in(network, box.inside());

        InetSocketAddress outer = box.open(inside.at(OWN), 4_000);

        assertThat(lets(other, 7, outer, inside)).isTrue();
        assertThat(mapped(inside, OWN, other, 7)).isEqualTo(outer);
        assertThat(mapped(inside, OWN, server, 7)).isNotEqualTo(outer);
        box.restart();
        assertThat(lets(other, 8, outer, inside)).isTrue();
        box.close(4_000);
        assertThat(lets(other, 9, outer, inside)).isFalse();
    }

    @Test
    void serverOfTheBoxAnswersInside() {
        NatBox box = network.nat("box", NatBehaviour.PORT_RESTRICTED);
        Postbox inside = Postbox.in(network, box.inside());
        List<Datagram> served = new ArrayList<>();
        box.serve(served::add);

        inside.send(OWN, new InetSocketAddress(box.gatewayAddress(), 5_351));
        network.run(SECOND);

        assertThat(served).hasSize(1);
        assertThat(served.getFirst().from()).isEqualTo(inside.at(OWN));
    }

    @Test
    void carrierAddsWhatItIsToTheBoxOfTheHome() {
        NatBox carrier = network.carrierNat("carrier", NatBehaviour.SYMMETRIC_SEQUENTIAL);
        NatBox home = network.nat("home", NatBehaviour.FULL_CONE, carrier.inside());
        Postbox inside = Postbox.in(network, home.inside());
        Postbox phone = Postbox.in(network, carrier.inside());

        InetSocketAddress outer = mapped(inside, OWN, server, 1);

        assertThat(outer.getAddress()).isEqualTo(carrier.address());
        assertThat(mapped(inside, OWN, server, 2)).isNotEqualTo(outer);
        assertThat(lets(server, 1, outer, inside)).isTrue();
        assertThat(lets(other, 1, outer, inside)).isFalse();
        assertThat(mapped(inside, OWN, phone, 1).getAddress()).isEqualTo(home.address());
    }

    @Test
    void homesBehindOneCarrierMeetByItsHairpinOnly() {
        for (boolean hairpin : new boolean[]{true, false}) {
            NatBehaviour cone = NatBehaviour.FULL_CONE;
            NatBox carrier = network.carrierNat("carrier", hairpin ? cone.withHairpin() : cone);
            Postbox one = Postbox.in(network, network.nat("one", cone, carrier.inside()).inside());
            Postbox two = Postbox.in(network, network.nat("two", cone, carrier.inside()).inside());
            InetSocketAddress outerOfOne = mapped(one, OWN, server, 1);

            two.send(OWN, outerOfOne);

            assertThat(one.lastFrom() != null).isEqualTo(hairpin);
        }
    }

    @ParameterizedTest
    @EnumSource(V6.class)
    void v6IsClosedFilteredOrOpen(V6 v6) {
        NatBox box = network.nat("box", NatBehaviour.FULL_CONE.withV6(v6));
        assertThat(box.inside().hasV6()).isEqualTo(v6 != V6.NONE);
        Postbox inside = Postbox.inV6(network, box.inside());
        Postbox outside = Postbox.inV6(network, network.internet());

        outside.send(1, inside.at(OWN));
        assertThat(inside.lastFrom()).isEqualTo(v6 == V6.OPEN ? outside.at(1) : null);
        inside.send(OWN, outside.at(1));
        assertThat(outside.lastFrom()).isEqualTo(v6 == V6.NONE ? null : inside.at(OWN));
        outside.send(1, inside.at(OWN));
        assertThat(inside.lastFrom()).isEqualTo(v6 == V6.NONE ? null : outside.at(1));
        outside.send(2, inside.at(OWN));
        assertThat(inside.lastFrom()).isEqualTo(v6 == V6.OPEN ? outside.at(2) : null);
    }

    @Test
    void refusedUdpPassesNeitherWay() {
        NatBox box = network.nat("box", NatBehaviour.FULL_CONE);
        Postbox inside = Postbox.in(network, box.inside());
        InetSocketAddress outer = mapped(inside, OWN, server, 1);

        box.refuse(server.at(1).getAddress());
        inside.send(OWN, server.at(1));
        assertThat(server.lastFrom()).isNull();
        assertThat(lets(server, 1, outer, inside)).isFalse();
        assertThat(lets(other, 1, outer, inside)).isTrue();

        box.admitAll();
        assertThat(lets(server, 1, outer, inside)).isTrue();
        box.refuseUdp(true);
        assertThat(lets(server, 1, outer, inside)).isFalse();
        assertThat(lets(other, 1, outer, inside)).isFalse();
    }

    @Test
    void packetsLargerThanTheMtuDisappearBothWays() {
        NatBox box = network.nat("box", NatBehaviour.FULL_CONE);
        Postbox inside = Postbox.in(network, box.inside());
        InetSocketAddress outer = mapped(inside, OWN, server, 1);

        box.mtu(1_280);

        inside.send(OWN, server.at(1), 1_280 - 28);
        assertThat(server.lastFrom()).isNotNull();
        inside.send(OWN, server.at(1), 1_280 - 27);
        assertThat(server.lastFrom()).isNull();
        server.send(1, outer, 1_280 - 27);
        assertThat(inside.lastFrom()).isNull();
    }

    @Test
    void hostThatRoamsIsWhereItIs() {
        NatBox box = network.nat("box", NatBehaviour.FULL_CONE.withV6(V6.FIREWALL));
        SimulatedHost host = network.dualHost("roamer");
        List<InetSocketAddress> before = host.addresses();

        host.roam(box.inside());

        assertThat(network.internet().at(before.getLast().getAddress())).isNull();
        assertThat(box.inside().at(host.addresses().getLast().getAddress())).isSameAs(host);
        assertThat(network.internet().at(host.addresses().getFirst().getAddress())).isSameAs(box);
        assertThat(host.has(true)).isTrue();
        host.roam(network.nat("other", NatBehaviour.FULL_CONE).inside());
        assertThat(host.has(true)).isFalse();
        assertThat(host.has(false)).isTrue();
    }
}
