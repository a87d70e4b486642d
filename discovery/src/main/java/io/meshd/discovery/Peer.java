package io.meshd.discovery;

import io.meshd.identity.PublicKey;
import io.meshd.protocol.MemberState;
import io.meshd.protocol.NodeRecord;
import io.scalecube.cluster.Member;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The row of one trusted key: everything that is known of it. Changed by the parts of membership, on the node thread. */
final class Peer {
    /** The namespace of all members. Networks are told apart by their records; the library's rule for names is another. */
    private static final String NAMESPACE = "meshd";
    /** Removals within this time make later ones slower. */
    private static final long FLAP_WINDOW_NANOS = 60_000_000_000L;
    /** A node probes one member a second, and some to confirm; half a mesh that is cut off is accused at once. */
    private static final double ACCUSATIONS_AT_ONCE = 32;
    private static final double ACCUSATIONS_PER_SECOND = 2;
    /** A node refutes at most five times a second, and its record changes rarely. */
    private static final double STATEMENTS_AT_ONCE = 40;
    private static final double STATEMENTS_PER_SECOND = 4;
    /** The most that flapping multiplies the time in suspicion by is 2 to the power of this. */
    private static final int FLAP_DOUBLINGS_MAX = 3;

    final PublicKey key;
    final String address;
    final long shortKey;

    MemberState state = MemberState.UNKNOWN;
    /** The run that {@link #state} is about; 0 when none is known. */
    long epoch;
    /** Runs up to this one, other than {@link #epoch}, are over: the owner itself said so. */
    long supersededEpoch;
    /** The newest statement of the owner in that run. */
    Rumour.@Nullable Alive alive;
    /** The goodbye of that run. */
    Rumour.@Nullable Left left;
    @Nullable
    NodeRecord record;
    /** What the disk remembers, unverified: good for addresses only. */
    @Nullable
    NodeRecord remembered;
    /** What the library calls this peer while it is in the library's table. */
    @Nullable
    Member member;
    @Nullable
    Suspicion suspicion;
    /** Why this peer was removed: shown to whoever still believes in it. */
    List<Rumour.Accusation> verdict = List.of();
    /** A verified statement that waits for the record that belongs to it. */
    Rumour.@Nullable Alive unrecorded;

    /** When {@link #record} was learned. */
    long recordSinceNanos;

    boolean session;
    /** How often this node began to introduce itself: a later beginning ends an earlier one. */
    int introductions;
    /** No longer trusted: nothing goes there any more. */
    boolean revoked;
    /** What the peer may still say; made when it first says something. */
    @Nullable
    TokenBucket budget;
    /** The two digests that were compared last, since when, and how many summaries they were worth. */
    long reconciled;
    long reconciledNanos;
    int summaries;
    @Nullable
    Long lastSeenNanos;
    /** When the peer last answered a ping of ours: proof that the path works both ways. */
    @Nullable
    Long lastAckNanos;
    private final List<InetSocketAddress> lastGood = new ArrayList<>();
    private @Nullable Long lastSetbackNanos;
    private @Nullable TokenBucket accusations;
    private @Nullable TokenBucket statements;
    private int removals;
    private long lastRemovalNanos;

    Peer(PublicKey key) {
        this.key = key;
        this.address = address(key);
        this.shortKey = SwimMessage.shortKey(key);
    }

    /** The library's address of a key: its own form of a name, with a port that means nothing. */
    static String address(PublicKey key) {
        return key.peerId() + ":1";
    }

    /** The library's name for one run of a node. */
    static Member member(PublicKey key, long epoch) {
        return new Member(key.peerId() + "." + epoch, null, address(key), NAMESPACE);
    }

    /** The run that a member's id names; the id was made by {@link #member(PublicKey, long)}. */
    static long epoch(Member member) {
        return Long.parseLong(member.id(), PublicKey.PEER_ID_CHARACTERS + 1, member.id().length(), 10);
    }

    /** Whether the library has this peer in its table. */
    boolean isListed() {
        return member != null;
    }

    /** Whether the opinion is that the peer takes part. */
    boolean isPresent() {
        return state == MemberState.ALIVE || state == MemberState.SUSPECT;
    }

    /** Whether the run of the peer that is there now is no member here. */
    boolean isStranger() {
        return !isPresent() || (record != null && record.epoch() > epoch);
    }

    /** The incarnation of the newest statement, or -1. */
    int incarnation() {
        return alive == null ? SwimMessage.NOT_ACCUSED : alive.incarnation();
    }

    /** Whether a statement about this run is about the past: the run is known to be over. */
    boolean isOver(long otherEpoch) {
        return otherEpoch != epoch && (otherEpoch < epoch || otherEpoch <= supersededEpoch);
    }

    /** Whether the known record belongs to this statement, so that the peer can be admitted. */
    boolean hasRecordFor(Rumour.Alive statement) {
        return record != null && record.epoch() == statement.epoch() && record.sequence() >= statement.sequence();
    }

    /** Where the peer may be found: where it last was first, then what its record names. */
    Set<InetSocketAddress> addresses() {
        Set<InetSocketAddress> all = new LinkedHashSet<>(lastGood);
        NodeRecord newest = record != null ? record : remembered;
        if (newest != null) {
            all.addAll(newest.endpoints());
        }
        return all;
    }

    List<InetSocketAddress> lastGood() {
        return List.copyOf(lastGood);
    }

    /** A session was alive here. */
    void rememberAddress(InetSocketAddress good) {
        lastGood.remove(good);
        lastGood.addFirst(good);
        if (lastGood.size() > KnownPeer.LAST_GOOD_MAX) {
            lastGood.removeLast();
        }
    }

    /** Counts that the owner stated an earlier run than before; true when it did so repeatedly in a short time. */
    boolean countSetback(long nowNanos) {
        boolean again = lastSetbackNanos != null && nowNanos - lastSetbackNanos < FLAP_WINDOW_NANOS;
        lastSetbackNanos = nowNanos;
        return again;
    }

    /** Whether an accusation by this peer may be heard; takes from its allowance. */
    boolean mayAccuse(long nowNanos) {
        if (accusations == null) {
            accusations = new TokenBucket(ACCUSATIONS_AT_ONCE, ACCUSATIONS_PER_SECOND, nowNanos);
        }
        return accusations.take(1, nowNanos);
    }

    /** Whether another statement of this peer about itself may be heard; takes from its allowance. */
    boolean mayState(long nowNanos) {
        if (statements == null) {
            statements = new TokenBucket(STATEMENTS_AT_ONCE, STATEMENTS_PER_SECOND, nowNanos);
        }
        return statements.take(1, nowNanos);
    }

    void countRemoval(long nowNanos) {
        removals = nowNanos - lastRemovalNanos > FLAP_WINDOW_NANOS ? 1 : Math.min(removals + 1, FLAP_DOUBLINGS_MAX);
        lastRemovalNanos = nowNanos;
    }

    /** How much longer than usual this peer stays under suspicion: 1, doubled for each recent removal. */
    int patience(long nowNanos) {
        return removals == 0 || nowNanos - lastRemovalNanos > FLAP_WINDOW_NANOS ? 1 : 1 << removals;
    }
}
