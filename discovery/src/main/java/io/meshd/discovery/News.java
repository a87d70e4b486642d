package io.meshd.discovery;

import io.meshd.protocol.DropReason;
import io.meshd.protocol.Event;
import io.meshd.protocol.MemberState;
import io.meshd.protocol.NodeRecord;
import io.meshd.protocol.ProtocolVersion;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Judges what members say about members, and tells the library what is true and new.
 *
 * <p>Only statements about trusted keys count, only with the signature of who makes them, and only when they are newer
 * than what is known: by run, then by incarnation. Nobody can say that another is dead; a death is concluded here, by
 * {@link Suspicions}, from accusations. An old statement never revives the dead: who still believes in a dead member is
 * shown the verdict, and the member itself, when it is alive after all, must state a greater incarnation.
 */
final class News {
    /** Most that an incarnation may jump within a run; they count refutations and changes one by one. */
    private static final int INCARNATION_JUMP_MAX = 1 << 20;
    /** What a bad signature costs of the budget of who said it. */
    private static final double FORGERY_COST = 200;
    /** Accusations of a verdict that are shown to a believer: the quorum. */
    private static final int VERDICT_SHOWN_MAX = 3;
    /** A node refutes at most so often, whoever accuses it. */
    private static final long REFUTE_INTERVAL_NANOS = 200_000_000;
    /** Peers that are told of a refutation directly. */
    private static final int ASKERS_MAX = 64;
    private static final long WANT_AGAIN_NANOS = 300_000_000;
    private static final int WANT_TIMES = 3;
    /** How long a statement whose record did not come, or was refused, is not listened to. */
    private static final long UNRECORDED_NANOS = 10_000_000_000L;
    /** How long a newcomer's first informant is taken to have told the others already. */
    private static final long NEWCOMER_NANOS = 2_000_000_000L;
    /** Records change hands with the statements about them for so long after they were new. */
    static final long RECORD_FRESH_NANOS = 20_000_000_000L;

    private final Self self;
    private final Timers timers;
    private final Roster roster;
    private final Links links;
    private final Ledger ledger;
    private final Library library;
    private final Suspicions suspicions;
    private final List<Peer> askers = new ArrayList<>();
    private @Nullable Long lastRefutedNanos;
    private @Nullable Peer firstInformant;
    private long firstInformedNanos;

    News(Self self, Timers timers, Roster roster, Links links, Ledger ledger, Library library,
            Suspicions suspicions) {
        this.self = self;
        this.timers = timers;
        this.roster = roster;
        this.links = links;
        this.ledger = ledger;
        this.library = library;
        this.suspicions = suspicions;
    }

    void hear(Peer from, Rumour rumour) {
        switch (rumour) {
            case Rumour.Alive alive -> onAlive(from, alive);
            case Rumour.Described record -> onRecord(from, record);
            case Rumour.Left left -> onLeft(from, left);
            case Rumour.Accusation accusation -> onAccusation(from, accusation);
        }
    }

    private boolean verifies(Peer from, Rumour rumour) {
        boolean good = self.signatures.verifies(rumour);
        if (!good) {
            links.drop(DropReason.MALFORMED);
            if (from.budget != null) {
                from.budget.charge(FORGERY_COST, timers.nowNanos());
            }
        }
        return good;
    }

    /** Whether the owner of a new, true statement keeps within its rate; every one of them travels through the mesh. */
    private boolean mayState(Peer owner) {
        boolean may = owner.mayState(timers.nowNanos());
        if (!may) {
            links.drop(DropReason.RATE_LIMITED);
        }
        return may;
    }

    // ---- alive

    private void onAlive(Peer from, Rumour.Alive alive) {
        if (alive.node().equals(self.key)) {
            onOwnName(from, alive);
            return;
        }
        Peer peer = roster.peer(alive.node());
        if (peer == null || peer.isOver(alive.epoch())) {
            return;
        }
        if (alive.epoch() == peer.epoch && alive.incarnation() <= peer.incarnation()) {
            onKnownAlive(from, peer, alive);
            return;
        }
        boolean sameRun = alive.epoch() == peer.epoch;
        if (sameRun && (peer.state == MemberState.LEFT
                || alive.incarnation() > peer.incarnation() + INCARNATION_JUMP_MAX)) {
            correct(from, peer);
            return;
        }
        if (alive.equals(peer.unrecorded) && !peer.hasRecordFor(alive)) {
            return;
        }
        if (!verifies(from, alive) || !mayState(peer)) {
            return;
        }
        if (peer.hasRecordFor(alive)) {
            admit(from, peer, alive);
        } else {
            peer.unrecorded = alive;
            want(from, peer, WANT_TIMES);
        }
    }

    private void onKnownAlive(Peer from, Peer peer, Rumour.Alive alive) {
        if (alive.equals(peer.alive)) {
            ledger.heard(alive, from.key);
        }
        correct(from, peer);
    }

    /** Tells who believes in a member that is gone why it is gone. */
    private void correct(Peer from, Peer peer) {
        if (peer.isPresent()) {
            return;
        }
        if (peer.left != null) {
            links.saySoon(from, peer.left);
        } else {
            peer.verdict.stream().limit(VERDICT_SHOWN_MAX).forEach(accusation -> links.saySoon(from, accusation));
        }
    }

    /** Somebody says that this node is alive in another run. */
    private void onOwnName(Peer from, Rumour.Alive alive) {
        boolean later = alive.epoch() > self.epoch;
        if (later && verifies(from, alive)) {
            links.emit(new Event.IdentityConflict(self.key, alive.epoch()));
        }
    }

    private void want(Peer from, Peer about, int times) {
        Rumour.Alive waiting = about.unrecorded;
        if (times > 0) {
            links.saySoon(from, new SwimMessage.Want(List.of(about.shortKey)));
        }
        timers.after(times > 0 ? WANT_AGAIN_NANOS : UNRECORDED_NANOS, () -> {
            if (waiting == null || !waiting.equals(about.unrecorded)) {
                return;
            }
            if (times > 0) {
                want(from, about, times - 1);
            } else {
                about.unrecorded = null;
            }
        });
    }

    /** A new, true statement: the library is to have the member. */
    private void admit(Peer from, Peer peer, Rumour.Alive alive) {
        if (peer.epoch != alive.epoch()) {
            endRun(peer);
            peer.epoch = alive.epoch();
        }
        if (peer.alive != null) {
            ledger.forget(peer.alive);
        }
        peer.alive = alive;
        peer.left = null;
        peer.unrecorded = null;
        peer.suspicion = null;
        peer.verdict = List.of();
        ledger.heard(alive, from.key);
        if (isCommonKnowledge(from)) {
            ledger.silence(alive);
        }
        if (peer.member == null) {
            peer.member = Peer.member(peer.key, peer.epoch);
        }
        library.alive(peer.member, alive.incarnation());
        roster.state(peer, MemberState.ALIVE);
    }

    /** Forgets the run that was known: the library must not have two members of one key. */
    private void endRun(Peer peer) {
        if (peer.member != null) {
            library.remove(peer.member, peer.incarnation());
        }
        if (peer.alive != null) {
            ledger.forget(peer.alive);
        }
        peer.member = null;
        peer.alive = null;
        peer.left = null;
        peer.suspicion = null;
        peer.verdict = List.of();
    }

    /**
     * Whether the others must know this already: a newcomer has its whole table from one member, so what that member
     * tells it next, all others in the table will hear from there.
     */
    private boolean isCommonKnowledge(Peer from) {
        if (roster.members() == 1) {
            firstInformant = from;
            firstInformedNanos = timers.nowNanos();
        } else if (!from.equals(firstInformant) || timers.nowNanos() - firstInformedNanos > NEWCOMER_NANOS) {
            firstInformant = null;
        }
        return firstInformant != null;
    }

    // ---- records

    private void onRecord(Peer from, Rumour.Described rumour) {
        NodeRecord record = rumour.record();
        Peer peer = roster.peer(record.node());
        if (peer == null || peer.isOver(record.epoch()) || !isOfThisMesh(record)
                || (peer.record != null && !record.isNewerThan(peer.record))) {
            return;
        }
        if (verifies(from, rumour) && mayState(peer)) {
            learn(peer, record);
            Rumour.Alive waiting = peer.unrecorded;
            if (waiting != null && peer.hasRecordFor(waiting)) {
                admit(from, peer, waiting);
            }
        }
    }

    private boolean isOfThisMesh(NodeRecord record) {
        return record.networkId().equals(self.record.networkId()) && record.versionMajor() == ProtocolVersion.MAJOR
                && record.epoch() < SwimCodec.EPOCH_MAX;
    }

    private void learn(Peer peer, NodeRecord record) {
        peer.record = record;
        peer.recordSinceNanos = timers.nowNanos();
        links.emit(new Event.RecordLearned(record));
    }

    /**
     * The owner itself states its record, on a fresh session. What it says about its run beats what was remembered: its
     * clock may have been set back and its disk lost.
     */
    void onOwnersRecord(Peer peer, NodeRecord record) {
        if (!isOfThisMesh(record)) {
            return;
        }
        NodeRecord known = peer.record;
        long newest = Math.max(peer.epoch, known == null ? 0 : known.epoch());
        if (record.epoch() < newest) {
            peer.supersededEpoch = newest;
            if (peer.alive != null) {
                // It should know of the later run that others may still believe in.
                links.saySoon(peer, peer.alive);
            }
            endRun(peer);
            peer.epoch = record.epoch();
            peer.unrecorded = null;
            roster.state(peer, MemberState.DEAD);
            if (peer.countSetback(timers.nowNanos())) {
                links.emit(new Event.IdentityConflict(peer.key, newest));
            }
            learn(peer, record);
        } else if (known == null || record.isNewerThan(known)) {
            learn(peer, record);
        }
    }

    // ---- goodbye

    private void onLeft(Peer from, Rumour.Left left) {
        Peer peer = roster.peer(left.leave().node());
        if (peer == null || peer.isOver(left.leave().epoch())) {
            return;
        }
        if (peer.left != null && peer.left.leave().epoch() == left.leave().epoch()) {
            ledger.heard(peer.left, from.key);
            return;
        }
        if (!verifies(from, left) || !mayState(peer)) {
            return;
        }
        if (peer.epoch != left.leave().epoch()) {
            endRun(peer);
            peer.epoch = left.leave().epoch();
        }
        ledger.heard(left, from.key);
        peer.left = left;
        peer.suspicion = null;
        peer.unrecorded = null;
        roster.state(peer, MemberState.LEFT);
        if (peer.member != null) {
            library.leaving(peer.member, peer.incarnation() + 1);
            library.remove(peer.member, peer.incarnation() + 1);
        }
    }

    // ---- accusations

    private void onAccusation(Peer from, Rumour.Accusation accusation) {
        if (accusation.target().equals(self.key)) {
            onAccused(from, accusation);
            return;
        }
        Peer target = roster.peer(accusation.target());
        if (target != null && target.verdict.contains(accusation)) {
            ledger.heard(accusation, from.key);
        }
        if (target == null || !target.isListed() || target.epoch != accusation.epoch()) {
            return;
        }
        if (accusation.incarnation() != target.incarnation()) {
            if (accusation.incarnation() < target.incarnation() && target.alive != null) {
                links.saySoon(from, target.alive);
            }
            return;
        }
        ledger.heard(accusation, from.key);
        Peer accuser = roster.peer(accusation.accuser());
        if (accuser == null || !accuser.isListed() || accuser.equals(target)
                || (target.suspicion != null && target.suspicion.isAccuser(accuser.key))) {
            return;
        }
        if (accuser.mayAccuse(timers.nowNanos()) && verifies(from, accusation)) {
            suspicions.accused(target, accusation);
        }
    }

    private void onAccused(Peer from, Rumour.Accusation accusation) {
        if (accusation.epoch() == self.epoch
                && (accusation.incarnation() < self.alive.incarnation() || verifies(from, accusation))) {
            refute(from, accusation.incarnation());
        }
    }

    /** Proves to {@code asker}, and to everybody, that this node is alive in spite of that incarnation's reputation. */
    void refute(Peer asker, int accusedIncarnation) {
        if (accusedIncarnation < self.alive.incarnation()) {
            links.saySoon(asker, self.alive);
            return;
        }
        if (askers.size() < ASKERS_MAX && !askers.contains(asker)) {
            askers.add(asker);
        }
        long now = timers.nowNanos();
        if (lastRefutedNanos != null && now - lastRefutedNanos < REFUTE_INTERVAL_NANOS) {
            return;
        }
        lastRefutedNanos = now;
        // Not above the own: nobody can make this node jump to an incarnation of their choice.
        library.suspect(self.member, self.alive.incarnation());
        library.readTable();
    }

    /** The library has this node in this incarnation now. */
    void onOwnIncarnation(int incarnation) {
        Rumour.Alive before = self.alive;
        self.state(incarnation);
        if (!before.equals(self.alive)) {
            ledger.forget(before);
            askers.forEach(asker -> links.sayNow(asker, self.alive));
            askers.clear();
        }
    }
}
