package io.meshd.daemon.node;

import io.meshd.identity.TunnelKey;
import io.meshd.protocol.Deadlines;
import io.meshd.tunnel.Peer;
import io.meshd.tunnel.PeerSettings;
import io.meshd.tunnel.Tunnel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Those who have a session without being trusted: a limited number, each for a limited time. They own nothing, and are in
 * no table of neighbours. Node thread.
 *
 * @param <S> what is known of each
 */
final class Lobby<S> {
    private final Tunnel tunnel;
    private final RandomGenerator random;
    private final String called;
    private final int most;
    private final long stayNanos;
    /** Oldest first. */
    private final Map<TunnelKey, Visitor<S>> present = new LinkedHashMap<>();

    /**
     * One of them.
     *
     * @param guise what the courier needs to read its frames
     */
    record Visitor<S>(Peer tunnel, Neighbour guise, long sinceNanos, S state) {}

    /**
     * An empty one.
     *
     * @param called    what such a visitor is
     * @param most      how many may be there at a time
     * @param stayNanos for how long each
     */
    Lobby(Tunnel tunnel, RandomGenerator random, String called, int most, long stayNanos) {
        this.tunnel = tunnel;
        this.random = random;
        this.called = called;
        this.most = most;
        this.stayNanos = stayNanos;
    }

    /** Whether nobody else fits in now. */
    boolean isFull(long nowNanos) {
        handleTimeout(nowNanos);
        return present.size() >= most || tunnel.peers().size() >= Tunnel.PEERS_MAX;
    }

    /** Lets somebody in; it is not full. */
    void enter(long nowNanos, TunnelKey key, S state) {
        Peer peer = tunnel.add(nowNanos, PeerSettings.meshd(key));
        PeerGrant nothing = new PeerGrant(called, null, key, List.of(), false, null, null, 0);
        present.put(key, new Visitor<>(peer, new Neighbour(nothing, peer, null, random.nextInt()), nowNanos, state));
    }

    /** Who is there with this key, or null. */
    @Nullable
    Visitor<S> of(TunnelKey key) {
        return present.get(key);
    }

    /** Who has this very session, or null. */
    @Nullable
    Visitor<S> of(Peer peer) {
        Visitor<S> visitor = present.get(peer.key());
        return visitor == null || visitor.tunnel != peer ? null : visitor;
    }

    /** Lets go of somebody, whose peer is the caller's from now on; null when it is not there. */
    @Nullable
    Visitor<S> release(TunnelKey key) {
        return present.remove(key);
    }

    /** Forgets somebody and all that was agreed with it. */
    void forget(TunnelKey key) {
        Visitor<S> visitor = present.remove(key);
        if (visitor != null) {
            tunnel.remove(visitor.tunnel);
        }
    }

    /** Forgets these. */
    void forget(Predicate<TunnelKey> which) {
        List.copyOf(present.keySet()).stream().filter(which).forEach(this::forget);
    }

    /** How many are there. */
    int size() {
        return present.size();
    }

    void handleTimeout(long nowNanos) {
        List<TunnelKey> late = new ArrayList<>();
        for (Visitor<S> visitor : present.values()) {
            if (!Deadlines.isDue(visitor.sinceNanos + stayNanos, nowNanos)) {
                break;
            }
            late.add(visitor.tunnel.key());
        }
        late.forEach(this::forget);
    }

    long nextDeadlineNanos() {
        return present.isEmpty() ? Deadlines.NEVER : present.values().iterator().next().sinceNanos + stayNanos;
    }
}
