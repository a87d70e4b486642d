package io.meshd.daemon.node;

import org.jspecify.annotations.Nullable;
import io.meshd.identity.PublicKey;
import io.meshd.nat.CandidateKind;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Event;
import io.meshd.protocol.Frame;
import io.meshd.protocol.Outbox;
import java.util.ArrayDeque;

/**
 * The outbox of a whole node: what concerns the world leaves at once, what concerns another part of the node waits until
 * the part that is talking has returned.
 *
 * <p>So no machine is ever called while it is busy, whatever the parts tell each other.
 */
final class NodeOutbox implements Outbox {
    private final Surroundings surroundings;
    private final MeshNode node;
    private final ArrayDeque<Runnable> pending;
    /** What to think of an address at which a session is asked for. */
    private final CandidateKind kind;

    NodeOutbox(Surroundings surroundings, MeshNode node) {
        // Most of what membership asks for is known already, from records and from packets.
        this(surroundings, node, new ArrayDeque<>(), CandidateKind.REMEMBERED);
    }

    private NodeOutbox(Surroundings surroundings, MeshNode node, ArrayDeque<Runnable> pending, CandidateKind kind) {
        this.surroundings = surroundings;
        this.node = node;
        this.pending = pending;
        this.kind = kind;
    }

    /** The same outbox as seeds see it: where they ask for a session, there is a seed. */
    NodeOutbox forSeeds() {
        return new NodeOutbox(surroundings, node, pending, CandidateKind.SEED);
    }

    /** Does what waits, and what comes of it, until nothing waits. */
    void settle() {
        for (Runnable next = pending.poll(); next != null; next = pending.poll()) {
            next.run();
        }
    }

    @Override
    public void transmit(Endpoint to, byte[] datagram, int trafficClass) {
        switch (to) {
            case Endpoint.Direct direct -> surroundings.transmit(direct, datagram, trafficClass);
            case Endpoint.Relayed relayed -> node.relay(relayed, datagram, trafficClass);
        }
    }

    @Override
    public void send(PublicKey peer, Frame frame) {
        pending.add(() -> node.sendFrame(peer, null, frame));
    }

    @Override
    public void sendVia(PublicKey peer, Endpoint via, Frame frame) {
        pending.add(() -> node.sendFrame(peer, via, frame));
    }

    @Override
    public void connect(PublicKey peer, @Nullable Endpoint at) {
        pending.add(() -> node.connectAt(peer, at, kind));
    }

    @Override
    public void renew(PublicKey peer) {
        pending.add(() -> node.renewSession(peer));
    }

    @Override
    public void deliver(byte[] packet) {
        surroundings.deliver(packet);
    }

    @Override
    public void emit(Event event) {
        // These two may not wait: the greeting goes before all else, and nothing leaves that is not reserved on disk.
        if (event instanceof Event.SessionEstablished established) {
            node.greet(established.peer(), established.via());
        } else if (event instanceof Event.TimestampReserved(long seconds, int nanos)) {
            surroundings.reserveTimestamps(seconds, nanos);
        }
        pending.add(() -> node.react(event));
    }
}
