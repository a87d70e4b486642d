package io.meshd.daemon.config;

import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An invitation as its maker remembers it: everything but the secret, which only the token holds.
 *
 * @param guest     the public key of the identity whose seed is the secret
 * @param name      for the newcomer; empty when it may say
 * @param prefixes  for the newcomer; empty when its derived addresses
 * @param relay     whether packets may go through it
 * @param created   when it was made
 * @param expires   the first moment at which it no longer holds
 * @param cancelled when it was taken back, or null
 * @param use       what became of it; null as long as nobody came
 */
public record Invited(PublicKey guest, String name, List<Prefix> prefixes, boolean relay, Instant created,
        Instant expires, @Nullable Instant cancelled, @Nullable Use use) {
    /** How many characters of the guest's peer_id name an invitation. */
    public static final int ID_CHARACTERS = 8;

    public Invited {
        prefixes = List.copyOf(prefixes);
    }

    /**
     * Who came with it.
     *
     * @param key  its identity
     * @param name as what it was admitted
     * @param at   when
     */
    public record Use(PublicKey key, String name, Instant at) {}

    /** What it is good for. */
    public enum State {
        /** Somebody may come with it. */
        OPEN,
        /** Somebody did. */
        USED,
        /** Nobody came in time. */
        EXPIRED,
        /** The operator took it back. */
        CANCELLED
    }

    /** What it is good for at a moment. */
    public State state(Instant now) {
        if (cancelled != null) {
            return State.CANCELLED;
        }
        if (use != null) {
            return State.USED;
        }
        return now.isBefore(expires) ? State.OPEN : State.EXPIRED;
    }

    /** Whether it still lets somebody in who was not let in before. */
    public boolean isOpen(Instant now) {
        return state(now) == State.OPEN;
    }

    /** What operators call it. */
    public String id() {
        return guest.peerId().substring(0, ID_CHARACTERS);
    }

    Invited cancelledAt(Instant now) {
        return new Invited(guest, name, prefixes, relay, created, expires, now, use);
    }

    Invited usedBy(Use newUse) {
        return new Invited(guest, name, prefixes, relay, created, expires, cancelled, newUse);
    }
}
