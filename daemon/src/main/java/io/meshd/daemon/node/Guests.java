package io.meshd.daemon.node;

import io.meshd.identity.KeyCheck;
import io.meshd.identity.PublicKey;
import io.meshd.identity.TunnelKey;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.DropReason;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Frame;
import io.meshd.protocol.JoinRefusal;
import io.meshd.protocol.JoinStatement;
import io.meshd.protocol.Outbox;
import io.meshd.tunnel.Peer;
import io.meshd.tunnel.PeerSettings;
import io.meshd.tunnel.Strangers;
import io.meshd.tunnel.Tunnel;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Who may enter without being trusted: guests with an invitation, and at an open node {@link Newcomers}. Node thread.
 *
 * <p>A guest is a throw-away key that this node made. It has a session and nothing else: only one frame of it is heard,
 * {@link Frame.Join}, and only the answer to that goes back. It owns nothing, is no member and no neighbour. Whom it
 * brings is decided elsewhere ({@link Surroundings#joining}).
 */
final class Guests implements Strangers {
    /** Most guests at a time. Each holds a key that this node made, so there are no more than it invited. */
    static final int GUESTS_MAX = 64;
    /** How long one may stay: longer than {@code join} tries. */
    static final long STAY_NANOS = 30_000_000_000L;

    private final Tunnel tunnel;
    private final FrameCourier courier;
    private final OwnRecord own;
    private final Counters counters;
    private final Surroundings surroundings;
    private final RandomGenerator random;
    private final Newcomers newcomers;
    private final Map<TunnelKey, PublicKey> invited = new LinkedHashMap<>();
    /** Oldest first. */
    private final Map<TunnelKey, Guest> present = new LinkedHashMap<>();

    private static final class Guest {
        final PublicKey key;
        final Peer tunnel;
        /** What the courier needs to read its frames; it is in no table of neighbours. */
        final Neighbour guise;
        final long sinceNanos;
        /** Each request costs the check of a signature and a look at files; a lost answer is asked for each half second. */
        final RateLimit requests = new RateLimit(8, 250_000_000L);
        @Nullable
        Endpoint via;

        Guest(PublicKey key, Peer tunnel, Neighbour guise, long sinceNanos) {
            this.key = key;
            this.tunnel = tunnel;
            this.guise = guise;
            this.sinceNanos = sinceNanos;
        }
    }

    Guests(Tunnel tunnel, FrameCourier courier, OwnRecord own, Counters counters, Surroundings surroundings,
            RandomGenerator random, Newcomers newcomers) {
        this.tunnel = tunnel;
        this.courier = courier;
        this.own = own;
        this.counters = counters;
        this.surroundings = surroundings;
        this.random = random;
        this.newcomers = newcomers;
        tunnel.strangers(this);
    }

    /** These may come from now on, and no others; who is there and no longer among them is gone. */
    void invite(Collection<PublicKey> guests) {
        invited.clear();
        guests.forEach(guest -> invited.put(guest.tunnelKey(), guest));
        List.copyOf(present.keySet()).stream().filter(key -> !invited.containsKey(key)).forEach(this::forget);
    }

    @Override
    public boolean mayEnter(TunnelKey key) {
        return invited.containsKey(key) || newcomers.mayEnter(key);
    }

    @Override
    public boolean admit(long nowNanos, TunnelKey key) {
        PublicKey guest = invited.get(key);
        if (guest == null) {
            return newcomers.admit(nowNanos, key);
        }
        handleTimeout(nowNanos);
        if (present.size() >= GUESTS_MAX || tunnel.peers().size() >= Tunnel.PEERS_MAX) {
            return false;
        }
        Peer peer = tunnel.add(nowNanos, PeerSettings.meshd(key));
        PeerGrant nothing = new PeerGrant("a guest", null, key, List.of(), false, null, null, 0);
        present.put(key, new Guest(guest, peer, new Neighbour(nothing, peer, null, random.nextInt()), nowNanos));
        return true;
    }

    /** Hears frames of somebody who is no neighbour. */
    void hear(long nowNanos, Peer from, Endpoint via, byte[] packet, Outbox outbox) {
        Guest guest = present.get(from.key());
        if (guest == null || guest.tunnel != from) {
            newcomers.hear(nowNanos, from, via, packet);
            return;
        }
        for (Frame frame : courier.read(nowNanos, guest.guise, packet,
                _ -> counters.dropped(DropReason.UNAUTHORIZED_SOURCE))) {
            if (!(frame instanceof Frame.Join join)) {
                counters.dropped(DropReason.UNAUTHORIZED_PEER);
            } else if (!guest.requests.allows(nowNanos)) {
                counters.dropped(DropReason.RATE_LIMITED);
            } else {
                guest.via = via;
                asks(nowNanos, guest, join, outbox);
            }
        }
    }

    private void asks(long nowNanos, Guest guest, Frame.Join join, Outbox outbox) {
        if (KeyCheck.weakness(join.newcomer()) != null
                || !JoinStatement.verify(join, guest.key, own.current().node())) {
            counters.claimsNotTrusted.increment();
            answer(nowNanos, guest.key, new Frame.JoinRefused(JoinRefusal.ALTERED, ""), outbox);
        } else {
            surroundings.joining(guest.key, join);
        }
    }

    /** Tells a guest what became of its request, if it is still there. */
    void answer(long nowNanos, PublicKey guest, Frame answer, Outbox outbox) {
        Guest asked = present.get(guest.tunnelKey());
        if (asked != null) {
            courier.sendNow(nowNanos, asked.guise, asked.via, answer, outbox);
        }
    }

    private void forget(TunnelKey key) {
        Guest guest = present.remove(key);
        if (guest != null) {
            tunnel.remove(guest.tunnel);
        }
    }

    /** How many are there. */
    int size() {
        return present.size();
    }

    void handleTimeout(long nowNanos) {
        newcomers.handleTimeout(nowNanos);
        List<TunnelKey> late = new ArrayList<>();
        for (Guest guest : present.values()) {
            if (!Deadlines.isDue(guest.sinceNanos + STAY_NANOS, nowNanos)) {
                break;
            }
            late.add(guest.tunnel.key());
        }
        late.forEach(this::forget);
    }

    long nextDeadlineNanos() {
        long guests = present.isEmpty()
                ? Deadlines.NEVER
                : present.values().iterator().next().sinceNanos + STAY_NANOS;
        return Deadlines.earlier(guests, newcomers.nextDeadlineNanos());
    }
}
