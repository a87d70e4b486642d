package io.meshd.daemon.sim;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A router between a network of its own and a larger one: translates IPv4, lets IPv6 through or not.
 *
 * <p>Boxes nest: what is outside of one may be inside of another, as behind a carrier's NAT.
 */
final class NatBox implements Station {
    final String name;
    private final SimulatedNetwork network;
    private final Segment outside;
    private final Segment inside;
    private final InetAddress address;
    private final InetAddress gatewayAddress;
    private final NatTable table;
    private final Set<InetAddress> refusedAddresses = new HashSet<>();
    private NatBehaviour behaviour;
    private boolean refusesUdp;
    private int mtu = Integer.MAX_VALUE;
    private int sufferingFlows = Integer.MAX_VALUE;

    NatBox(SimulatedNetwork network, String name, NatBehaviour behaviour, Segment outside, String insideV4,
            String insideV6, SplittableRandom random) {
        this.network = network;
        this.name = name;
        this.behaviour = behaviour;
        this.outside = outside;
        this.inside = new Segment(name, insideV4, insideV6, this);
        this.address = outside.v4(outside.nextNumber()).getAddress();
        this.gatewayAddress = inside.v4(inside.nextNumber()).getAddress();
        this.table = new NatTable(behaviour, random);
        outside.attach(address, this);
    }

    Segment inside() {
        return inside;
    }

    Segment outside() {
        return outside;
    }

    /** The one IPv4 address that all inside share. */
    InetAddress address() {
        return address;
    }

    /** Has a server answer at the box's own inner address, as one for port mappings does. */
    void serve(Station server) {
        inside.attach(gatewayAddress, server);
    }

    /** Where hosts inside find it. */
    InetAddress gatewayAddress() {
        return gatewayAddress;
    }

    NatBehaviour behaviour() {
        return behaviour;
    }

    void behaviour(NatBehaviour newBehaviour) {
        network.note(name, "is now " + newBehaviour);
        behaviour = newBehaviour;
        table.behaviour(newBehaviour);
    }

    /** Lets no UDP through, or does again. */
    void refuseUdp(boolean refuses) {
        network.note(name, refuses ? "refuses UDP" : "lets UDP pass");
        refusesUdp = refuses;
    }

    boolean refusesUdp() {
        return refusesUdp;
    }

    /** Lets no UDP through to or from an address outside, until {@link #admitAll}. */
    void refuse(InetAddress other) {
        network.note(name, "refuses " + other.getHostAddress());
        refusedAddresses.add(other);
    }

    void admitAll() {
        refusedAddresses.clear();
    }

    boolean refuses(InetAddress other) {
        return refusesUdp || refusedAddresses.contains(other);
    }

    /** Larger packets disappear, without a word to their sender. */
    void mtu(int newMtu) {
        mtu = newMtu;
    }

    /** Restarts: all mappings are gone, and ports begin elsewhere. */
    void restart() {
        network.note(name, "restarts");
        table.forget();
    }

    /** Opens an outer port for an inner endpoint, as an operator or a mapping protocol does; tells what is outside. */
    InetSocketAddress open(InetSocketAddress inner, int port) {
        table.fix(inner, port);
        return new InetSocketAddress(address, port);
    }

    void close(int port) {
        table.close(port);
    }

    /** How many flows it remembers now. */
    int flows() {
        return table.flows(network.nowNanos());
    }

    /** Counts the flows that begin from now on. */
    void countFlows() {
        table.count();
    }

    /** How many flows began since {@link #countFlows}. */
    int flowsBegun() {
        return table.begun();
    }

    /** The most of them that began within a second. */
    int mostFlowsInASecond() {
        return table.mostInASecond();
    }

    /** Drops everything, known flows as well, while it remembers more flows than this, as an overloaded one does. */
    void sufferAbove(int flows) {
        sufferingFlows = flows;
    }

    private boolean isSuffering() {
        return sufferingFlows < Integer.MAX_VALUE && table.flows(network.nowNanos()) > sufferingFlows;
    }

    /** How many datagrams did not pass because its table was full. */
    long refused() {
        return table.refused();
    }

    /** A datagram from inside, as it goes on outside; null when it does not. */
    @Nullable
    Datagram leaving(Datagram datagram) {
        if (refuses(datagram.to().getAddress()) || datagram.packetBytes() > mtu || isSuffering()) {
            return null;
        }
        long now = network.nowNanos();
        if (datagram.isV6()) {
            boolean passes = switch (behaviour.v6()) {
                case NONE -> false;
                case FIREWALL -> table.asked(now, datagram.from(), datagram.to());
                case OPEN -> true;
            };
            return passes ? datagram : null;
        }
        int port = table.outward(now, datagram.from(), datagram.to());
        return port == 0 ? null : datagram.withFrom(new InetSocketAddress(address, port));
    }

    /** A datagram from outside, as it goes on inside; null when it does not. */
    @Nullable
    Datagram arriving(Datagram datagram) {
        InetAddress from = datagram.from().getAddress();
        boolean hairpin = from.equals(address);
        if (refuses(from) || datagram.packetBytes() > mtu || isSuffering() || (hairpin && !behaviour.hairpin())) {
            return null;
        }
        long now = network.nowNanos();
        if (datagram.isV6()) {
            boolean passes = switch (behaviour.v6()) {
                case NONE -> false;
                case FIREWALL -> table.isAnswer(now, datagram.to(), datagram.from());
                case OPEN -> true;
            };
            return passes ? datagram : null;
        }
        InetSocketAddress inner = table.inward(now, datagram.to().getPort(), datagram.from());
        return inner == null ? null : datagram.withTo(inner);
    }

    /** Who would get a datagram for an address outside if it passed; null when nobody. */
    @Nullable
    Station holder(InetSocketAddress outer) {
        InetSocketAddress inner = outer.getAddress().equals(address)
                ? table.holder(network.nowNanos(), outer.getPort())
                : outer;
        Station holder = inner == null ? null : inside.at(inner.getAddress());
        return inner != null && holder instanceof NatBox box ? box.holder(inner) : holder;
    }

    @Override
    public void arrive(Datagram datagram) {
        Datagram passed = arriving(datagram);
        Station next = passed == null ? null : inside.at(passed.to().getAddress());
        if (passed != null && next != null) {
            next.arrive(passed);
        } else {
            network.note(name, "does not let in " + datagram.text());
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
