package io.meshd.daemon.node;

import io.meshd.identity.KeyCheck;
import io.meshd.identity.TunnelKey;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.DropReason;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Frame;
import io.meshd.protocol.NodeRecord;
import io.meshd.tunnel.Peer;
import io.meshd.tunnel.PeerSettings;
import io.meshd.tunnel.Strangers;
import io.meshd.tunnel.Tunnel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

    private final Tunnel tunnel;
    private final FrameCourier courier;
    private final OwnRecord own;
    private final Counters counters;
    private final Surroundings surroundings;
    private final RandomGenerator random;
    /** Each costs the rest of a handshake and, if it greets, the check of a signature. */
    private final RateLimit rate = new RateLimit(64, 50_000_000L);
    /** Oldest first. */
    private final Map<TunnelKey, Newcomer> waiting = new LinkedHashMap<>();
    private final List<Newcomer> adopted = new ArrayList<>();
    private boolean isOpen;

    /** One of them. */
    static final class Newcomer {
        final Peer tunnel;
        /** What the courier needs to read its frames; it is in no table of neighbours. */
        private final Neighbour guise;
        private final long sinceNanos;
        private @Nullable NodeRecord record;
        private @Nullable Endpoint via;

        Newcomer(Peer tunnel, Neighbour guise, long sinceNanos) {
            this.tunnel = tunnel;
            this.guise = guise;
            this.sinceNanos = sinceNanos;
        }

        /** What it proved to be; null when it has not greeted. */
        @Nullable
        NodeRecord record() {
            return record;
        }

        /** The path by which it greeted. */
        @Nullable
        Endpoint via() {
            return via;
        }
    }

    Newcomers(Tunnel tunnel, FrameCourier courier, OwnRecord own, Counters counters, Surroundings surroundings,
            RandomGenerator random) {
        this.tunnel = tunnel;
        this.courier = courier;
        this.own = own;
        this.counters = counters;
        this.surroundings = surroundings;
        this.random = random;
    }

    /** Strangers are heard from now on, or not any more: then those that wait are gone. */
    void open(boolean open) {
        isOpen = open;
        if (!open) {
            waiting.values().forEach(newcomer -> tunnel.remove(newcomer.tunnel));
            waiting.clear();
        }
    }

    @Override
    public boolean mayEnter(TunnelKey key) {
        return isOpen;
    }

    @Override
    public boolean admit(long nowNanos, TunnelKey key) {
        handleTimeout(nowNanos);
        if (waiting.size() >= NEWCOMERS_MAX || tunnel.peers().size() >= Tunnel.PEERS_MAX || !rate.allows(nowNanos)) {
            return false;
        }
        Peer peer = tunnel.add(nowNanos, PeerSettings.meshd(key));
        PeerGrant nothing = new PeerGrant("a newcomer", null, key, List.of(), false, null, null, 0);
        waiting.put(key, new Newcomer(peer, new Neighbour(nothing, peer, null, random.nextInt()), nowNanos));
        return true;
    }

    /** Hears frames of somebody who is no neighbour. */
    void hear(long nowNanos, Peer from, Endpoint via, byte[] packet) {
        Newcomer newcomer = waiting.get(from.key());
        if (newcomer == null || newcomer.tunnel != from) {
            return;
        }
        if (newcomer.record != null) {
            // It is being decided about. What was worth saying is said again.
            counters.dropped(DropReason.UNAUTHORIZED_PEER);
            return;
        }
        for (Frame frame : courier.read(nowNanos, newcomer.guise, packet,
                _ -> counters.dropped(DropReason.UNAUTHORIZED_SOURCE))) {
            if (newcomer.record == null && waiting.containsKey(from.key())
                    && frame instanceof Frame.Hello(var record)) {
                greeted(newcomer, record, via);
            } else {
                counters.dropped(DropReason.UNAUTHORIZED_PEER);
            }
        }
    }

    private void greeted(Newcomer newcomer, NodeRecord record, Endpoint via) {
        if (!own.isCompatible(record)) {
            counters.claimsWrongNetwork.increment();
            forget(newcomer.tunnel.key());
        } else if (!isTrue(newcomer, record)) {
            counters.claimsNotTrusted.increment();
            forget(newcomer.tunnel.key());
        } else {
            newcomer.record = record;
            newcomer.via = via;
            surroundings.newcomer(record);
        }
    }

    /** The cheap questions first: each session is worth one check of a signature at most. */
    private static boolean isTrue(Newcomer newcomer, NodeRecord record) {
        return KeyCheck.weakness(record.node()) == null
                && record.node().tunnelKey().equals(newcomer.tunnel.key())
                && record.verify();
    }

    /** Lets go of a newcomer that is trusted now: its peer is the caller's from now on. Null when there is none. */
    @Nullable
    Peer adopt(TunnelKey key) {
        Newcomer newcomer = waiting.remove(key);
        if (newcomer == null) {
            return null;
        }
        adopted.add(newcomer);
        return newcomer.tunnel;
    }

    /** Those that were let go since the last call. */
    List<Newcomer> takeAdopted() {
        List<Newcomer> taken = List.copyOf(adopted);
        adopted.clear();
        return taken;
    }

    /** Forgets a newcomer and all that was agreed with it. */
    void forget(TunnelKey key) {
        Newcomer newcomer = waiting.remove(key);
        if (newcomer != null) {
            tunnel.remove(newcomer.tunnel);
        }
    }

    /** How many wait. */
    int size() {
        return waiting.size();
    }

    void handleTimeout(long nowNanos) {
        List<TunnelKey> late = new ArrayList<>();
        for (Newcomer newcomer : waiting.values()) {
            if (!Deadlines.isDue(newcomer.sinceNanos + PATIENCE_NANOS, nowNanos)) {
                break;
            }
            late.add(newcomer.tunnel.key());
        }
        late.forEach(this::forget);
    }

    long nextDeadlineNanos() {
        return waiting.isEmpty() ? Deadlines.NEVER : waiting.values().iterator().next().sinceNanos + PATIENCE_NANOS;
    }
}
