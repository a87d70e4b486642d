package io.meshd.daemon.node;

import io.meshd.identity.KeyCheck;
import io.meshd.identity.TunnelKey;
import io.meshd.protocol.DropReason;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Frame;
import io.meshd.protocol.NodeRecord;
import io.meshd.tunnel.Peer;
import io.meshd.tunnel.Strangers;
import io.meshd.tunnel.Tunnel;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Strangers at the door of an open node, each until it is trusted or its time is up. Node thread.
 *
 * <p>A newcomer has a session and nothing else: it owns no prefix, is no member, and only its first greeting is heard. The
 * signature in it proves the Ed25519 key behind the X25519 key of the session; whether that key is let in is not decided
 * here ({@link Surroundings#newcomer}). Who is let in becomes a neighbour with the session that it has.
 */
final class Newcomers implements Strangers {
    /** Most newcomers at a time. */
    static final int NEWCOMERS_MAX = 256;
    /** How long one may take to greet and to be decided about. */
    static final long PATIENCE_NANOS = 10_000_000_000L;

    private final FrameCourier courier;
    private final OwnRecord own;
    private final Counters counters;
    private final Surroundings surroundings;
    /** Each costs the rest of a handshake and, if it greets, the check of a signature. */
    private final RateLimit rate = new RateLimit(64, 50_000_000L);
    private final Lobby<Greeting> lobby;
    private final List<Newcomer> adopted = new ArrayList<>();
    private boolean isOpen;

    /** What one said. */
    private static final class Greeting {
        @Nullable
        NodeRecord record;
        @Nullable
        Endpoint via;
    }

    /**
     * One that is let in.
     *
     * @param record what it proved to be; null when it has not greeted
     * @param via    the path by which it greeted
     */
    record Newcomer(Peer tunnel, @Nullable NodeRecord record, @Nullable Endpoint via) {}

    Newcomers(Tunnel tunnel, FrameCourier courier, OwnRecord own, Counters counters, Surroundings surroundings,
            RandomGenerator random) {
        this.courier = courier;
        this.own = own;
        this.counters = counters;
        this.surroundings = surroundings;
        this.lobby = new Lobby<>(tunnel, random, "a newcomer", NEWCOMERS_MAX, PATIENCE_NANOS);
    }

    /** Strangers are heard from now on, or not any more: then those that wait are gone. */
    void open(boolean open) {
        isOpen = open;
        if (!open) {
            lobby.forget(_ -> true);
        }
    }

    @Override
    public boolean mayEnter(TunnelKey key) {
        return isOpen;
    }

    @Override
    public boolean admit(long nowNanos, TunnelKey key) {
        if (lobby.isFull(nowNanos) || !rate.allows(nowNanos)) {
            return false;
        }
        lobby.enter(nowNanos, key, new Greeting());
        return true;
    }

    /** Hears frames of somebody who is no neighbour. */
    void hear(long nowNanos, Peer from, Endpoint via, byte[] packet) {
        Lobby.Visitor<Greeting> newcomer = lobby.of(from);
        if (newcomer == null) {
            return;
        }
        if (newcomer.state().record != null) {
            // It is being decided about. What was worth saying is said again.
            counters.dropped(DropReason.UNAUTHORIZED_PEER);
            return;
        }
        for (Frame frame : courier.read(nowNanos, newcomer.guise(), packet,
                _ -> counters.dropped(DropReason.UNAUTHORIZED_SOURCE))) {
            if (newcomer.state().record == null && lobby.of(from) != null
                    && frame instanceof Frame.Hello(var record)) {
                greeted(from, newcomer.state(), record, via);
            } else {
                counters.dropped(DropReason.UNAUTHORIZED_PEER);
            }
        }
    }

    private void greeted(Peer from, Greeting greeting, NodeRecord record, Endpoint via) {
        if (!own.isCompatible(record)) {
            counters.claimsWrongNetwork.increment();
            forget(from.key());
        } else if (!isTrue(from, record)) {
            counters.claimsNotTrusted.increment();
            forget(from.key());
        } else {
            greeting.record = record;
            greeting.via = via;
            surroundings.newcomer(record);
        }
    }

    /** The cheap questions first: each session is worth one check of a signature at most. */
    private static boolean isTrue(Peer from, NodeRecord record) {
        return KeyCheck.weakness(record.node()) == null
                && record.node().tunnelKey().equals(from.key())
                && record.verify();
    }

    /** Lets go of a newcomer that is trusted now: its peer is the caller's from now on. Null when there is none. */
    @Nullable
    Peer adopt(TunnelKey key) {
        Lobby.Visitor<Greeting> newcomer = lobby.release(key);
        if (newcomer == null) {
            return null;
        }
        adopted.add(new Newcomer(newcomer.tunnel(), newcomer.state().record, newcomer.state().via));
        return newcomer.tunnel();
    }

    /** Those that were let go since the last call. */
    List<Newcomer> takeAdopted() {
        List<Newcomer> taken = List.copyOf(adopted);
        adopted.clear();
        return taken;
    }

    /** Forgets a newcomer and all that was agreed with it. */
    void forget(TunnelKey key) {
        lobby.forget(key);
    }

    /** How many wait. */
    int size() {
        return lobby.size();
    }

    void handleTimeout(long nowNanos) {
        lobby.handleTimeout(nowNanos);
    }

    long nextDeadlineNanos() {
        return lobby.nextDeadlineNanos();
    }
}
