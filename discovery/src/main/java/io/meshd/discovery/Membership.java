package io.meshd.discovery;

import io.meshd.identity.Identity;
import io.meshd.identity.PublicKey;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Frame;
import io.meshd.protocol.MemberState;
import io.meshd.protocol.NodeRecord;
import io.meshd.protocol.Outbox;
import io.scalecube.cluster.Member;
import io.scalecube.cluster.membership.MemberStatus;
import io.scalecube.cluster.transport.api.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * Who is in the mesh: SWIM by the scalecube library, over sessions, among trusted keys.
 *
 * <p>It needs no seed to start and waits for nothing. Whenever a session comes up with a trusted peer that is no member
 * here, the two compare their tables. What is learned comes out as {@code Event.MemberChanged} and
 * {@code Event.RecordLearned}; the present opinion is {@link #members()}. Membership is a hint of trouble and the mesh's
 * memory: whether a path carries packets is for probes of that path to say.
 *
 * <p>All verbs are called by the node thread, with the time of one monotonic clock. After each of them
 * {@link #nextDeadlineNanos()} may have changed.
 */
public final class Membership {
    private static final long SECOND = 1_000_000_000L;
    /** How long leaving may take. */
    private static final long LEAVE_NANOS = 3 * SECOND;
    /** The goodbye is repeated, since nobody acknowledges it. */
    private static final long[] LEAVE_REPEATS_NANOS = {SECOND / 10, SECOND * 3 / 10};
    /** A stranger is told who is here again, at growing intervals, until it answers. */
    private static final long INTRODUCE_NANOS = SECOND;
    /** How long after the library our own probes have come to their verdict at the latest. */
    private static final long OVERLOOKED_NANOS = SECOND / 10;
    private static final long INTRODUCE_NANOS_MAX = 16 * SECOND;
    private static final long RENDEZVOUS_FIRST_NANOS_MAX = 5 * SECOND;

    private final Self self;
    private final Timers timers;
    private final Roster roster;
    private final Links links;
    private final Probes probes;
    private final Library library;
    private final Suspicions suspicions;
    private final News news;
    private final TableSync sync;
    private final Dissemination dissemination;
    private final Hearing hearing;
    private final Rendezvous rendezvous;
    private final RandomGenerator random;
    private boolean started;
    private boolean left;

    /**
     * @param identity  the own identity; it signs statements
     * @param ownRecord the own signed record; its epoch is the epoch of this run
     * @param trusted   the keys that may be members; the own may be among them
     * @param known     what was remembered of earlier runs; used to find peers, never believed
     * @param random    chooses helpers, verifiers and whom to tell
     * @throws IllegalArgumentException when the epoch of the own record is not between 1 and 2^48
     */
    public Membership(Identity identity, NodeRecord ownRecord, SortedSet<PublicKey> trusted, List<KnownPeer> known,
            RandomGenerator random) {
        this(Signatures.of(identity), ownRecord, trusted, known, random);
    }

    Membership(Signatures signatures, NodeRecord ownRecord, SortedSet<PublicKey> trusted, List<KnownPeer> known,
            RandomGenerator random) {
        this.self = new Self(ownRecord, signatures);
        this.random = random;
        this.timers = new Timers();
        this.links = new Links(timers);
        this.roster = new Roster(self.key, links::emit);
        roster.update(trusted);
        known.forEach(this::remember);
        this.probes = new Probes(self, timers, roster, links, random, this::unanswered, this::answeredLate);
        this.library = new Library(self.member, timers,
                new SessionTransport(self.member, timers, roster, new ForLibrary()), this::removed);
        probes.serve(library);
        this.sync = new TableSync(self, timers, roster, links);
        this.suspicions = new Suspicions(self, timers, roster, library, probes, sync, random);
        Ledger ledger = new Ledger();
        this.dissemination = new Dissemination(self, timers, roster, links, ledger, random);
        this.news = new News(self, timers, roster, links, ledger, library, suspicions);
        this.hearing = new Hearing(self, timers, roster, links, library, probes, suspicions, news, sync);
        this.rendezvous = new Rendezvous(timers, roster, links, sync);
    }

    private void remember(KnownPeer known) {
        Peer peer = roster.peer(known.node());
        if (peer != null) {
            known.lastGood().reversed().forEach(peer::rememberAddress);
            peer.remembered = known.record();
        }
    }

    /**
     * Begins. Once, before any other verb.
     *
     * @throws IllegalStateException when the library does not start, which is a defect and not a matter of the network
     */
    public void start(long nowNanos, Outbox outbox) {
        timers.begin(nowNanos);
        self.recordSinceNanos = nowNanos;
        library.start();
        rendezvous.start(random.nextLong(RENDEZVOUS_FIRST_NANOS_MAX));
        started = true;
        finish(outbox);
    }

    /** Whether whoever gets this is to answer at once: silence after it means something. */
    public static boolean asks(Frame.Membership frame) {
        return SwimCodec.asks(frame.body().toArray());
    }

    /** A membership frame came inside the session with {@code from}. */
    public void handle(long nowNanos, PublicKey from, Frame.Membership frame, Outbox outbox) {
        begin(nowNanos);
        if (!left) {
            carries(from);
            hearing.hear(from, frame.body().toArray());
        }
        finish(outbox);
    }

    /** What comes inside a session shows that there is one, also when its end was told because it had been silent. */
    private void carries(PublicKey from) {
        Peer peer = roster.peer(from);
        if (peer != null && !peer.session) {
            peer.session = true;
            links.sessionUp(peer);
        }
    }

    /** A goodbye came inside the session with {@code from}, who need not be the one who leaves. */
    public void handle(long nowNanos, PublicKey from, Frame.Leave leave, Outbox outbox) {
        begin(nowNanos);
        hearing.hear(from, leave);
        finish(outbox);
    }

    /**
     * A session with the peer can carry frames from now on; {@code via} is the path that it came up on. May be called
     * again for the same peer, when its path has changed. Of a peer that is not trusted (yet) it changes nothing, so
     * {@link #trust} comes first.
     */
    public void sessionUp(long nowNanos, PublicKey key, Endpoint via, Outbox outbox) {
        begin(nowNanos);
        Peer peer = roster.peer(key);
        if (peer != null) {
            peer.lastSeenNanos = nowNanos;
            if (via instanceof Endpoint.Direct direct) {
                peer.rememberAddress(direct.address());
            }
            if (!peer.session) {
                peer.session = true;
                links.sessionUp(peer);
            }
            // Also when there was a session before: a handshake is a sign of life of who was given up.
            introduce(peer);
        }
        finish(outbox);
    }

    /** Introduces this node to a peer that is no member here, and again later, until it is one. */
    private void introduce(Peer peer) {
        introduce(peer, ++peer.introductions, INTRODUCE_NANOS);
    }

    private void introduce(Peer peer, int introduction, long againNanos) {
        if (introduction == peer.introductions && peer.session && !peer.revoked && peer.isStranger() && !left) {
            sync.introduce(peer);
            timers.after(againNanos,
                    () -> introduce(peer, introduction, Math.min(2 * againNanos, INTRODUCE_NANOS_MAX)));
        }
    }

    /** No session with the peer is left. It says nothing about the peer's life. */
    public void sessionDown(long nowNanos, PublicKey key, Outbox outbox) {
        begin(nowNanos);
        Peer peer = roster.peer(key);
        if (peer != null) {
            peer.session = false;
        }
        finish(outbox);
    }

    /**
     * A verified record came on its owner's own fresh session (a Hello): its epoch beats any remembered one.
     *
     * <p>When {@code Event.RecordLearned} shows a later run of a peer than the record of the present session does, the
     * other end of that session is gone: the caller ends the session, says so by {@link #sessionDown}, and the next
     * message asks for a new one.
     */
    public void record(long nowNanos, NodeRecord ownersRecord, Outbox outbox) {
        begin(nowNanos);
        Peer peer = roster.peer(ownersRecord.node());
        if (peer != null) {
            boolean stranger = peer.isStranger();
            news.onOwnersRecord(peer, ownersRecord);
            if (!stranger && peer.isStranger()) {
                introduce(peer);
            }
        }
        finish(outbox);
    }

    /** The keys that may be members, all of them. Who is no longer among them is gone at once. */
    public void trust(long nowNanos, SortedSet<PublicKey> trusted, Outbox outbox) {
        begin(nowNanos);
        for (Peer peer : roster.update(trusted)) {
            if (peer.member != null) {
                library.remove(peer.member, peer.incarnation());
            }
            links.forget(peer);
            sync.forget(peer);
        }
        finish(outbox);
    }

    /** The own record has changed: same epoch, greater sequence. */
    public void updateOwnRecord(long nowNanos, NodeRecord record, Outbox outbox) {
        if (record.epoch() != self.epoch || !record.isNewerThan(self.record)) {
            throw new IllegalArgumentException("the own record changes within its run, to a greater sequence");
        }
        begin(nowNanos);
        self.record = record;
        self.recordSinceNanos = nowNanos;
        moveOn();
        finish(outbox);
    }

    /** Tells everybody again that this node is alive: after waking up and after a change of network. */
    public void announce(long nowNanos, Outbox outbox) {
        begin(nowNanos);
        moveOn();
        finish(outbox);
    }

    private void moveOn() {
        if (!left) {
            library.announce();
            library.readTable();
        }
    }

    /** Says goodbye. Keep calling {@link #handleTimeout} until {@link #hasLeft()}: 3 s at most. */
    public void leave(long nowNanos, Outbox outbox) {
        begin(nowNanos);
        if (self.left == null) {
            self.left = new Rumour.Left(self.signatures.leave(self.epoch));
            sayGoodbye();
            for (long delayNanos : LEAVE_REPEATS_NANOS) {
                timers.after(delayNanos, this::sayGoodbye);
            }
            timers.after(LEAVE_NANOS, () -> left = true);
            library.leave(() -> left = true);
        }
        finish(outbox);
    }

    private void sayGoodbye() {
        Rumour.Left goodbye = self.left;
        if (goodbye != null) {
            roster.all().stream().filter(peer -> peer.session).forEach(peer -> links.send(peer, goodbye.leave()));
        }
    }

    /** Whether everything that {@link #leave} began is done. */
    public boolean hasLeft() {
        return left;
    }

    /** Does what is due. */
    public void handleTimeout(long nowNanos, Outbox outbox) {
        begin(nowNanos);
        finish(outbox);
    }

    /** When {@link #handleTimeout} is to be called, or {@code Deadlines.NEVER}. */
    public long nextDeadlineNanos() {
        return timers.nextCallersNanos();
    }

    private void begin(long nowNanos) {
        if (!started) {
            throw new IllegalStateException("start comes first");
        }
        timers.advance(nowNanos);
    }

    private void finish(Outbox outbox) {
        timers.run();
        links.flush(outbox);
    }

    /** Every trusted peer, seen or not. */
    public SortedMap<PublicKey, MemberSnapshot> members() {
        SortedMap<PublicKey, MemberSnapshot> snapshots = new TreeMap<>();
        for (Peer peer : roster.all()) {
            snapshots.put(peer.key,
                    new MemberSnapshot(peer.key, peer.state, peer.epoch, peer.record, peer.lastSeenNanos));
        }
        return snapshots;
    }

    /** What is worth keeping over a restart. */
    public List<KnownPeer> knownPeers() {
        List<KnownPeer> known = new ArrayList<>();
        for (Peer peer : roster.all()) {
            NodeRecord record = peer.record != null ? peer.record : peer.remembered;
            if (record != null || !peer.lastGood().isEmpty()) {
                known.add(new KnownPeer(peer.key, peer.lastGood(), record));
            }
        }
        return known;
    }

    /** How many tasks of the library or of ours ended in an exception; a defect when it is not zero. */
    public long failures() {
        return timers.failures();
    }

    /** The newest statement of a peer, or null. */
    Rumour.@Nullable Alive statementOf(PublicKey key) {
        Peer peer = roster.peer(key);
        return peer == null ? null : peer.alive;
    }

    /** Whether the library's table holds exactly whom this one believes in. It does after every verb. */
    boolean agreesWithLibrary() {
        SortedSet<String> believed = new TreeSet<>();
        believed.add(self.member.id());
        for (Peer peer : roster.all()) {
            if (peer.isPresent()) {
                believed.add(Peer.member(peer.key, peer.epoch).id());
            }
        }
        return left || self.left != null || believed.equals(library.memberIds());
    }

    private void unanswered(Peer peer) {
        suspicions.unanswered(peer);
    }

    private void answeredLate(Peer peer) {
        suspicions.answeredLate(peer);
    }

    /** The library has removed a member, by our wish or by its own timeout. */
    private void removed(Member member) {
        Peer peer = roster.at(member.address());
        if (peer == null || !member.equals(peer.member)) {
            return;
        }
        peer.member = null;
        if (peer.state != MemberState.LEFT) {
            peer.verdict = peer.suspicion == null ? List.of() : peer.suspicion.accusations();
            if (peer.verdict.isEmpty()) {
                peer.verdict = List.of(self.signatures.accusation(peer.key, peer.epoch, peer.incarnation(), self.key));
            }
            peer.countRemoval(timers.nowNanos());
            roster.state(peer, MemberState.DEAD);
        }
        peer.suspicion = null;
    }

    /** What the library wants, handed to who does it. */
    private final class ForLibrary implements SessionTransport.Outlet {
        @Override
        public Mono<Message> ping(Peer target, long epoch, String cid) {
            return probes.ping(target, epoch, cid);
        }

        @Override
        public Mono<Message> pingRequest(Peer helper, String cid) {
            return probes.pingRequest(helper, cid);
        }

        @Override
        public void pingFor(Member issuer, Peer target, long epoch, String cid) {
            probes.pingFor(issuer, target, epoch, cid);
        }

        @Override
        public void ack(Peer to, String cid, boolean gone) {
            links.sayNow(to, new SwimMessage.Ack(Long.parseLong(cid), gone));
        }

        @Override
        public void sync(Peer with) {
            sync.begin(with);
        }

        @Override
        public void gossip(Peer to, Message rumour) {
            noticeSuspect(rumour.data());
            dissemination.pass(to, rumour.data());
        }

        /**
         * The library may suspect whom we do not: an answer that came late, or timers that all fired after a sleep. Only a
         * refutation ends its suspicion, so ours has to begin, unless it is about to by itself.
         */
        private void noticeSuspect(@Nullable Object rumour) {
            if (rumour != null && LibraryTypes.isRow(rumour)) {
                LibraryTypes.TableRow row = LibraryTypes.row(rumour);
                Peer about = roster.at(row.member().address());
                if (about != null && isOverlooked(about, row)) {
                    timers.after(OVERLOOKED_NANOS, () -> {
                        if (isOverlooked(about, row)) {
                            suspicions.unanswered(about);
                        }
                    });
                }
            }
        }

        private static boolean isOverlooked(Peer about, LibraryTypes.TableRow row) {
            return row.status() == MemberStatus.SUSPECT && about.suspicion == null
                    && row.member().equals(about.member) && row.incarnation() == about.incarnation();
        }

        @Override
        public void table(List<LibraryTypes.TableRow> rows) {
            rows.stream().filter(row -> row.member().equals(self.member))
                    .forEach(row -> news.onOwnIncarnation(row.incarnation()));
        }
    }
}
