package io.meshd.daemon.runtime;

import io.meshd.daemon.node.RouteView;
import io.meshd.daemon.node.Surroundings;
import io.meshd.identity.PublicKey;
import io.meshd.nat.lan.LanLink;
import io.meshd.nat.mapping.MappedPort;
import io.meshd.netio.BootClock;
import io.meshd.netio.PacketBatch;
import io.meshd.netio.PacketRoom;
import io.meshd.netio.SendOutcome;
import io.meshd.netio.UdpTarget;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Event;
import io.meshd.protocol.Frame;
import io.meshd.protocol.Introduction;
import io.meshd.protocol.Outbox;
import io.meshd.protocol.NodeRecord;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The world as the node thread reaches it. Belongs to that thread. */
final class Outside implements Surroundings {
    private static final int PACKETS = 16;
    private static final int ARENA_BYTES = 2 * 65_536;

    private final PortSender sender;
    private final Targets targets;
    private final BootClock clock;
    private final InterfaceWriter writer;
    private final StateFiles state;
    private final Pings pings;
    private final EventLog log;
    private final Consumer<List<RouteView>> routes;
    private final FreshPort freshPort;
    private final ExtraSockets extras;
    private final PortMapper mapper;
    private final LanSockets lan;
    private final Consumer<NodeRecord> met;
    private final Reception reception;
    private final PacketBatch packets = new PacketBatch(PACKETS, ARENA_BYTES, PacketRoom.NONE);
    private @Nullable Endpoint wayBackTo;
    private @Nullable UdpTarget wayBack;

    Outside(PortSender sender, Targets targets, BootClock clock, InterfaceWriter writer, StateFiles state, Pings pings,
            EventLog log, Consumer<List<RouteView>> routes, FreshPort freshPort, ExtraSockets extras, PortMapper mapper,
            LanSockets lan, Consumer<NodeRecord> met, Reception reception) {
        this.sender = sender;
        this.targets = targets;
        this.clock = clock;
        this.writer = writer;
        this.state = state;
        this.pings = pings;
        this.log = log;
        this.routes = routes;
        this.freshPort = freshPort;
        this.extras = extras;
        this.mapper = mapper;
        this.lan = lan;
        this.met = met;
        this.reception = reception;
    }

    /**
     * Acts on a handshake message: the answer leaves from the address where the message arrived, since this host may have
     * several and the sender expects that one. Nothing is remembered of it, because nothing is authenticated yet.
     */
    void answering(Endpoint to, @Nullable UdpTarget target, Runnable action) {
        wayBackTo = to;
        wayBack = target;
        try {
            action.run();
        } finally {
            wayBackTo = null;
            wayBack = null;
        }
    }

    @Override
    public void transmit(Endpoint.Direct to, byte[] datagram, int trafficClass) {
        UdpTarget answered = wayBack;
        UdpTarget target = answered != null && to.equals(wayBackTo) ? answered : targets.to(clock.bootNanos(), to);
        if (target == null) {
            return;
        }
        // What cannot be sent is lost, as any datagram may be; timers and paths see to the rest.
        boolean dontFragment = (trafficClass & Outbox.DONT_FRAGMENT) != 0;
        if (sender.send(target, datagram, 0, datagram.length, datagram.length, trafficClass & ~Outbox.DONT_FRAGMENT,
                dontFragment) == SendOutcome.SENT_FROM_OTHER_SOURCE) {
            targets.forget(to);
        }
    }

    @Override
    public void openSocket(int number) {
        extras.open(number);
    }

    @Override
    public void closeSocket(int number) {
        extras.close(number);
    }

    @Override
    public void transmitAside(InetSocketAddress to, byte[] datagram) {
        freshPort.send(to, datagram);
    }

    @Override
    public void multicast(LanLink link, byte[] beacon) {
        lan.multicast(link, beacon);
    }

    @Override
    public void portChecked(MappedPort port, boolean reached) {
        mapper.checked(port, reached);
    }

    @Override
    public void deliver(byte[] packet) {
        packets.clear();
        if (packets.copy(packet, 0, packet.length)) {
            try {
                writer.write(packets);
            } catch (IOException e) {
                log.warning("cannot give a packet to the host: " + e.getMessage()
                        + ": `meshd doctor` examines the interface");
            }
        }
    }

    @Override
    public void routesChanged(List<RouteView> plan) {
        routes.accept(plan);
    }

    @Override
    public void echoReplied(PublicKey peer, Frame.EchoReply reply, Endpoint via) {
        pings.replied(peer, reply, via, clock.bootNanos());
    }

    @Override
    public void reserveTimestamps(long seconds, int nanos) {
        try {
            state.writeTimestamp(seconds, nanos);
        } catch (IOException e) {
            // Going on would let an attacker replay this run's initiations against the next one.
            throw new UncheckedIOException("cannot write the handshake timestamp", e);
        }
    }

    @Override
    public void newcomer(NodeRecord record) {
        met.accept(record);
    }

    @Override
    public void joining(PublicKey guest, Frame.Join join) {
        reception.joining(guest, join);
    }

    @Override
    public void introduced(PublicKey introducer, List<Introduction> introductions) {
        reception.introduced(introducer, introductions);
    }

    @Override
    public void happened(Event event) {
        log.happened(event);
        if (event instanceof Event.RecordLearned(NodeRecord record)) {
            met.accept(record);
        }
    }
}
