package io.meshd.daemon.sim;

import static io.meshd.daemon.sim.SimulatedNetwork.MILLI;
import static io.meshd.daemon.sim.SimulatedNetwork.WALL_NANOS;

import io.meshd.identity.Bytes;
import io.meshd.identity.Identity;
import io.meshd.identity.OverlayAddresses;
import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import io.meshd.protocol.Capability;
import io.meshd.protocol.DatagramKind;
import io.meshd.protocol.Decoded;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Event;
import io.meshd.protocol.Frame;
import io.meshd.protocol.FrameCodec;
import io.meshd.protocol.NodeRecord;
import io.meshd.testing.TunnelOutbox;
import io.meshd.tunnel.DataPath;
import io.meshd.tunnel.Peer;
import io.meshd.tunnel.PeerSettings;
import io.meshd.tunnel.Tai64n;
import io.meshd.tunnel.Tunnel;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * A peer with true keys and sessions that says whatever a test wants: a relay that lies, or a client that does.
 *
 * <p>By itself it greets, answers path probes and opens any channel that it is asked for; all else is the test's.
 */
final class HostileRelay extends TunnelOutbox {
    final Identity identity;
    final PublicKey key;
    final InetSocketAddress at;
    /** Frames that came, other than those that it answers by itself. */
    final List<Received> received = new ArrayList<>();
    private final SimulatedNetwork network;
    private final Tunnel tunnel;
    private final DataPath path;
    private final Map<PublicKey, SimulatedHost> hosts = new HashMap<>();
    private Trick trick = (from, data) -> {};

    /** What came from whom. */
    record Received(SimulatedHost from, Frame frame) {}

    /** What to do with a relay data frame. */
    interface Trick {
        void play(SimulatedHost from, Frame.RelayedMessage data);
    }

    HostileRelay(SimulatedNetwork network, String address) {
        this(network, address, Identity.generate(network.random.split()));
    }

    HostileRelay(SimulatedNetwork network, String address, Identity identity) {
        SplittableRandom random = network.random.split();
        this.network = network;
        this.identity = identity;
        this.key = identity.publicKey();
        this.at = SimulatedNetwork.address(address);
        this.tunnel = new Tunnel(identity.tunnelPrivateKey(), random, Tai64n.NONE, WALL_NANOS);
        this.path = tunnel.newDataPath();
        network.attach(at, this::receive);
    }

    void knows(SimulatedHost host) {
        hosts.put(host.key, host);
        tunnel.add(now(), new PeerSettings(host.key.tunnelKey(), null, false, 0,
                List.of(new Endpoint.Direct(host.addresses().getFirst()))));
    }

    void trick(Trick newTrick) {
        trick = newTrick;
    }

    /** Makes sessions with all that it knows, and lives on. */
    void start() {
        hosts.values().forEach(host -> tunnel.connect(now(), peer(host), this));
        tick();
    }

    private void tick() {
        tunnel.handleTimeout(now(), this);
        network.in(20 * MILLI, this::tick);
    }

    private long now() {
        return network.nowNanos();
    }

    private Peer peer(SimulatedHost host) {
        Peer peer = tunnel.peer(host.key.tunnelKey());
        if (peer == null) {
            throw new IllegalStateException("does not know " + host);
        }
        return peer;
    }

    void say(SimulatedHost to, Frame frame) {
        sayRaw(to, FrameCodec.encode(frame));
    }

    /** Sends any inner packet. */
    void sayRaw(SimulatedHost to, byte[] packet) {
        byte[] datagram = new byte[packet.length + 64];
        int length = path.seal(now(), peer(to), packet, 0, packet.length, datagram, 0, 1420);
        if (length > 0) {
            network.inject(at, to.addresses().getFirst(), Bytes.copyOf(datagram, 0, length));
        }
    }

    private void receive(Datagram datagram) {
        byte[] bytes = datagram.payload().toArray();
        Endpoint from = new Endpoint.Direct(datagram.from());
        if (DatagramKind.of(bytes, 0, bytes.length) != DatagramKind.DATA) {
            tunnel.handle(now(), bytes, from, false, this);
            return;
        }
        byte[] inner = new byte[bytes.length];
        int length = path.open(now(), bytes, 0, bytes.length, from, inner, 0);
        tunnel.collect(now(), this);
        if (length > 0 && FrameCodec.isFrames(inner[0])
                && FrameCodec.decode(inner, 0, length) instanceof Decoded.Message(List<Frame> frames)) {
            SimulatedHost sender = hosts.values().stream()
                    .filter(host -> host.key.tunnelKey().equals(path.peer().key())).findFirst().orElseThrow();
            frames.forEach(frame -> handle(sender, frame));
        }
    }

    private void handle(SimulatedHost from, Frame frame) {
        switch (frame) {
            case Frame.PathProbe(long token) -> say(from, new Frame.PathProbeReply(token, null));
            case Frame.RelayOpen(PublicKey peer) -> {
                received.add(new Received(from, frame));
                SimulatedHost far = hosts.get(peer);
                if (far != null) {
                    int channel = channel(from, far);
                    say(far, new Frame.RelayChannel(channel, from.key));
                    say(from, new Frame.RelayChannel(channel, peer));
                }
            }
            case Frame.RelayedMessage data -> trick.play(from, data);
            default -> received.add(new Received(from, frame));
        }
    }

    /** Its number for two hosts. */
    int channel(SimulatedHost a, SimulatedHost b) {
        return 1 + ((a.key.hashCode() ^ b.key.hashCode()) & 0xff_ffff);
    }

    /** The end of a channel that is not this one; this one when it is no channel of its own. */
    SimulatedHost far(SimulatedHost from, int channel) {
        return hosts.values().stream().filter(host -> host != from && channel(from, host) == channel).findFirst()
                .orElse(from);
    }

    /** Does for a frame what a relay does. */
    void carry(SimulatedHost from, Frame.RelayedMessage data) {
        say(far(from, data.channel()), new Frame.RelayedMessage(true, data.channel(), data.message()));
    }

    @Override
    public void transmit(Endpoint to, byte[] datagram, int trafficClass) {
        if (to instanceof Endpoint.Direct(InetSocketAddress address, int _)) {
            network.inject(at, address, Bytes.copyOf(Arrays.copyOf(datagram, datagram.length)));
        }
    }

    @Override
    public void emit(Event event) {
        if (event instanceof Event.SessionEstablished established) {
            hosts.values().stream().filter(host -> host.key.tunnelKey().equals(established.peer())).forEach(host -> {
                peer(host).setPaths(established.via(), List.of());
                say(host, new Frame.Hello(NodeRecord.sign(identity, 1, 1, "mallory", "home-net", Capability.RELAY, 1420,
                        OverlayAddresses.DEFAULT.of(key).stream().map(Prefix::host).toList(), List.of(at))));
            });
        }
    }
}
