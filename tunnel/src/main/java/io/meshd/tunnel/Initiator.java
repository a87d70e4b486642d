package io.meshd.tunnel;

import io.meshd.identity.Bytes;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.HandshakeMessage.Initiation;
import io.meshd.protocol.HandshakeMessage.Response;
import io.meshd.protocol.Outbox;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * This node's own handshake with one peer: at most one in flight, since only one ephemeral key may be (WireGuard item
 * "one initiation in 5 s"). Node thread.
 *
 * <p>Towards a meshd peer the same bytes up to mac2 go to every endpoint, several times, so that the best path that
 * works answers first and NATs on the way open. Towards a stock peer they go out once.
 */
final class Initiator {
    private static final long[] COPIES_AFTER_NANOS = {TimeUnit.MILLISECONDS.toNanos(100),
            TimeUnit.MILLISECONDS.toNanos(300), TimeUnit.MILLISECONDS.toNanos(700),
            TimeUnit.MILLISECONDS.toNanos(1500)};

    private final LocalNode local;
    private final Peer peer;
    private final CookieJar jar;
    private Tai64n lastTimestamp = Tai64n.NONE;
    private @Nullable InFlight inFlight;

    /** What is kept of an initiation until its response comes. */
    private static final class InFlight {
        final NoiseInitiator noise;
        final byte[] presharedKey;
        final IndexTable.Entry entry;
        final byte[] message;
        final Set<Endpoint> reached = new LinkedHashSet<>();
        final Set<Endpoint> cookied = new LinkedHashSet<>();
        long spreadFromNanos;
        int copies;

        InFlight(NoiseInitiator noise, byte[] presharedKey, IndexTable.Entry entry, byte[] message) {
            this.noise = noise;
            this.presharedKey = presharedKey;
            this.entry = entry;
            this.message = message;
        }

        void wipe() {
            noise.wipe();
            Arrays.fill(presharedKey, (byte) 0);
        }
    }

    Initiator(LocalNode local, Peer peer, CookieJar jar) {
        this.local = local;
        this.peer = peer;
        this.jar = jar;
    }

    /**
     * Replaces what is in flight by a new initiation and sends it.
     *
     * @param staticStatic the shared secret of both static keys
     * @param presharedKey its bytes, or zeros; copied, so that a later change leaves this handshake alone
     * @return false when the peer has no endpoint or its key is of low order: nothing was sent
     */
    boolean begin(long nowNanos, byte[] staticStatic, byte[] presharedKey, Outbox out) {
        abandon();
        Set<Endpoint> endpoints = endpoints();
        if (endpoints.isEmpty()) {
            return false;
        }
        lastTimestamp = local.timestamps.next(nowNanos, lastTimestamp, out);
        byte[] responder = peer.key().bytes();
        NoiseInitiator noise = new NoiseInitiator(local.curve, LocalNode.handshakeState(), local.ephemeralPrivate(),
                responder);
        byte[] body = noise.writeInitiation(local.publicKey.bytes(), responder, staticStatic, lastTimestamp.bytes());
        if (body == null) {
            noise.wipe();
            return false;
        }
        IndexTable.Entry entry = local.indices.reserve(peer);
        inFlight = new InFlight(noise, presharedKey.clone(), entry, encode(entry.index, body));
        spread(nowNanos, out);
        return true;
    }

    private static byte[] encode(int sender, byte[] body) {
        Bytes mac = Bytes.copyOf(new byte[Initiation.MAC_BYTES]);
        int timestampOffset = Initiation.KEY_BYTES + Initiation.STATIC_BYTES;
        return new Initiation(sender, Bytes.copyOf(body, 0, Initiation.KEY_BYTES),
                Bytes.copyOf(body, Initiation.KEY_BYTES, Initiation.STATIC_BYTES),
                Bytes.copyOf(body, timestampOffset, Initiation.TIMESTAMP_BYTES), mac, mac).encode();
    }

    private Set<Endpoint> endpoints() {
        Set<Endpoint> endpoints = new LinkedHashSet<>();
        Endpoint chosen = peer.endpoint();
        if (chosen != null) {
            endpoints.add(chosen);
        }
        endpoints.addAll(peer.otherEndpoints());
        return endpoints;
    }

    /** Begins to send the initiation in flight to all endpoints, when some of them did not get it yet. */
    void spreadToNew(long nowNanos, Outbox out) {
        InFlight flight = inFlight;
        if (flight != null && !flight.reached.containsAll(endpoints())) {
            spread(nowNanos, out);
        }
    }

    private void spread(long nowNanos, Outbox out) {
        InFlight flight = inFlight;
        if (flight != null) {
            flight.spreadFromNanos = nowNanos;
            flight.copies = 0;
            sendToAll(nowNanos, flight, out);
        }
    }

    /** Sends the next copies. */
    void sendCopies(long nowNanos, Outbox out) {
        InFlight flight = inFlight;
        if (flight != null) {
            flight.copies++;
            sendToAll(nowNanos, flight, out);
        }
    }

    /** When the next copies are due, or {@link Deadlines#NEVER}. */
    long nextCopiesNanos() {
        InFlight flight = inFlight;
        return flight == null || peer.isStock() || flight.copies >= COPIES_AFTER_NANOS.length
                ? Deadlines.NEVER
                : flight.spreadFromNanos + COPIES_AFTER_NANOS[flight.copies];
    }

    private void sendToAll(long nowNanos, InFlight flight, Outbox out) {
        for (Endpoint to : endpoints()) {
            send(nowNanos, flight, to, out);
        }
    }

    private void send(long nowNanos, InFlight flight, Endpoint to, Outbox out) {
        byte[] datagram = flight.message.clone();
        jar.stamp(nowNanos, datagram, to);
        if (flight.reached.isEmpty()) {
            peer.activity.sent(nowNanos, datagram.length, false);
        } else {
            peer.activity.repeated(datagram.length);
        }
        flight.reached.add(to);
        out.transmit(to, datagram, Tunnel.HANDSHAKE_TRAFFIC_CLASS);
    }

    /**
     * Sends the initiation in flight again to a meshd peer that answered with a cookie, once for each endpoint: it took
     * no notice of the first, so these are no second handshake.
     */
    void sendWithCookie(long nowNanos, Endpoint to, Outbox out) {
        InFlight flight = inFlight;
        if (flight != null && !peer.isStock() && flight.reached.contains(to) && flight.cookied.add(to)) {
            send(nowNanos, flight, to, out);
        }
    }

    /** Sends the initiation in flight, if there is one, to a place that is no endpoint of the peer yet. */
    void sendAside(long nowNanos, Endpoint to, Outbox out) {
        InFlight flight = inFlight;
        if (flight != null && !peer.isStock()) {
            byte[] datagram = flight.message.clone();
            jar.stamp(nowNanos, datagram, to);
            peer.activity.repeated(datagram.length);
            out.transmit(to, datagram, Tunnel.HANDSHAKE_TRAFFIC_CLASS);
        }
    }

    /** Whether the entry belongs to the initiation in flight. */
    boolean isInFlight(IndexTable.Entry entry) {
        InFlight flight = inFlight;
        return flight != null && flight.entry == entry;
    }

    boolean isInFlight() {
        return inFlight != null;
    }

    /** The session that a response makes, or null when it is none to the initiation in flight, which goes on then. */
    @Nullable
    Keypair accept(long nowNanos, Response response) {
        InFlight flight = inFlight;
        if (flight == null) {
            return null;
        }
        SymmetricState done = flight.noise.readResponse(local.staticPrivate(), flight.presharedKey,
                response.ephemeral().toArray(), response.encryptedEmpty().toArray());
        if (done == null) {
            return null;
        }
        SessionKey[] keys = done.split();
        Keypair keypair = new Keypair(peer, flight.entry.index, true, nowNanos,
                new Sealer(keys[0], response.sender(), nowNanos), new Opener(keys[1], nowNanos));
        flight.entry.keypair = keypair;
        flight.wipe();
        inFlight = null;
        return keypair;
    }

    /** Forgets the initiation in flight. */
    void abandon() {
        InFlight flight = inFlight;
        if (flight != null) {
            local.indices.release(flight.entry.index);
            flight.wipe();
            inFlight = null;
        }
    }

    /** The greatest timestamp that the peer may have seen. */
    Tai64n lastTimestamp() {
        return lastTimestamp;
    }
}
