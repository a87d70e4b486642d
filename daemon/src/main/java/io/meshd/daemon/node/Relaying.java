package io.meshd.daemon.node;

import io.meshd.identity.PublicKey;
import io.meshd.nat.Paths;
import io.meshd.nat.PeerPaths;
import io.meshd.nat.relay.ByteLimit;
import io.meshd.nat.relay.Circuit;
import io.meshd.nat.relay.Reach;
import io.meshd.nat.relay.LineView;
import io.meshd.nat.relay.RelayLine;
import io.meshd.nat.relay.Relays;
import io.meshd.nat.relay.RelaysCounters;
import io.meshd.nat.relay.Switchboard;
import io.meshd.nat.relay.SwitchboardCounters;
import io.meshd.protocol.Capability;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.DropReason;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Frame;
import io.meshd.protocol.FrameCodec;
import io.meshd.protocol.Outbox;
import io.meshd.protocol.RelayHeader;
import io.meshd.tunnel.Peer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Relays, both sides of them: who may relay for whom, which frames say so, and the table that the reader threads go by.
 * Node thread.
 */
final class Relaying {
    /** What asks for a session only now and then need not ask relays too, while straight ways are being tried. */
    private static final long PATIENCE_NANOS = 500_000_000L;

    private final OwnRecord own;
    private final Neighbours neighbours;
    private final Sessions sessions;
    private final FrameCourier courier;
    private final DataPlane dataPlane;
    private final Surroundings surroundings;
    private final Counters counters;
    private final Relays relays;
    private final Switchboard switchboard;
    private @Nullable RelaySettings applied;

    Relaying(OwnRecord own, Paths paths, Neighbours neighbours, Sessions sessions, FrameCourier courier,
            DataPlane dataPlane, Surroundings surroundings, Counters counters, RandomGenerator random) {
        this.own = own;
        this.neighbours = neighbours;
        this.sessions = sessions;
        this.courier = courier;
        this.dataPlane = dataPlane;
        this.surroundings = surroundings;
        this.counters = counters;
        this.relays = new Relays(own.current().node(), paths);
        this.switchboard = new Switchboard(random);
    }

    /** A frame of a neighbour about channels. Only a direct path counts: a relay is one hop away, and so is an end. */
    void handle(long nowNanos, Neighbour from, Frame frame, Endpoint via, Outbox outbox) {
        PublicKey key = from.key();
        if (key == null || from.framesOnly || !(via instanceof Endpoint.Direct)) {
            counters.dropped(DropReason.MALFORMED);
            return;
        }
        switch (frame) {
            case Frame.RelayOpen(PublicKey peer) -> open(nowNanos, key, peer, outbox);
            case Frame.RelayChannel channel -> {
                Neighbour far = neighbours.of(channel.peer());
                if (relays.handle(nowNanos, key, channel, outbox) && far != null) {
                    publishChanges();
                    sessions.reachOut(nowNanos, far, outbox);
                }
            }
            case Frame.RelayClose close when close.fromRelay() -> relays.handle(nowNanos, key, close, outbox);
            case Frame.RelayClose close -> switchboard.closed(nowNanos, key, close, outbox);
            default -> throw new IllegalArgumentException("no frame about channels: " + frame);
        }
        publishChanges();
    }

    private void open(long nowNanos, PublicKey from, PublicKey peer, Outbox outbox) {
        Neighbour far = neighbours.of(peer);
        boolean isStranger = far == null || far.framesOnly;
        boolean isDirect = far != null && isDirect(nowNanos, far);
        switchboard.open(nowNanos, from, peer, isStranger ? Reach.STRANGER : isDirect ? Reach.DIRECT : Reach.AWAY,
                outbox);
        if (far != null && !isStranger && !isDirect && own.settings().relay().serves()) {
            sessions.seek(nowNanos, far, outbox);
        }
    }

    /** Relay data that no reader thread could move on: the channel is new, over, or was never there. */
    void handle(long nowNanos, Neighbour from, Frame.RelayedMessage data, Endpoint via, PacketWalk walk,
            InboundSink sink,
            Outbox outbox) {
        byte[] packet = FrameCodec.encode(data);
        PublicKey key = from.key();
        if (key == null || walk.relayed(nowNanos, packet, 0, packet.length, from.tunnel, via, 0, sink)) {
            return;
        }
        if (!(via instanceof Endpoint.Direct)) {
            // A frame of a relayed session is never relayed.
            counters.dropped(DropReason.MALFORMED);
            return;
        }
        counters.dropped(DropReason.NO_SESSION);
        if (data.fromRelay()) {
            relays.unknown(nowNanos, key, data.channel(), outbox);
        } else {
            switchboard.unknown(nowNanos, key, data.channel(), outbox);
        }
    }

    /** Sends a datagram of this node through a relay: what is not sent by a reader thread. */
    void transmit(long nowNanos, Endpoint.Relayed to, byte[] datagram, int trafficClass) {
        Neighbour far = neighbours.of(to.peer());
        RelayHop hop = far == null ? null : far.hop(to);
        if (hop == null || !(hop.relay().tunnel.endpoint() instanceof Endpoint.Direct direct)) {
            counters.dropped(DropReason.NO_SESSION);
            return;
        }
        byte[] frame = new byte[RelayHeader.BYTES + datagram.length];
        RelayHeader.write(frame, 0, false, hop.channel(), datagram.length);
        System.arraycopy(datagram, 0, frame, RelayHeader.BYTES, datagram.length);
        byte[] wrapped = courier.seal(nowNanos, hop.relay(), frame);
        if (wrapped != null) {
            surroundings.transmit(direct, wrapped, trafficClass);
        }
    }

    /** Sees what the last turn of the node changed, and acts on it. */
    void tend(long nowNanos, Outbox outbox) {
        RelaySettings settings = own.settings().relay();
        if (!settings.equals(applied)) {
            applied = settings;
            switchboard.serve(settings.serves(), settings.peersMax(), outbox);
            dataPlane.publish(new ByteLimit(nowNanos, settings.bytesPerSecondMax()));
        }
        for (Neighbour neighbour : neighbours.all()) {
            PublicKey key = neighbour.key();
            if (key != null && neighbour.paths != null) {
                boolean isDirect = isDirect(nowNanos, neighbour);
                if (neighbour.isDirect && !isDirect) {
                    switchboard.lost(key, outbox);
                }
                neighbour.isDirect = isDirect;
                relays.permit(key, settings.allowed() && mayRelay(neighbour));
                relays.want(nowNanos, key, settings.allowed() ? relaysWanted(nowNanos, neighbour) : 0);
            }
        }
        relays.tend(nowNanos, outbox);
        publishChanges();
    }

    static boolean isDirect(long nowNanos, Neighbour neighbour) {
        return neighbour.tunnel.hasSession(nowNanos) && neighbour.chosen() instanceof Endpoint.Direct;
    }

    private static boolean mayRelay(Neighbour neighbour) {
        return neighbour.grant().relayCapable() && !neighbour.framesOnly && neighbour.says(Capability.RELAY);
    }

    private static int relaysWanted(long nowNanos, Neighbour neighbour) {
        if (neighbour.framesOnly || neighbour.paths == null) {
            return 0;
        }
        if (neighbour.tunnel.hasSession(nowNanos)) {
            return neighbour.paths.relaysWanted(nowNanos, neighbour.isBusy(nowNanos));
        }
        return neighbour.hasWaited(PATIENCE_NANOS, nowNanos) ? PeerPaths.RELAYS_WANTED_MAX : 0;
    }

    /** A neighbour is trusted no more. */
    void forget(PublicKey key, Outbox outbox) {
        relays.forget(key);
        switchboard.forget(key, outbox);
    }

    void handleTimeout(long nowNanos, Outbox outbox) {
        switchboard.handleTimeout(nowNanos, outbox);
    }

    long nextDeadlineNanos() {
        return Deadlines.earlier(relays.nextDeadlineNanos(), switchboard.nextDeadlineNanos());
    }

    private void publishChanges() {
        boolean hasLinesChanged = relays.takeChanged();
        boolean hasCircuitsChanged = switchboard.takeChanged();
        if (!hasLinesChanged && !hasCircuitsChanged) {
            return;
        }
        List<RelayTable.Row> rows = new ArrayList<>();
        for (Circuit circuit : switchboard.circuits()) {
            Neighbour first = neighbours.of(circuit.first());
            Neighbour second = neighbours.of(circuit.second());
            if (first != null && second != null) {
                int word = RelayHeader.word(false, circuit.channel());
                rows.add(new RelayTable.Row(first.tunnel, word, new RelayTable.Onward(first, second, circuit)));
                rows.add(new RelayTable.Row(second.tunnel, word, new RelayTable.Onward(second, first, circuit)));
            }
        }
        Map<Neighbour, List<RelayHop>> hops = new HashMap<>();
        for (RelayLine line : relays.lines()) {
            Neighbour relay = neighbours.of(line.relay());
            Neighbour far = neighbours.of(line.peer());
            if (relay != null && far != null) {
                Peer sender = relay.tunnel;
                rows.add(new RelayTable.Row(sender, RelayHeader.word(true, line.channel()),
                        new RelayTable.Arrival(relay, far, line.endpoint())));
                hops.computeIfAbsent(far, _ -> new ArrayList<>())
                        .add(new RelayHop(line.endpoint(), relay, line.channel()));
            }
        }
        for (Neighbour neighbour : neighbours.all()) {
            neighbour.hops = List.copyOf(hops.getOrDefault(neighbour, List.of()));
        }
        dataPlane.publish(new RelayTable(rows));
    }

    /** What came of the relays that were asked to carry to a peer. */
    List<LineView> lines(PublicKey peer) {
        return relays.of(peer);
    }

    RelaysCounters relaysCounters() {
        return relays.counters();
    }

    SwitchboardCounters switchboardCounters() {
        return switchboard.counters();
    }
}
