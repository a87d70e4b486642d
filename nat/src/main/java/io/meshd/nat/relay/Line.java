package io.meshd.nat.relay;

import io.meshd.identity.PublicKey;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.RelayReason;
import org.jspecify.annotations.Nullable;

/** One way to a peer through one relay, in whatever state. {@link Relays}' own. */
final class Line {
    /** How far it has come. */
    enum State {
        /** The relay was asked and has not answered. */
        ASKED,
        /** There is a channel. */
        OPEN,
        /** The relay refused or ended it; it may be asked again at a time. */
        REFUSED
    }

    private static final long FIRST_PAUSE_NANOS = 250_000_000L;
    private static final long LONGEST_PAUSE_NANOS = 60_000_000_000L;
    /** A channel that lasted so long has no past. */
    private static final long LASTING_NANOS = 60_000_000_000L;

    final PublicKey relay;
    final PublicKey peer;
    final Endpoint.Relayed endpoint;
    State state = State.ASKED;
    /** This node asked for it, and keeps it; else the far end did. */
    boolean isMine;
    /** The relay's number for it while it is open. */
    int channel;
    long openedNanos = Deadlines.NEVER;
    long askedNanos = Deadlines.NEVER;
    /** When to ask: again, to keep it, or after a refusal. */
    long nextNanos = Deadlines.NEVER;
    int tries;
    /** Why it was refused or ended last; null when nobody said. */
    @Nullable
    RelayReason reason;

    Line(PublicKey relay, PublicKey peer) {
        this.relay = relay;
        this.peer = peer;
        this.endpoint = new Endpoint.Relayed(relay, peer);
    }

    boolean isOpen() {
        return state == State.OPEN;
    }

    /** The relay is asked now. */
    void asked(long nowNanos) {
        isMine = true;
        askedNanos = nowNanos;
        nextNanos = nowNanos + pauseNanos();
        tries++;
    }

    void opened(long nowNanos, int newChannel) {
        state = State.OPEN;
        channel = newChannel;
        reason = null;
        openedNanos = nowNanos;
    }

    /** It is over, or never began; not to be asked for again before a while that doubles each time. */
    void refused(long nowNanos, long leastPauseNanos) {
        if (isOpen() && nowNanos - openedNanos >= LASTING_NANOS) {
            tries = 0;
        }
        state = State.REFUSED;
        channel = 0;
        nextNanos = nowNanos + Math.max(leastPauseNanos, pauseNanos());
    }

    private long pauseNanos() {
        return Math.min(LONGEST_PAUSE_NANOS, FIRST_PAUSE_NANOS << Math.min(tries, Byte.SIZE));
    }
}
