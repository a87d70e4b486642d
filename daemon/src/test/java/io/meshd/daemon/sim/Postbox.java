package io.meshd.daemon.sim;

import io.meshd.identity.Bytes;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A station that keeps what arrives and sends what it is told: half of a test of boxes. */
final class Postbox implements Station {
    private final SimulatedNetwork network;
    private final Segment segment;
    private final InetAddress address;
    private final List<Datagram> arrived = new ArrayList<>();

    Postbox(SimulatedNetwork network, Segment segment, InetAddress address) {
        this.network = network;
        this.segment = segment;
        this.address = address;
        segment.attach(address, this);
    }

    /** At a new address of IPv4. */
    static Postbox in(SimulatedNetwork network, Segment segment) {
        return new Postbox(network, segment, segment.v4(segment.nextNumber()).getAddress());
    }

    static Postbox inV6(SimulatedNetwork network, Segment segment) {
        return new Postbox(network, segment, segment.v6(segment.nextNumber()).getAddress());
    }

    InetSocketAddress at(int port) {
        return new InetSocketAddress(address, port);
    }

    /** Sends from a port, with some bytes. */
    void send(int fromPort, InetSocketAddress to, int bytes) {
        network.carry(this, segment, new Datagram(at(fromPort), to, Bytes.copyOf(new byte[bytes]), 0));
    }

    void send(int fromPort, InetSocketAddress to) {
        send(fromPort, to, 1);
    }

    @Override
    public void arrive(Datagram datagram) {
        arrived.add(datagram);
    }

    List<Datagram> arrived() {
        return List.copyOf(arrived);
    }

    /** What came since the last question and has this size. */
    List<Datagram> take(int bytes) {
        List<Datagram> came = arrived.stream().filter(datagram -> datagram.payload().length() == bytes).toList();
        arrived.clear();
        return came;
    }

    /** The sender of the last datagram since the last question, as seen here; null when none came. */
    @Nullable
    InetSocketAddress lastFrom() {
        network.run(SimulatedNetwork.SECOND);
        InetSocketAddress from = arrived.isEmpty() ? null : arrived.getLast().from();
        arrived.clear();
        return from;
    }

    @Override
    public String toString() {
        return address.getHostAddress();
    }
}
