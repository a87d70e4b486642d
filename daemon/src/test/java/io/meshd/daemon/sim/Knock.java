package io.meshd.daemon.sim;

import io.meshd.identity.Bytes;
import io.meshd.identity.Identity;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Event;
import io.meshd.testing.TunnelOutbox;
import io.meshd.tunnel.PeerSettings;
import io.meshd.tunnel.Tai64n;
import io.meshd.tunnel.Tunnel;
import java.net.InetSocketAddress;
import java.util.List;

/** The first message of a handshake, by somebody who then says no more. */
final class Knock extends TunnelOutbox {
    private static final InetSocketAddress NOWHERE = SimulatedNetwork.address("203.0.113.77");

    private final InetSocketAddress to;
    private Datagram sent = new Datagram(NOWHERE, NOWHERE, Bytes.EMPTY, 0);

    private Knock(InetSocketAddress to) {
        this.to = to;
    }

    /** One with a key of its own. */
    static Datagram at(SimulatedNetwork network, SimulatedHost host) {
        Knock knock = new Knock(host.addresses().getFirst());
        Tunnel tunnel = new Tunnel(Identity.generate(network.random.split()).tunnelPrivateKey(), network.random.split(),
                Tai64n.NONE, SimulatedNetwork.WALL_NANOS);
        tunnel.connect(0, tunnel.add(0, new PeerSettings(host.key.tunnelKey(), null, false, 0,
                List.of(new Endpoint.Direct(knock.to)))), knock);
        return knock.sent;
    }

    @Override
    public void transmit(Endpoint where, byte[] datagram, int trafficClass) {
        sent = new Datagram(NOWHERE, to, Bytes.copyOf(datagram), trafficClass);
    }

    @Override
    public void emit(Event event) {}
}
