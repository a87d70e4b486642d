package io.meshd.nat;

import static org.assertj.core.api.Assertions.assertThat;

import io.meshd.identity.PublicKey;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Event;
import io.meshd.protocol.Frame;
import io.meshd.protocol.Outbox;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Two nodes and the links between them, in virtual time that starts far below zero and repeats from a seed. */
final class TwoNodes {
    static final long MILLIS = 1_000_000L;
    static final long SECONDS = 1_000 * MILLIS;
    static final long MINUTES = 60 * SECONDS;
    private static final long START_NANOS = -5 * SECONDS;

    final SplittableRandom random;
    final Node a;
    final Node b;
    final List<Link> links = new ArrayList<>();
    private final PriorityQueue<Task> tasks = new PriorityQueue<>(
            Comparator.comparingLong(Task::atNanos).thenComparingLong(Task::number));
    private long nowNanos = START_NANOS;
    /** When the present session was made. */
    long keyNanos;
    private long tasksMade;
    private long turns;

    TwoNodes(long seed) {
        this.random = new SplittableRandom(seed);
        this.a = new Node("a", key(1), key(2));
        this.b = new Node("b", key(2), key(1));
    }

    static PublicKey key(int number) {
        byte[] encoded = new byte[PublicKey.BYTES];
        encoded[0] = (byte) number;
        encoded[1] = (byte) (number >> 8);
        return PublicKey.of(encoded);
    }

    static Endpoint.Direct direct(String address) {
        try {
            return new Endpoint.Direct(new InetSocketAddress(InetAddress.getByName(address), 51821));
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(address, e);
        }
    }

    /** A straight link, known to both by a record. */
    Link directLink(String atA, String atB, long delayNanos) {
        return add(new Link(direct(atA), direct(atB), delayNanos), CandidateKind.RECORD);
    }

    /** A link through a relay, known to both. */
    Link relayLink(int relay, long delayNanos) {
        PublicKey by = key(1000 + relay);
        return add(new Link(new Endpoint.Relayed(by, a.self), new Endpoint.Relayed(by, b.self), delayNanos),
                CandidateKind.RELAY);
    }

    /** A link that nobody has been told of. */
    Link add(Link link) {
        links.add(link);
        return link;
    }

    private Link add(Link link, CandidateKind kind) {
        add(link);
        a.paths().candidate(nowNanos, new Candidate(link.atB, kind), a);
        b.paths().candidate(nowNanos, new Candidate(link.atA, kind), b);
        return link;
    }

    /** A handshake over this link, begun by a. */
    void establish(Link link) {
        a.paths().sessionEstablished(nowNanos, link.atB, true, a);
        b.paths().sessionEstablished(nowNanos, link.atA, false, b);
        keyNanos = nowNanos;
    }

    long now() {
        return nowNanos;
    }

    void after(long nanos, Runnable what) {
        tasks.add(new Task(nowNanos + nanos, tasksMade++, what));
    }

    void run(long nanos) {
        long endNanos = nowNanos + nanos;
        while (true) {
            long next = Deadlines.earlier(a.all.nextDeadlineNanos(), b.all.nextDeadlineNanos());
            Task task = tasks.peek();
            next = task == null ? next : Deadlines.earlier(next, task.atNanos());
            if (next == Deadlines.NEVER || next - endNanos > 0) {
                nowNanos = endNanos;
                return;
            }
            assertThat(next).as("time goes forward").isGreaterThanOrEqualTo(nowNanos);
            nowNanos = next;
            while (!tasks.isEmpty() && tasks.element().atNanos() <= nowNanos) {
                tasks.remove().what().run();
            }
            a.all.handleTimeout(nowNanos, a);
            b.all.handleTimeout(nowNanos, b);
            // The whole check costs more than what it checks; every change of a path is checked besides.
            if (turns++ % 7 == 0) {
                a.check();
                b.check();
            }
        }
    }

    private Node other(Node node) {
        return node == a ? b : a;
    }

    private record Task(long atNanos, long number, Runnable what) {}

    /** One way between the two, under one address at each end. */
    static final class Link {
        Endpoint atA;
        final Endpoint atB;
        long delayNanos;
        long jitterNanos;
        double lossToA;
        double lossToB;
        boolean isCutToA;
        boolean isCutToB;
        int carried;
        /** How long a NAT in front of a lets b in after the last packet either way; for ever when {@link Long#MAX_VALUE}. */
        long forgetsAfterNanos = Long.MAX_VALUE;
        long usedNanos;

        Link(Endpoint atA, Endpoint atB, long delayNanos) {
            this.atA = atA;
            this.atB = atB;
            this.delayNanos = delayNanos;
        }

        void cut(boolean isCut) {
            isCutToA = isCut;
            isCutToB = isCut;
        }

        void lose(double share) {
            lossToA = share;
            lossToB = share;
        }
    }

    /** What a node's composer does, as far as paths are concerned. */
    final class Node implements Outbox {
        final String name;
        final PublicKey self;
        final PublicKey peer;
        final Paths all;
        final List<Event.PathChosen> moves = new ArrayList<>();
        final List<Long> movesAtNanos = new ArrayList<>();
        final List<Long> arrivalsNanos = new ArrayList<>();
        final Set<Long> seen = new HashSet<>();
        int framesSent;
        int handshakesSent;
        int probesSent;
        /** Probes to where there is no link. */
        int probesWasted;
        private long packetsMade;
        private boolean isPumping;

        Node(String name, PublicKey self, PublicKey peer) {
            this.name = name;
            this.self = self;
            this.peer = peer;
            this.all = new Paths(self, random.split());
        }

        PeerPaths paths() {
            return all.of(peer);
        }

        @Nullable
        Endpoint chosen() {
            return paths().chosen();
        }

        /** Sends packets at even distances until stopped. */
        void pump(long everyNanos) {
            isPumping = true;
            pumpOne(everyNanos);
        }

        void stop() {
            isPumping = false;
        }

        private void pumpOne(long everyNanos) {
            if (isPumping) {
                sendData();
                after(everyNanos, () -> pumpOne(everyNanos));
            }
        }

        void sendData() {
            long number = packetsMade++;
            Endpoint chosen = chosen();
            Endpoint standby = paths().standby();
            paths().sent(nowNanos, 1);
            if (chosen != null) {
                carry(chosen, from -> other(this).receive(number, from));
            }
            if (standby != null) {
                carry(standby, from -> other(this).receive(number, from));
            }
        }

        private void receive(long number, Endpoint from) {
            if (seen.add(number)) {
                arrivalsNanos.add(nowNanos);
                paths().received(nowNanos, from, 1, this);
            }
        }

        @Override
        public void sendVia(PublicKey to, Endpoint via, Frame frame) {
            assertThat(to).isEqualTo(peer);
            framesSent++;
            probesSent += frame instanceof Frame.PathProbe ? 1 : 0;
            boolean carried = carry(via, from -> other(this).receive(frame, from));
            probesWasted += carried ? 0 : 1;
        }

        private void receive(Frame frame, Endpoint from) {
            paths().heardFrom(nowNanos, from, this);
            switch (frame) {
                case Frame.PathProbe probe -> paths().handle(nowNanos, probe, from, this);
                case Frame.PathProbeReply reply -> paths().handle(nowNanos, reply, from, this);
                case Frame.CallBack call -> paths().handle(nowNanos, call, from, this);
                case Frame.MtuProbe probe -> paths().handle(nowNanos, probe, from, this);
                default -> throw new AssertionError(frame);
            }
        }

        private boolean carry(Endpoint via, java.util.function.Consumer<Endpoint> arrives) {
            for (Link link : links) {
                if (!(this == a ? link.atB : link.atA).equals(via)) {
                    continue;
                }
                link.carried++;
                boolean isForgotten = this == b && nowNanos - link.usedNanos > link.forgetsAfterNanos;
                boolean isLost = isForgotten || random.nextDouble() < (this == a ? link.lossToB : link.lossToA);
                link.usedNanos = isForgotten ? link.usedNanos : nowNanos;
                if (!isLost && !(this == a ? link.isCutToB : link.isCutToA)) {
                    long jitter = link.jitterNanos == 0 ? 0 : random.nextLong(link.jitterNanos);
                    Endpoint from = this == a ? link.atA : link.atB;
                    after(link.delayNanos + jitter, () -> arrives.accept(from));
                }
                return true;
            }
            return false;
        }

        @Override
        public void emit(Event event) {
            if (event instanceof Event.PathChosen chosen) {
                moves.add(chosen);
                movesAtNanos.add(nowNanos);
                after(0, this::check);
            }
        }

        @Override
        public void transmit(Endpoint to, byte[] datagram, int trafficClass) {
            throw new AssertionError("paths seal nothing");
        }

        @Override
        public void send(PublicKey to, Frame frame) {
            throw new AssertionError("paths name the path of each frame");
        }

        @Override
        public void connect(PublicKey to, @Nullable Endpoint at) {
            throw new AssertionError("paths begin no handshake");
        }

        @Override
        public void renew(PublicKey to) {
            assertThat(to).isEqualTo(peer);
            handshakesSent++;
            carry(Objects.requireNonNull(chosen()), from -> other(this).respond(from));
        }

        private void respond(Endpoint from) {
            paths().heardFrom(nowNanos, from, this);
            handshakesSent++;
            carry(from, at -> other(this).accept(at));
        }

        private void accept(Endpoint from) {
            keyNanos = nowNanos;
            paths().sessionEstablished(nowNanos, from, true, this);
            paths().heardFrom(nowNanos, from, this);
            handshakesSent++;
            carry(from, at -> other(this).confirmed(at));
        }

        private void confirmed(Endpoint from) {
            paths().sessionEstablished(nowNanos, from, false, this);
            paths().heardFrom(nowNanos, from, this);
        }

        @Override
        public void deliver(byte[] packet) {
            throw new AssertionError("paths deliver nothing");
        }

        /** What holds after every event. */
        void check() {
            List<PathView> views = paths().candidates(nowNanos);
            assertThat(views).hasSizeLessThanOrEqualTo(CandidateSet.CANDIDATES_MAX);
            List<PathView> chosen = views.stream().filter(PathView::chosen).toList();
            assertThat(chosen).hasSizeLessThanOrEqualTo(1);
            assertThat(chosen.isEmpty() ? null : chosen.getFirst().endpoint()).isEqualTo(chosen());
            if (!chosen.isEmpty()) {
                assertThat(paths().standby()).isNotEqualTo(chosen());
                if (chosen.getFirst().state() == PathState.UNPROVEN) {
                    Decision move = paths().decisions().stream()
                            .filter(decision -> !Objects.equals(decision.from(), decision.to()))
                            .reduce((_, later) -> later).orElseThrow();
                    assertThat(move.reason()).startsWith("the peer is heard there");
                }
            }
        }

        /** The longest time without an arrival between two moments; the second counts as one. */
        long longestGapNanos(long fromNanos, long toNanos) {
            long longest = 0;
            long last = fromNanos;
            for (long at : arrivalsNanos) {
                if (at > fromNanos && at <= toNanos) {
                    longest = Math.max(longest, at - last);
                    last = at;
                }
            }
            return Math.max(longest, toNanos - last);
        }

        String story() {
            StringBuilder text = new StringBuilder(name);
            for (Decision decision : paths().decisions()) {
                text.append(String.format("%n%8d ms %s -> %s: %s", (decision.atNanos() - START_NANOS) / MILLIS,
                        decision.from(), decision.to(), decision.reason() + ": " + decision.figures()));
            }
            return text.toString();
        }
    }
}
