package io.meshd.discovery;

import io.meshd.identity.Bytes;
import io.meshd.identity.Identity;
import io.meshd.identity.PublicKey;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Event;
import io.meshd.protocol.Frame;
import io.meshd.protocol.FrameCodec;
import io.meshd.protocol.MemberState;
import io.meshd.protocol.NodeRecord;
import io.meshd.protocol.Outbox;
import io.meshd.testing.discovery.ScalecubeSeeding;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SortedSet;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A whole mesh of memberships in one thread on virtual time, with sessions in memory: everything follows from one seed.
 *
 * <p>A session comes up by a handshake of two flights, repeated as the tunnel does, and dies with the daemon of either
 * end; who still has it talks into the void until it hears of a new one. Records change hands when a session comes up,
 * as Hello frames do.
 */
final class Simulation {
    static final long MILLI = 1_000_000L;
    static final long SECOND = 1_000_000_000L;
    private static final long[] HANDSHAKE_FLIGHTS_NANOS = {0, 100 * MILLI, 300 * MILLI, 700 * MILLI, 1500 * MILLI};
    private static final long SESSION_IDLE_NANOS = 180 * SECOND;
    private static final long SESSION_SILENT_NANOS = 15 * SECOND;
    private static final long EPOCH = 1_800_000_000_000L;

    final SplittableRandom random;
    final List<Node> nodes = new ArrayList<>();
    private final boolean realSignatures;
    private final PriorityQueue<Turn> turns = new PriorityQueue<>();
    private final Map<PublicKey, Node> byKey = new HashMap<>();
    private final Map<InetSocketAddress, Node> byAddress = new HashMap<>();
    private long nowNanos;
    private long order;
    private long trace = 17;
    long frames;
    long bytes;
    long handshakes;
    double loss;
    /** Whether each turn compares the library's table with ours. */
    boolean checksTables;
    long delayMinNanos = MILLI / 2;
    long delayMaxNanos = 2 * MILLI;
    /** Whether a datagram can pass, by the places of its ends. */
    Way way = (_, _) -> true;

    /** Which datagrams pass. */
    interface Way {
        boolean isOpen(int from, int to);
    }

    private record Turn(long atNanos, long order, Runnable action) implements Comparable<Turn> {
        @Override
        public int compareTo(Turn other) {
            int byTime = Long.compare(atNanos, other.atNanos);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    /** Something that a node told. */
    record Told(long atNanos, Event event) {}

    private static final class Session {
        private final Daemon a;
        private final Daemon b;
        private long usedNanos;
        /** Since when an end has said something without hearing anything; the tunnel shakes hands anew after 15 s. */
        private final Map<Daemon, Long> unansweredNanos = new HashMap<>();

        Session(Daemon a, Daemon b, long nowNanos) {
            this.a = a;
            this.b = b;
            this.usedNanos = nowNanos;
        }

        boolean isSilentFor(Daemon end, long nowNanos) {
            return nowNanos - unansweredNanos.getOrDefault(end, nowNanos) > SESSION_SILENT_NANOS;
        }

        Daemon other(Daemon end) {
            return end == a ? b : a;
        }
    }

    /** One run of a node's daemon. */
    final class Daemon implements Outbox {
        final Node node;
        final Membership membership;
        NodeRecord record;
        boolean alive = true;
        private final Map<PublicKey, Session> sessions = new HashMap<>();
        private final Map<PublicKey, Long> handshaking = new HashMap<>();
        private long timeoutAtNanos = Deadlines.NEVER;

        Daemon(Node node, NodeRecord record, Membership membership) {
            this.node = node;
            this.record = record;
            this.membership = membership;
        }

        void turn(Consumer<Membership> verb) {
            if (!alive) {
                return;
            }
            if (node.isPaused()) {
                at(node.pausedUntilNanos, () -> turn(verb));
                return;
            }
            ScalecubeSeeding.seed(node.random.nextLong());
            verb.accept(membership);
            if (membership.failures() > 0) {
                throw new AssertionError("a task of " + node.name + " failed");
            }
            if (checksTables && !membership.agreesWithLibrary()) {
                throw new AssertionError("the tables of " + node.name + " differ");
            }
            long next = membership.nextDeadlineNanos();
            if (next != Deadlines.NEVER && (timeoutAtNanos == Deadlines.NEVER || next < timeoutAtNanos)) {
                timeoutAtNanos = Math.max(next, nowNanos);
                at(timeoutAtNanos, this::timeout);
            }
        }

        boolean hasSession(Node other) {
            return sessions.containsKey(other.key);
        }

        /** What a node last said of itself, as this one knows it. */
        Rumour.Alive statementOf(Node other) {
            Rumour.Alive statement = membership.statementOf(other.key);
            if (statement == null) {
                throw new AssertionError(node.name + " never heard " + other.name);
            }
            return statement;
        }

        private void timeout() {
            if (timeoutAtNanos <= nowNanos) {
                timeoutAtNanos = Deadlines.NEVER;
                turn(m -> m.handleTimeout(nowNanos, this));
            }
        }

        @Override
        public void send(PublicKey to, Frame frame) {
            Session session = sessions.get(to);
            if (session == null) {
                return;
            }
            if (nowNanos - session.usedNanos > SESSION_IDLE_NANOS) {
                expire(session);
                return;
            }
            session.usedNanos = nowNanos;
            byte[] encoded = FrameCodec.encode(frame);
            frames++;
            bytes += encoded.length;
            node.framesSent++;
            node.bytesSent += encoded.length;
            trace = trace * 31 + nowNanos;
            trace = trace * 31 + java.util.Arrays.hashCode(encoded);
            node.tap.sent(to, frame);
            Daemon receiver = session.other(this);
            carry(node, receiver.node, () -> receiver.receive(this, frame));
            session.unansweredNanos.putIfAbsent(this, nowNanos);
            if (session.isSilentFor(this, nowNanos)) {
                connect(to, new Endpoint.Direct(receiver.node.address));
            }
        }

        private void receive(Daemon sender, Frame frame) {
            Session session = sessions.get(sender.node.key);
            if (!alive || session == null || session.other(this) != sender) {
                return;
            }
            session.unansweredNanos.remove(this);
            switch (frame) {
                case Frame.Membership m -> turn(x -> x.handle(nowNanos, sender.node.key, m, this));
                case Frame.Leave leave -> turn(x -> x.handle(nowNanos, sender.node.key, leave, this));
                default -> throw new AssertionError(frame);
            }
        }

        private void expire(Session session) {
            for (Daemon end : List.of(session.a, session.b)) {
                PublicKey other = session.other(end).node.key;
                if (end.sessions.remove(other, session)) {
                    at(nowNanos, () -> end.turn(m -> m.sessionDown(nowNanos, other, end)));
                }
            }
        }

        @Override
        public void renew(PublicKey peer) {
            throw new AssertionError("membership renews nothing");
        }

        @Override
        public void connect(PublicKey peer, @Nullable Endpoint at) {
            Node target = byAddress.get(((Endpoint.Direct) Objects.requireNonNull(at)).address());
            Long since = handshaking.get(peer);
            Session session = sessions.get(peer);
            boolean fine = session != null && !session.isSilentFor(this, nowNanos);
            if (target == null || !target.key.equals(peer) || fine
                    || (since != null && nowNanos - since < 2 * SECOND)) {
                return;
            }
            handshaking.put(peer, nowNanos);
            for (long flightNanos : HANDSHAKE_FLIGHTS_NANOS) {
                at(nowNanos + flightNanos, () -> initiate(target));
            }
        }

        private void initiate(Node target) {
            if (!alive || !handshaking.containsKey(target.key) || node.isPaused()) {
                return;
            }
            handshakes++;
            carry(node, target, () -> {
                Daemon responder = target.daemon;
                if (responder != null && responder.alive && !target.isPaused() && target.trusts.contains(node.key)) {
                    carry(target, node, () -> complete(responder));
                }
            });
        }

        private void complete(Daemon responder) {
            if (!alive || node.isPaused() || handshaking.remove(responder.node.key) == null || !responder.alive
                    || !node.trusts.contains(responder.node.key)) {
                return;
            }
            // The responder can receive from the moment of its response on; it may send when it has heard the initiator.
            Session session = new Session(this, responder, nowNanos);
            sessions.put(responder.node.key, session);
            responder.sessions.put(node.key, session);
            come(this, responder);
            at(nowNanos + delayMinNanos, () -> come(responder, this));
        }

        private void come(Daemon here, Daemon there) {
            if (here.alive) {
                here.turn(m -> m.record(nowNanos, there.record, here));
                here.turn(m -> m.sessionUp(nowNanos, there.node.key, new Endpoint.Direct(there.node.address), here));
            }
        }

        @Override
        public void emit(Event event) {
            node.told.add(new Told(nowNanos, event));
            trace = trace * 31 + event.toString().hashCode();
            if (event instanceof Event.MemberChanged changed) {
                node.opinions.put(changed.peer(), changed.to());
            } else if (event instanceof Event.RecordLearned learned) {
                dropSessionBefore(learned.record());
            }
        }

        /** A later run of a peer has no use for a session of an earlier one; a daemon wipes it. */
        private void dropSessionBefore(NodeRecord later) {
            Session session = sessions.get(later.node());
            if (session != null && session.other(this).record.epoch() < later.epoch()) {
                sessions.remove(later.node());
                at(nowNanos, () -> turn(m -> m.sessionDown(nowNanos, later.node(), this)));
            }
        }

        @Override
        public void transmit(Endpoint to, byte[] datagram, int trafficClass) {
            throw new AssertionError();
        }

        @Override
        public void sendVia(PublicKey peer, Endpoint via, Frame frame) {
            throw new AssertionError();
        }

        @Override
        public void deliver(byte[] packet) {
            throw new AssertionError();
        }
    }

    /** Sees what a node sends. */
    interface Tap {
        void sent(PublicKey to, Frame frame);
    }

    /** One host with its identity and its disk. */
    final class Node {
        final int place;
        final String name;
        final PublicKey key;
        final Signatures signatures;
        final @Nullable Identity identity;
        final InetSocketAddress address;
        final SplittableRandom random;
        final List<Told> told = new ArrayList<>();
        final Map<PublicKey, MemberState> opinions = new TreeMap<>();
        SortedSet<PublicKey> trusts = new TreeSet<>();
        List<KnownPeer> disk = List.of();
        Tap tap = (_, _) -> {};
        String network = "sim";
        long pausedUntilNanos;
        private long asleepUntilNanos;
        long framesSent;
        long bytesSent;
        @Nullable
        Daemon daemon;
        private long epoch = EPOCH;

        Node(int place, SplittableRandom random) {
            this.place = place;
            this.random = random;
            this.name = "node-" + place;
            if (realSignatures) {
                identity = Identity.generate(random);
                key = identity.publicKey();
                signatures = Signatures.of(identity);
            } else {
                byte[] bytes = new byte[PublicKey.BYTES];
                random.nextBytes(bytes);
                identity = null;
                key = PublicKey.of(bytes);
                signatures = new CheapSignatures(key);
            }
            address = addressOf(place);
        }

        boolean isPaused() {
            return nowNanos < pausedUntilNanos;
        }

        /** Nothing runs and nothing arrives for some time: a laptop with its lid closed. */
        void sleep(long nanos) {
            asleepUntilNanos = nowNanos + nanos;
            pausedUntilNanos = nowNanos + nanos;
        }

        /** Nothing runs for some time, but what arrives waits: a host that is overloaded. */
        void block(long nanos) {
            pausedUntilNanos = nowNanos + nanos;
        }

        boolean isAsleep() {
            return nowNanos < asleepUntilNanos;
        }

        boolean isUp() {
            return daemon != null && daemon.alive;
        }

        Daemon daemon() {
            Daemon current = daemon;
            if (current == null) {
                throw new AssertionError(name + " never ran");
            }
            return current;
        }

        Membership membership() {
            return daemon().membership;
        }

        NodeRecord record(long epoch, long sequence) {
            return identity == null
                    ? CheapSignatures.record(key, epoch, sequence, name, address)
                    : NodeRecord.sign(identity, epoch, sequence, name, network, 0, 1420, List.of(), List.of(address));
        }

        /** Starts the daemon with a greater epoch than ever before. */
        void start() {
            epoch = Math.max(epoch + 1, EPOCH + nowNanos / MILLI);
            start(epoch);
        }

        void start(long withEpoch) {
            NodeRecord own = record(withEpoch, 1);
            opinions.clear();
            Daemon fresh = new Daemon(this, own,
                    new Membership(signatures, own, trusts, disk, new SplittableRandom(random.nextLong())));
            daemon = fresh;
            fresh.turn(m -> m.start(nowNanos, fresh));
        }

        /** The daemon is gone from one moment to the next; the disk has what a daemon would have written lately. */
        void crash() {
            disk = membership().knownPeers();
            daemon().alive = false;
        }

        /** Says goodbye and ends. */
        void leave() {
            Daemon leaving = daemon();
            leaving.turn(m -> m.leave(nowNanos, leaving));
            disk = leaving.membership.knownPeers();
            at(nowNanos + 3 * SECOND + MILLI, () -> {
                if (leaving.alive && !leaving.membership.hasLeft()) {
                    throw new AssertionError(name + " does not end");
                }
                leaving.alive = false;
            });
        }

        void connect(Node peer) {
            daemon().connect(peer.key, new Endpoint.Direct(peer.address));
        }

        /** Changes the own record. */
        void update(long sequence) {
            Daemon running = daemon();
            running.record = record(running.record.epoch(), sequence);
            running.turn(m -> m.updateOwnRecord(nowNanos, running.record, running));
        }

        long sequenceOf(Node other) {
            MemberSnapshot snapshot = membership().members().get(other.key);
            return snapshot == null || snapshot.record() == null ? 0 : snapshot.record().sequence();
        }

        void trust(SortedSet<PublicKey> keys) {
            trusts = keys;
            daemon().turn(m -> m.trust(nowNanos, keys, daemon()));
        }

        MemberState opinion(Node of) {
            return opinions.getOrDefault(of.key, MemberState.UNKNOWN);
        }

        boolean believesIn(Node other) {
            MemberState state = opinion(other);
            return state == MemberState.ALIVE || state == MemberState.SUSPECT;
        }

        /** Whether the node told such an event since a moment. */
        boolean hasTold(long sinceNanos, Predicate<Event> predicate) {
            return told.stream().anyMatch(one -> one.atNanos() >= sinceNanos && predicate.test(one.event()));
        }

        /** The run of another node that this one knows of. */
        long epochOf(Node other) {
            MemberSnapshot snapshot = membership().members().get(other.key);
            return snapshot == null ? 0 : snapshot.epoch();
        }

        /** Says something that the node's own membership would never say. */
        void say(Node to, SwimMessage... messages) {
            SwimWriter writer = new SwimWriter();
            for (SwimMessage message : messages) {
                writer.array(SwimCodec.encode(message));
            }
            say(to, writer.toArray());
        }

        void say(Node to, byte[] body) {
            daemon().send(to.key, new Frame.Membership(Bytes.copyOf(body)));
        }
    }

    Simulation(long seed, int size, boolean realSignatures) {
        this.random = new SplittableRandom(seed);
        this.realSignatures = realSignatures;
        this.checksTables = size <= 16;
        for (int i = 0; i < size; i++) {
            Node node = new Node(i, random.split());
            nodes.add(node);
            byKey.put(node.key, node);
            byAddress.put(node.address, node);
        }
        TreeSet<PublicKey> all = new TreeSet<>();
        nodes.forEach(node -> all.add(node.key));
        nodes.forEach(node -> {
            node.trusts = new TreeSet<>(all);
            node.trusts.remove(node.key);
        });
    }

    private static InetSocketAddress addressOf(int place) {
        try {
            return new InetSocketAddress(
                    InetAddress.getByAddress(new byte[]{10, 0, (byte) (place >>> 8), (byte) place}), 51_821);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    private long delay() {
        return random.nextLong(delayMinNanos, delayMaxNanos + 1);
    }

    private void carry(Node from, Node to, Runnable arrival) {
        if (random.nextDouble() >= loss && way.isOpen(from.place, to.place)) {
            at(nowNanos + delay(), () -> {
                if (!to.isAsleep()) {
                    arrival.run();
                }
            });
        }
    }

    void at(long atNanos, Runnable action) {
        turns.add(new Turn(Math.max(atNanos, nowNanos), order++, action));
    }

    void in(long delayNanos, Runnable action) {
        at(nowNanos + delayNanos, action);
    }

    long nowNanos() {
        return nowNanos;
    }

    /** What happened so far, in one number. */
    long trace() {
        return trace;
    }

    void run(long nanos) {
        runUntil(nowNanos + nanos, () -> false);
    }

    /** The messages in a frame; none when it carries something else. */
    static List<SwimMessage> messages(Frame frame) {
        List<SwimMessage> messages = frame instanceof Frame.Membership membership
                ? SwimCodec.decode(membership.body().toArray())
                : null;
        return messages == null ? List.of() : messages;
    }

    /** Gives two daemons a new session, whatever they had before. */
    void meet(Daemon one, Daemon other) {
        one.handshaking.put(other.node.key, nowNanos);
        one.complete(other);
    }

    /** Lets only datagrams between these two groups and within each pass or not. */
    void split(int below) {
        way = (a, b) -> a < below == b < below;
    }

    void heal() {
        way = (_, _) -> true;
    }

    /** Runs until the condition holds, looked at every 10 ms; how long that took, or -1 when it did not within the time. */
    long await(long mostNanos, BooleanSupplier condition) {
        long began = nowNanos;
        while (nowNanos - began < mostNanos) {
            if (condition.getAsBoolean()) {
                return nowNanos - began;
            }
            run(10 * MILLI);
        }
        return condition.getAsBoolean() ? nowNanos - began : -1;
    }

    private void runUntil(long endNanos, BooleanSupplier stop) {
        while (!turns.isEmpty() && turns.peek().atNanos() <= endNanos && !stop.getAsBoolean()) {
            Turn next = turns.remove();
            nowNanos = next.atNanos();
            next.action().run();
        }
        nowNanos = endNanos;
    }

    /** Starts all nodes, {@code gapNanos} apart, each knowing the first one's address. */
    void startAll(long gapNanos) {
        for (Node node : nodes) {
            node.start();
            if (node.place > 0) {
                node.connect(nodes.getFirst());
            }
            run(gapNanos);
        }
    }

    /** Whether every running node believes in every other running node. */
    boolean isWhole() {
        for (Node node : nodes) {
            for (Node other : nodes) {
                if (node != other && node.isUp() && other.isUp() && node.trusts.contains(other.key)
                        && node.opinion(other) != MemberState.ALIVE) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Whether no running node believes in this one. */
    boolean isForgotten(Node gone) {
        return nodes.stream().noneMatch(node -> node != gone && node.isUp() && node.believesIn(gone));
    }

    /** How often a running node was taken for dead since a moment. */
    Map<String, Integer> removals(long sinceNanos) {
        Map<String, Integer> removals = new LinkedHashMap<>();
        for (Node node : nodes) {
            removalsBy(node, sinceNanos).forEach(name -> removals.merge(name, 1, Integer::sum));
        }
        return removals;
    }

    /** The running nodes that this one took for dead since a moment. */
    List<String> removalsBy(Node node, long sinceNanos) {
        List<String> names = new ArrayList<>();
        for (Told told : node.told) {
            if (told.atNanos() >= sinceNanos && told.event() instanceof Event.MemberChanged changed
                    && changed.to() == MemberState.DEAD) {
                Node dead = byKey.get(changed.peer());
                if (dead != null && dead.isUp()) {
                    names.add(dead.name);
                }
            }
        }
        return names;
    }
}
