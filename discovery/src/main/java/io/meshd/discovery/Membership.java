package io.meshd.discovery;

import io.meshd.identity.Identity;
import io.meshd.identity.PublicKey;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Frame;
import io.meshd.protocol.NodeRecord;
import io.meshd.protocol.Outbox;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.random.RandomGenerator;

/** Signatures only, for the time being. */
@SuppressWarnings("DoNotCallSuggester")
public final class Membership {
    /**
     * @param identity  the own identity
     * @param ownRecord the own signed record; its epoch is the epoch of this run
     * @param trusted   the keys that may be members, without the own
     * @param known     what was remembered of earlier runs
     * @param random    chooses helpers and targets
     */
    public Membership(Identity identity, NodeRecord ownRecord, SortedSet<PublicKey> trusted, List<KnownPeer> known,
            RandomGenerator random) {}

    /** Begins. Once. */
    public void start(long nowNanos, Outbox outbox) {
        throw new UnsupportedOperationException();
    }

    /** A membership frame came inside the session with {@code from}. */
    public void handle(long nowNanos, PublicKey from, Frame.Membership frame, Outbox outbox) {
        throw new UnsupportedOperationException();
    }

    /** A goodbye came inside the session with {@code from}. */
    public void handle(long nowNanos, PublicKey from, Frame.Leave leave, Outbox outbox) {
        throw new UnsupportedOperationException();
    }

    /** A session with the peer can carry frames from now on; {@code via} is the path that it came up on. */
    public void sessionUp(long nowNanos, PublicKey peer, Endpoint via, Outbox outbox) {
        throw new UnsupportedOperationException();
    }

    /** No session with the peer is left. */
    public void sessionDown(long nowNanos, PublicKey peer, Outbox outbox) {
        throw new UnsupportedOperationException();
    }

    /** A verified record came on its owner's own fresh session: its epoch beats any remembered one. */
    public void record(long nowNanos, NodeRecord ownersRecord, Outbox outbox) {
        throw new UnsupportedOperationException();
    }

    /** The keys that may be members, all of them, without the own. Who is no longer among them is gone at once. */
    public void trust(long nowNanos, SortedSet<PublicKey> roster, Outbox outbox) {
        throw new UnsupportedOperationException();
    }

    /** The own record has changed: same epoch, greater sequence. */
    public void updateOwnRecord(long nowNanos, NodeRecord record, Outbox outbox) {
        throw new UnsupportedOperationException();
    }

    /** Tells everybody again that this node is alive: after waking up and after a change of network. */
    public void announce(long nowNanos, Outbox outbox) {
        throw new UnsupportedOperationException();
    }

    /** Says goodbye. Keep calling {@link #handleTimeout} until {@link #hasLeft()}: 3 s at most. */
    public void leave(long nowNanos, Outbox outbox) {
        throw new UnsupportedOperationException();
    }

    /** Whether everything that {@link #leave} began is done. */
    public boolean hasLeft() {
        throw new UnsupportedOperationException();
    }

    /** Does what is due. */
    public void handleTimeout(long nowNanos, Outbox outbox) {
        throw new UnsupportedOperationException();
    }

    /** When {@link #handleTimeout} is to be called, or {@code Deadlines.NEVER}. */
    public long nextDeadlineNanos() {
        throw new UnsupportedOperationException();
    }

    /** Every trusted peer, seen or not. */
    public SortedMap<PublicKey, MemberSnapshot> members() {
        throw new UnsupportedOperationException();
    }

    /** What is worth keeping over a restart. */
    public List<KnownPeer> knownPeers() {
        throw new UnsupportedOperationException();
    }
}
