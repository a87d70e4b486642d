package io.meshd.tunnel;

import io.meshd.identity.PublicKey;
import io.meshd.identity.TunnelKey;
import io.meshd.identity.TunnelPrivateKey;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.DropReason;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Event;
import io.meshd.protocol.HandshakeMessage;
import io.meshd.protocol.HandshakeMessage.CookieReply;
import io.meshd.protocol.HandshakeMessage.Initiation;
import io.meshd.protocol.HandshakeMessage.Response;
import io.meshd.protocol.Outbox;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * WireGuard for all peers of one node, without I/O: handshakes, sessions and timers (WireGuard paper; the wire is that
 * of {@code Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s}).
 *
 * <p>All verbs belong to the node thread. Data messages go past it: see {@link DataPath}; handshake messages come to it
 * through the {@link HandshakeGate}. Times are nanoseconds of a
 * clock that counts suspend, so that sessions age while the host sleeps.
 */
public final class Tunnel {
    /** TOS byte of handshake messages: AF41, as stock WireGuard marks them. */
    public static final int HANDSHAKE_TRAFFIC_CLASS = 0x88;
    /** Most peers, as in wireguard-go. */
    public static final int PEERS_MAX = 65_536;

    private final LocalNode local;
    private final Map<TunnelKey, Peer> peers = new LinkedHashMap<>();
    private final Collection<Peer> peersView = Collections.unmodifiableCollection(peers.values());
    private final DeadlineQueue queue = new DeadlineQueue();
    private final HandshakeGate gate;
    private final Responder responder;

    /**
     * A node without peers.
     *
     * @param key                  its static key, of which a copy is kept until {@link #shutdown}
     * @param random               for ephemeral keys, indices, nonces and jitter: cryptographically strong but in tests, and
     *                             safe for all threads that ask the gate
     * @param timestampFloor       the last ceiling that {@link Event.TimestampReserved} told before the last stop, or
     *                             {@link Tai64n#NONE}
     * @param wallClockOffsetNanos what to add to {@code nowNanos} for nanoseconds since 1970
     */
    public Tunnel(TunnelPrivateKey key, RandomGenerator random, Tai64n timestampFloor, long wallClockOffsetNanos) {
        this.local = new LocalNode(key, random, new TimestampClock(timestampFloor, wallClockOffsetNanos));
        this.gate = new HandshakeGate(key.publicKey(), local.indices, random);
        this.responder = new Responder(local, peers);
    }

    /** Follows a wall clock that was set. Timestamps of handshakes never go back, whatever the offset. */
    public void setWallClockOffsetNanos(long offsetNanos) {
        local.timestamps.setWallClockOffsetNanos(offsetNanos);
    }

    /** This node's static public key. */
    public TunnelKey publicKey() {
        return local.publicKey;
    }

    /** The ciphers and the view of sessions for one more thread, which owns them from then on. */
    public DataPath newDataPath() {
        return new DataPath(local.indices);
    }

    /** What threads that read sockets ask before they pass a handshake message on to {@link #handleAdmitted}. */
    public HandshakeGate gate() {
        return gate;
    }

    /**
     * Makes a peer known. With a persistent keepalive its first handshake is due at once.
     *
     * @throws IllegalArgumentException when the key is this node's own, or already known
     * @throws IllegalStateException    when there are {@link #PEERS_MAX} peers
     */
    public Peer add(long nowNanos, PeerSettings settings) {
        if (settings.key().equals(local.publicKey)) {
            throw new IllegalArgumentException("a node is not its own peer");
        }
        if (peers.containsKey(settings.key())) {
            throw new IllegalArgumentException("already a peer: " + settings.key());
        }
        if (peers.size() >= PEERS_MAX) {
            throw new IllegalStateException("no more than " + PEERS_MAX + " peers");
        }
        Peer peer = new Peer(local, settings);
        peers.put(peer.key(), peer);
        place(peer, settings);
        peer.machine.apply(nowNanos, settings);
        queue.update(peer);
        return peer;
    }

    private static void place(Peer peer, PeerSettings settings) {
        List<Endpoint> endpoints = settings.endpoints();
        if (peer.machine.isMoved(endpoints) && !endpoints.isEmpty()) {
            peer.setPaths(endpoints.getFirst(), endpoints.subList(1, endpoints.size()));
        }
    }

    /**
     * Applies changed settings. A session that lives goes on: a new preshared key counts from the next handshake on.
     * A stock peer moves to the first endpoint if another one is configured than before; the paths of a meshd peer are
     * left alone.
     *
     * @throws IllegalArgumentException when the key or the kind of peer is another: remove the peer and add it
     */
    public void update(long nowNanos, Peer peer, PeerSettings settings) {
        if (!settings.key().equals(peer.key()) || settings.stock() != peer.isStock()) {
            throw new IllegalArgumentException("key and kind of a peer do not change");
        }
        if (peers.get(peer.key()) != peer) {
            return;
        }
        if (peer.isStock()) {
            place(peer, settings);
        }
        peer.machine.apply(nowNanos, settings);
        queue.update(peer);
    }

    /** Forgets a peer and wipes all that was agreed with it: no packet of it passes from now on. */
    public void remove(Peer peer) {
        if (peers.get(peer.key()) == peer) {
            peers.remove(peer.key());
            queue.remove(peer);
            responder.forget(peer);
            peer.machine.close();
            local.timestamps.raiseFloor(peer.machine.lastTimestamp());
        }
    }

    /** Has initiators that are no peers decided about, or answered by silence again (null), as at the beginning. */
    public void strangers(@Nullable Strangers decider) {
        responder.strangers(decider);
    }

    /** The peer with this key, or null. */
    public @Nullable Peer peer(TunnelKey key) {
        return peers.get(key);
    }

    /** All peers, in the order in which they were added: a live view. */
    public Collection<Peer> peers() {
        return peersView;
    }

    /**
     * Takes a handshake message to the gate and, when it passes, on: all in one, for callers of one thread. Whatever is
     * wrong with it is answered by silence and an {@link Event.Dropped}.
     *
     * @param datagram  the whole message; neither kept nor changed
     * @param underLoad see {@link HandshakeGate#refuse}
     */
    public void handle(long nowNanos, byte[] datagram, Endpoint from, boolean underLoad, Outbox out) {
        DropReason refused = gate.refuse(nowNanos, datagram, 0, datagram.length, from, underLoad,
                (to, reply) -> out.transmit(to, reply, HANDSHAKE_TRAFFIC_CLASS));
        if (refused == null) {
            handleAdmitted(nowNanos, datagram, from, out);
        } else {
            out.emit(new Event.Dropped(refused));
            collect(nowNanos, out);
        }
    }

    /**
     * Takes a handshake message that passed the {@link #gate}. Whatever else is wrong with it is answered by silence and
     * an {@link Event.Dropped}.
     *
     * @param datagram the whole message; neither kept nor changed
     */
    public void handleAdmitted(long nowNanos, byte[] datagram, Endpoint from, Outbox out) {
        DropReason refused = switch (HandshakeMessage.parse(datagram)) {
            case null -> DropReason.MALFORMED;
            case Initiation initiation -> handle(nowNanos, initiation, datagram, from, out);
            case Response response -> handle(nowNanos, response, from, out);
            case CookieReply reply -> handle(nowNanos, reply, from, out);
        };
        if (refused != null) {
            out.emit(new Event.Dropped(refused));
        }
        collect(nowNanos, out);
    }

    private @Nullable DropReason handle(long nowNanos, Initiation initiation, byte[] datagram, Endpoint from,
            Outbox out) {
        Responder.Outcome outcome = responder.handle(nowNanos, initiation, datagram, from, out);
        settle(nowNanos, outcome.peer(), out);
        return outcome.refused();
    }

    private @Nullable DropReason handle(long nowNanos, Response response, Endpoint from, Outbox out) {
        IndexTable.Entry entry = local.indices.find(response.receiver());
        if (entry == null) {
            return DropReason.NO_SESSION;
        }
        if (isAstray(from, entry.peer.key())) {
            return DropReason.UNAUTHORIZED_PEER;
        }
        DropReason refused = entry.peer.machine.accept(nowNanos, entry, response, from, out);
        settle(nowNanos, entry.peer, out);
        return refused;
    }

    /** Whether a relay brought a message as one of another peer than it is of: nothing is to be learned from that. */
    static boolean isAstray(Endpoint from, TunnelKey of) {
        return from instanceof Endpoint.Relayed(var _, PublicKey far) && !far.tunnelKey().equals(of);
    }

    private @Nullable DropReason handle(long nowNanos, CookieReply reply, Endpoint from, Outbox out) {
        IndexTable.Entry entry = local.indices.find(reply.receiver());
        if (entry == null) {
            return DropReason.NO_SESSION;
        }
        boolean accepted = entry.peer.machine.accept(nowNanos, entry, reply, from, out);
        settle(nowNanos, entry.peer, out);
        return accepted ? null : DropReason.MALFORMED;
    }

    /** Makes a session with a peer unless there is one; sends what waits when there is. */
    public void connect(long nowNanos, Peer peer, Outbox out) {
        peer.machine.connect(nowNanos, out);
        settle(nowNanos, peer, out);
        collect(nowNanos, out);
    }

    /**
     * Sends the initiation under way to one more place, where it may open a NAT or pass one; nothing when none is. Counts
     * for no second handshake.
     */
    public void punch(long nowNanos, Peer peer, Endpoint at, Outbox out) {
        peer.machine.punch(nowNanos, at, out);
    }

    /**
     * Makes a new session although there may be one: when the peer seems to have lost its side. Five seconds after the
     * last handshake at the earliest.
     */
    public void renew(long nowNanos, Peer peer, Outbox out) {
        peer.machine.renew(nowNanos, out);
        settle(nowNanos, peer, out);
        collect(nowNanos, out);
    }

    /**
     * Forgets the sessions with a peer that is known to have forgotten them, and makes a new one at once: what is sent
     * from now on waits for it. For when the peer has proved that it runs anew, so once in each of its runs.
     */
    public void startOver(long nowNanos, Peer peer, Outbox out) {
        peer.machine.startOver(nowNanos, out);
        settle(nowNanos, peer, out);
        collect(nowNanos, out);
    }

    /**
     * Sends an inner packet or frame, once there is a session; asks for one if need be. At most 128 wait for a peer,
     * the oldest are dropped first.
     *
     * @param inner belongs to the tunnel from now on
     */
    public void stage(long nowNanos, Peer peer, byte[] inner, Outbox out) {
        peer.machine.stage(nowNanos, inner, out);
        settle(nowNanos, peer, out);
        collect(nowNanos, out);
    }

    /**
     * A frame that is answered at once was just sent to a peer: a new handshake follows when nothing comes, as after a
     * packet. After other frames silence means nothing, and nobody owes a keepalive for one.
     */
    public void awaitAnswer(long nowNanos, Peer peer, Outbox out) {
        if (peer.activity.asked(nowNanos)) {
            settle(nowNanos, peer, out);
        }
    }

    /** Whether data-path threads left something for {@link #collect}. Any thread. */
    public boolean wantsCollect() {
        return local.attention.isAsked();
    }

    /** Acts on what data-path threads left: sessions confirmed, addresses heard from, waits begun. */
    public void collect(long nowNanos, Outbox out) {
        for (Peer peer = local.attention.takeAll(); peer != null; peer = local.attention.takeAll()) {
            while (peer != null) {
                Peer following = peer.belowInAttention;
                peer.belowInAttention = null;
                peer.asksForAttention.set(false);
                settle(nowNanos, peer, out);
                peer = following;
            }
        }
    }

    private void settle(long nowNanos, @Nullable Peer peer, Outbox out) {
        if (peer != null && peers.get(peer.key()) == peer) {
            peer.machine.collect(nowNanos, out);
            queue.update(peer);
        }
    }

    /** When {@link #handleTimeout} is due, or {@link Deadlines#NEVER}. */
    public long nextDeadlineNanos() {
        return queue.nextNanos();
    }

    /** Does what is due. */
    public void handleTimeout(long nowNanos, Outbox out) {
        collect(nowNanos, out);
        for (Peer due = queue.firstDue(nowNanos); due != null; due = queue.firstDue(nowNanos)) {
            due.machine.handleTimeout(nowNanos, out);
            queue.update(due);
        }
        collect(nowNanos, out);
    }

    /** Wipes all secrets. Nothing can be sealed, opened or agreed any more; the tunnel is of no more use. */
    public void shutdown() {
        for (Peer peer : List.copyOf(peers.values())) {
            remove(peer);
        }
        gate.wipe();
        local.wipe();
    }

    /** Receiver indices of handshakes and sessions that live. */
    int indicesInUse() {
        return local.indices.size();
    }

    /** Curve operations so far: the cost of handshakes. */
    long curveOperations() {
        return local.curve.operations();
    }
}
