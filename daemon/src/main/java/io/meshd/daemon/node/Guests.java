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
import io.meshd.tunnel.Strangers;
import io.meshd.tunnel.Tunnel;
import java.util.Collection;
import java.util.LinkedHashMap;
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
    /** Most guests at a time: all keys that this node remembers, so that nobody by a used one keeps another out. */
    static final int GUESTS_MAX = 256;
    /** How long one may stay: longer than {@code join} tries. */
    static final long STAY_NANOS = 30_000_000_000L;

    private final FrameCourier courier;
    private final OwnRecord own;
    private final Counters counters;
    private final Surroundings surroundings;
    private final Newcomers newcomers;
    private final Map<TunnelKey, PublicKey> invited = new LinkedHashMap<>();
    private final Lobby<Guest> lobby;

    /** What is known of one. */
    private static final class Guest {
        final PublicKey key;
        /** Each request costs the check of a signature and a look at files; a lost answer is asked for each half second. */
        final RateLimit requests = new RateLimit(8, 250_000_000L);
        @Nullable
        Endpoint via;

        Guest(PublicKey key) {
            this.key = key;
        }
    }

    Guests(Tunnel tunnel, FrameCourier courier, OwnRecord own, Counters counters, Surroundings surroundings,
            RandomGenerator random, Newcomers newcomers) {
        this.courier = courier;
        this.own = own;
        this.counters = counters;
        this.surroundings = surroundings;
        this.newcomers = newcomers;
        this.lobby = new Lobby<>(tunnel, random, "a guest", GUESTS_MAX, STAY_NANOS);
        tunnel.strangers(this);
    }

    /** These may come from now on, and no others; who is there and no longer among them is gone. */
    void invite(Collection<PublicKey> guests) {
        invited.clear();
        guests.forEach(guest -> invited.put(guest.tunnelKey(), guest));
        lobby.forget(key -> !invited.containsKey(key));
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
        if (lobby.isFull(nowNanos)) {
            return false;
        }
        lobby.enter(nowNanos, key, new Guest(guest));
        return true;
    }

    /** Hears frames of somebody who is no neighbour. */
    void hear(long nowNanos, Peer from, Endpoint via, byte[] packet, Outbox outbox) {
        Lobby.Visitor<Guest> visitor = lobby.of(from);
        if (visitor == null) {
            newcomers.hear(nowNanos, from, via, packet);
            return;
        }
        Guest guest = visitor.state();
        for (Frame frame : courier.read(nowNanos, visitor.guise(), packet,
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
        Lobby.Visitor<Guest> asked = lobby.of(guest.tunnelKey());
        if (asked != null) {
            courier.sendNow(nowNanos, asked.guise(), asked.state().via, answer, outbox);
        }
    }

    void handleTimeout(long nowNanos) {
        newcomers.handleTimeout(nowNanos);
        lobby.handleTimeout(nowNanos);
    }

    long nextDeadlineNanos() {
        return Deadlines.earlier(lobby.nextDeadlineNanos(), newcomers.nextDeadlineNanos());
    }
}
