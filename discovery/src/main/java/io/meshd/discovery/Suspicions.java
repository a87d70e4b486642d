package io.meshd.discovery;

import io.meshd.protocol.Deadlines;
import io.meshd.protocol.MemberState;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Decides when a silent member is dead: by a quorum of accusers who each probed it, as in Lifeguard.
 *
 * <p>The library's own suspicion is one fixed and long timeout. Here the first accusation makes several members probe the
 * target themselves and tell it that it is accused; K = min(3, live others) accusers and a minimal time, in which the
 * target could have refuted, end its membership. With fewer than 4 nodes there is no quorum to be had and a plain
 * timeout decides; the library's own is the last resort.
 */
final class Suspicions {
    private static final long SECOND = 1_000_000_000L;
    private static final int QUORUM = 3;
    /** Below this number of live nodes, the target counted, the plain timeout decides. */
    private static final int QUORUM_NODES_MIN = 4;
    /** Time to refute: a probe, the refutation, and its way through the mesh. */
    private static final long MIN_NANOS = 2_500_000_000L;
    /** suspicionMult of the plain timeout; it is multiplied by ⌈log2(n+1)⌉ ping intervals. */
    private static final int PLAIN_MULTIPLIER = 2;
    /** How many members probe a target on the first accusation that they hear, on average. */
    private static final double VERIFIERS = 6;
    /** After an answer of the target to this very node no quorum convinces it for so long. */
    private static final long PROOF_NANOS = 3 * SECOND;
    private static final long RECHECK_NANOS = SECOND / 4;
    private static final long REMIND_NANOS = 3 * SECOND;
    /** After so many unanswered probes in a row the fault is probably here, and nobody is accused aloud. */
    private static final int FAILURES_IN_A_ROW_MAX = 3;

    private final Self self;
    private final Timers timers;
    private final Roster roster;
    private final Library library;
    private final Probes probes;
    private final TableSync sync;
    private final RandomGenerator random;
    private long heardNanos;
    private int failuresInARow;

    Suspicions(Self self, Timers timers, Roster roster, Library library, Probes probes, TableSync sync,
            RandomGenerator random) {
        this.self = self;
        this.timers = timers;
        this.roster = roster;
        this.library = library;
        this.probes = probes;
        this.sync = sync;
        this.random = random;
    }

    /** Somebody was heard: the way in works. */
    void heard() {
        heardNanos = timers.nowNanos();
    }

    /** A member answered a ping of this node: the way out works. */
    void answered() {
        failuresInARow = 0;
    }

    /** A probe of this node found no answer. */
    void unanswered(Peer target) {
        if (!target.isListed() || target.alive == null) {
            return;
        }
        failuresInARow++;
        Rumour.Accusation accusation = own(target);
        add(target, accusation);
        Suspicion suspicion = target.suspicion;
        // What was kept back when this node may have been deaf is said when it fails again.
        if (suspicion != null && suspicion.isAccuser(self.key) && !suspicion.isAloud && isHealthy()) {
            suspicion.isAloud = true;
            library.spread(accusation);
        }
    }

    private Rumour.Accusation own(Peer target) {
        return self.signatures.accusation(target.key, target.epoch, target.incarnation(), self.key);
    }

    /** A member answered after the library gave it up: it is asked to refute what nobody else need know of. */
    void answeredLate(Peer target) {
        if (target.isListed() && target.alive != null) {
            add(target, own(target));
            probes.remind(target);
        }
    }

    /** Whether the fault is probably not here: somebody was heard while the probe ran, and not all probes fail. */
    private boolean isHealthy() {
        return failuresInARow <= FAILURES_IN_A_ROW_MAX && timers.nowNanos() - heardNanos < SECOND;
    }

    /** A member accuses another in its present incarnation, and the signature is good. */
    void accused(Peer target, Rumour.Accusation accusation) {
        if (!add(target, accusation)) {
            return;
        }
        library.spread(accusation);
        Suspicion suspicion = target.suspicion;
        if (suspicion != null && !suspicion.isWeighed && !suspicion.isAloud) {
            suspicion.isWeighed = true;
            if (random.nextDouble() * roster.aliveOthers() < VERIFIERS) {
                probes.verify(target);
            }
        }
    }

    private boolean add(Peer target, Rumour.Accusation accusation) {
        Suspicion suspicion = target.suspicion;
        if (suspicion == null) {
            suspicion = new Suspicion(target.incarnation(), timers.nowNanos());
            target.suspicion = suspicion;
            roster.state(target, MemberState.SUSPECT);
            if (target.member != null) {
                library.suspect(target.member, suspicion.incarnation);
            }
            recheck(target, suspicion);
        }
        return suspicion.add(accusation);
    }

    private void recheck(Peer target, Suspicion suspicion) {
        timers.after(RECHECK_NANOS, () -> check(target, suspicion));
    }

    private void check(Peer target, Suspicion suspicion) {
        if (target.suspicion != suspicion || target.member == null) {
            return;
        }
        long now = timers.nowNanos();
        if (Deadlines.isDue(removalNanos(target, suspicion), now)) {
            library.remove(target.member, suspicion.incarnation);
            return;
        }
        // Nobody else may share this suspicion, or the refutation was lost.
        if (now - suspicion.remindedNanos >= REMIND_NANOS) {
            suspicion.remindedNanos = now;
            probes.remind(target);
            compareWithAnother(target);
        }
        recheck(target, suspicion);
    }

    /** Others may have concluded the case already: their table, or their verdict, decides it here as well. */
    private void compareWithAnother(Peer target) {
        List<Peer> others = roster.all().stream()
                .filter(peer -> peer.state == MemberState.ALIVE && !peer.equals(target)).toList();
        if (!others.isEmpty()) {
            sync.begin(others.get(random.nextInt(others.size())));
        }
    }

    /** When the member is to be removed as things stand, or never. */
    private long removalNanos(Peer target, Suspicion suspicion) {
        int patience = target.patience(timers.nowNanos());
        if (roster.aliveOthers() + 2 < QUORUM_NODES_MIN) {
            return suspicion.sinceNanos + patience * plainNanos();
        }
        if (suspicion.accusers() < Math.min(QUORUM, roster.aliveOthers())) {
            return Deadlines.NEVER;
        }
        long atNanos = suspicion.sinceNanos + patience * MIN_NANOS;
        Long proof = target.lastAckNanos;
        if (proof != null && proof - suspicion.sinceNanos > 0 && proof + PROOF_NANOS - atNanos > 0) {
            return proof + PROOF_NANOS;
        }
        return atNanos;
    }

    private long plainNanos() {
        int logarithm = Integer.SIZE - Integer.numberOfLeadingZeros(roster.members());
        return SECOND * PLAIN_MULTIPLIER * logarithm;
    }
}
