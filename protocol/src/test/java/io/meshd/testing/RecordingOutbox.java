package io.meshd.testing;

import io.meshd.identity.Bytes;
import io.meshd.identity.PublicKey;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Event;
import io.meshd.protocol.Frame;
import io.meshd.protocol.Outbox;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An outbox that does nothing but remember, in order. */
public final class RecordingOutbox implements Outbox {
    /** One datagram that was to be sent. */
    public record Transmission(Endpoint to, Bytes datagram, int trafficClass) {}

    /** One frame that was to be sent; {@code via} is null when the path was left to the session. */
    public record SentFrame(PublicKey peer, @Nullable Endpoint via, Frame frame) {}

    /** One session that was asked for. */
    public record Connection(PublicKey peer, @Nullable Endpoint at) {}

    private final List<Transmission> transmissions = new ArrayList<>();
    private final List<SentFrame> frames = new ArrayList<>();
    private final List<Connection> connections = new ArrayList<>();
    private final List<Bytes> delivered = new ArrayList<>();
    private final List<Event> events = new ArrayList<>();

    @Override
    public void transmit(Endpoint to, byte[] datagram, int trafficClass) {
        transmissions.add(new Transmission(to, Bytes.copyOf(datagram), trafficClass));
    }

    @Override
    public void send(PublicKey peer, Frame frame) {
        frames.add(new SentFrame(peer, null, frame));
    }

    @Override
    public void sendVia(PublicKey peer, Endpoint via, Frame frame) {
        frames.add(new SentFrame(peer, via, frame));
    }

    @Override
    public void connect(PublicKey peer, @Nullable Endpoint at) {
        connections.add(new Connection(peer, at));
    }

    @Override
    public void renew(PublicKey peer) {
        throw new AssertionError("nobody here renews sessions");
    }

    @Override
    public void deliver(byte[] packet) {
        delivered.add(Bytes.copyOf(packet));
    }

    @Override
    public void emit(Event event) {
        events.add(event);
    }

    /** Datagrams since the last {@link #clear()}. */
    public List<Transmission> transmissions() {
        return List.copyOf(transmissions);
    }

    /** Frames since the last {@link #clear()}. */
    public List<SentFrame> frames() {
        return List.copyOf(frames);
    }

    /** Sessions asked for since the last {@link #clear()}. */
    public List<Connection> connections() {
        return List.copyOf(connections);
    }

    /** Inner packets since the last {@link #clear()}. */
    public List<Bytes> delivered() {
        return List.copyOf(delivered);
    }

    /** Facts since the last {@link #clear()}. */
    public List<Event> events() {
        return List.copyOf(events);
    }

    /** Facts of one kind since the last {@link #clear()}. */
    public <E extends Event> List<E> events(Class<E> kind) {
        return events.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    /** Whether nothing at all was wanted since the last {@link #clear()}. */
    public boolean isEmpty() {
        return transmissions.isEmpty() && frames.isEmpty() && connections.isEmpty() && delivered.isEmpty()
                && events.isEmpty();
    }

    /** Forgets everything. */
    public void clear() {
        transmissions.clear();
        frames.clear();
        connections.clear();
        delivered.clear();
        events.clear();
    }
}
