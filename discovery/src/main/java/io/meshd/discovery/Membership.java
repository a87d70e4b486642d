package io.meshd.discovery;

import io.meshd.identity.Identity;
import io.meshd.identity.PublicKey;
import io.meshd.protocol.DropReason;
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
    /** What a peer may say at once: a whole table in records and statements, twice. */
    private static final double MESSAGES_AT_ONCE = 16_384;
    private static final double MESSAGES_PER_SECOND = 500;
    /** How long leaving may take. */
    private static final long LEAVE_NANOS = 3 * SECOND;
    /** The goodbye is repeated, since nobody acknowledges it. */
    private static final long[] LEAVE_REPEATS_NANOS = {SECOND / 10, SECOND * 3 / 10};
    /** A stranger is told who is here again, at growing intervals, until it answers. */
    private static final long INTRODUCE_NANOS = SECOND;
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
    private final Rendezvous rendezvous;
    private final RandomGenerator random;
    private boolean started;
    private boolean left;

    /**
     * @param identity  the own identity; it signs statements
     * @param ownRecord the own signed record; its epoch is the epoch of this run
     * @param trusted   the keys that may be members; the own may be among them
     * @param known     what was remembered of earlier runs
     * @param random    chooses helpers and verifiers
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
        this.probes = new Probes(self, timers, roster, links, random, this::unanswered);
        this.library = new Library(self.member, timers,
                new SessionTransport(self.member, timers, roster, new ForLibrary()), this::removed);
        probes.serve(library);
        this.suspicions = new Suspicions(self, timers, roster, library, probes, random);
        Ledger ledger = new Ledger();
        this.dissemination = new Dissemination(self, timers, roster, links, ledger, random);
        this.news = new News(self, timers, roster, links, ledger, library, suspicions);
        this.sync = new TableSync(self, timers, roster, links);
        this.rendezvous = new Rendezvous(timers, roster, links, sync);
    }

    private void remember(KnownPeer known) {
        Peer peer = roster.peer(known.node());
        if (peer != null) {
            known.lastGood().reversed().forEach(peer::rememberAddress);
            NodeRecord record = known.record();
            if (record != null && record.networkId().equals(self.record.networkId())) {
                peer.record = record;
            }
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

    /** A membership frame came inside the session with {@code from}. */
    public void handle(long nowNanos, PublicKey from, Frame.Membership frame, Outbox outbox) {
        begin(nowNanos);
        Peer peer = sender(from);
        List<SwimMessage> messages = SwimCodec.decode(frame.body().toArray());
        if (peer == null) {
            links.drop(DropReason.UNAUTHORIZED_PEER);
        } else if (messages == null) {
            links.drop(DropReason.MALFORMED);
        } else if (!left) {
            peer.lastSeenNanos = nowNanos;
            suspicions.heard();
            messages.forEach(message -> hear(peer, message));
        }
        finish(outbox);
    }

    /** A goodbye came inside the session with {@code from}, who need not be the one who leaves. */
    public void handle(long nowNanos, PublicKey from, Frame.Leave leave, Outbox outbox) {
        begin(nowNanos);
        Peer peer = sender(from);
        if (peer == null) {
            links.drop(DropReason.UNAUTHORIZED_PEER);
        } else if (leave.epoch() < 0 || leave.epoch() >= SwimCodec.EPOCH_MAX) {
            links.drop(DropReason.MALFORMED);
        } else if (affords(peer, 1)) {
            news.onLeft(peer, new Rumour.Left(leave));
        }
        finish(outbox);
    }

    private @Nullable Peer sender(PublicKey from) {
        Peer peer = roster.peer(from);
        if (peer != null && peer.budget == null) {
            peer.budget = new TokenBucket(MESSAGES_AT_ONCE, MESSAGES_PER_SECOND, timers.nowNanos());
        }
        return peer;
    }

    private boolean affords(Peer peer, int cost) {
        boolean affords = peer.budget != null && peer.budget.take(cost, timers.nowNanos());
        if (!affords) {
            links.drop(DropReason.RATE_LIMITED);
        }
        return affords;
    }

    private void hear(Peer from, SwimMessage message) {
        int cost = message instanceof SwimMessage.Want want ? 1 + want.shortKeys().size() : 1;
        if (!affords(from, cost)) {
            return;
        }
        switch (message) {
            case SwimMessage.Ping ping -> onPing(from, ping);
            case SwimMessage.PingRequest request -> onPingRequest(from, request);
            case SwimMessage.Ack ack -> onAck(from, ack);
            case SwimMessage.Nack nack -> probes.onNack(from, nack);
            case SwimMessage.Digest digest -> sync.onDigest(from, digest);
            case SwimMessage.Summary summary -> sync.onSummary(from, summary);
            case SwimMessage.Want want -> sync.onWant(from, want);
            case Rumour rumour -> news.hear(from, rumour);
        }
    }

    private void onPing(Peer from, SwimMessage.Ping ping) {
        library.pinged(Peer.member(from.key, ping.fromEpoch()), Peer.member(self.key, ping.toEpoch()),
                Long.toString(ping.cid()));
        if (ping.toEpoch() != self.epoch) {
            links.saySoon(from, new Rumour.Described(self.record), self.alive);
        } else if (ping.accusedIncarnation() != SwimMessage.NOT_ACCUSED) {
            news.refute(from, ping.accusedIncarnation());
        }
        if (isStranger(from)) {
            sync.introduceAgain(from);
        }
    }

    private void onPingRequest(Peer from, SwimMessage.PingRequest request) {
        Peer target = roster.peer(request.target());
        if (target == null || target.equals(from) || (!target.session && target.addresses().isEmpty())) {
            links.sayNow(from, new SwimMessage.Nack(request.cid()));
            return;
        }
        library.askedToPing(Peer.member(from.key, request.fromEpoch()),
                Peer.member(target.key, request.targetEpoch()), Long.toString(request.cid()));
    }

    private void onAck(Peer from, SwimMessage.Ack ack) {
        suspicions.answered();
        probes.onAck(from, ack);
    }

    /** A session with the peer can carry frames from now on; {@code via} is the path that it came up on. */
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
        if (introduction == peer.introductions && peer.session && !peer.revoked && isStranger(peer) && !left) {
            sync.introduce(peer);
            timers.after(againNanos,
                    () -> introduce(peer, introduction, Math.min(2 * againNanos, INTRODUCE_NANOS_MAX)));
        }
    }

    /** Whether the run of the peer that is there now is no member here. */
    private static boolean isStranger(Peer peer) {
        return !peer.isPresent() || (peer.record != null && peer.record.epoch() > peer.epoch);
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

    /** A verified record came on its owner's own fresh session: its epoch beats any remembered one. */
    public void record(long nowNanos, NodeRecord ownersRecord, Outbox outbox) {
        begin(nowNanos);
        Peer peer = roster.peer(ownersRecord.node());
        if (peer != null) {
            boolean stranger = isStranger(peer);
            news.onOwnersRecord(peer, ownersRecord);
            if (!stranger && isStranger(peer)) {
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
            if (peer.record != null || !peer.lastGood().isEmpty()) {
                known.add(new KnownPeer(peer.key, peer.lastGood(), peer.record));
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
         * refutation ends its suspicion, so ours has to begin.
         */
        private void noticeSuspect(@Nullable Object rumour) {
            if (rumour == null || !LibraryTypes.isRow(rumour)) {
                return;
            }
            LibraryTypes.TableRow row = LibraryTypes.row(rumour);
            Peer about = roster.at(row.member().address());
            if (row.status() == MemberStatus.SUSPECT && about != null && about.suspicion == null
                    && row.member().equals(about.member) && row.incarnation() == about.incarnation()) {
                suspicions.unanswered(about);
            }
        }

        @Override
        public void table(List<LibraryTypes.TableRow> rows) {
            rows.stream().filter(row -> row.member().equals(self.member))
                    .forEach(row -> news.onOwnIncarnation(row.incarnation()));
        }
    }
}
