package io.meshd.tunnel;

import static io.meshd.tunnel.Lab.MILLIS;
import static io.meshd.tunnel.Lab.SECONDS;

import io.meshd.identity.Bytes;
import io.meshd.identity.PublicKey;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.DropReason;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Event;
import io.meshd.protocol.HandshakeMessage.Initiation;
import io.meshd.protocol.HandshakeMessage.Response;
import io.meshd.tunnel.Lab.Datagram;
import io.meshd.tunnel.Lab.Host;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Two hosts joined by a straight path and a relay, whose network does nothing by itself: each datagram waits until it is
 * said to arrive, to arrive and stay, to arrive from elsewhere, or to be lost, and time passes only when it is said to.
 *
 * <p>After each step the rules hold that never give way: see {@link #check}.
 */
final class Crossing {
    /** What a step may be. */
    enum Kind {
        /** A datagram arrives. */
        ARRIVE,
        /** It arrives, and will once more. */
        COPY,
        /** One that has arrived before arrives once more, from an address where its sender is not. */
        ASTRAY,
        /** It never arrives. */
        LOSE,
        /** Time passes until one of the hosts has something to do. */
        WAIT,
        /** A host sends one more packet. */
        SEND
    }

    /** One step, with the number of the datagram or host that it concerns. */
    record Step(Kind kind, int subject) {}

    /** How many steps of each rarer kind a run may have. */
    record Budget(int copies, int astray, int losses, int waits, int sends) {
        /** Everything arrives, once. */
        static final Budget NONE = new Budget(0, 0, 0, 0, 0);

        int of(Kind kind) {
            return switch (kind) {
                case ARRIVE -> Integer.MAX_VALUE;
                case COPY -> copies;
                case ASTRAY -> astray;
                case LOSE -> losses;
                case WAIT -> waits;
                case SEND -> sends;
            };
        }
    }

    /** What a rule says of a datagram: the same bytes by the same path, however often they were sent. */
    private record Message(Host from, Endpoint to, Bytes bytes) {
        static Message of(Datagram datagram) {
            return new Message(datagram.from, datagram.to, Bytes.copyOf(datagram.bytes));
        }
    }

    /** What one host has sent and received. */
    private static final class Account {
        /** When its different initiations left first. */
        final Map<Bytes, Long> initiations = new LinkedHashMap<>();
        /** From where datagrams came that it may have accepted. */
        final Set<Endpoint> proven = new LinkedHashSet<>();
        /** By which paths initiations came. */
        final Set<Endpoint> asked = new LinkedHashSet<>();
        /** When its responses left. */
        final List<Long> responses = new ArrayList<>();
        /** The response to each initiation, by when that left. */
        final Map<Long, Bytes> kept = new LinkedHashMap<>();
        final Set<Bytes> arrivedData = new LinkedHashSet<>();
        /** How many initiations came so late that another may have taken their place. */
        int late;
    }

    /** Longer than the pause between two initiations with its jitter, and the way there and back. */
    static final long USABLE_NANOS = 5_500 * MILLIS;
    private static final Endpoint ELSEWHERE = Lab.endpoint("203.0.113.9", 9);
    private static final long WAY_NANOS = 10 * MILLIS;
    /** Until the next copy of an initiation; what is under way for longer than that is as good as lost. */
    private static final long WAIT_NANOS_MAX = 2 * SECONDS;
    /** Four sessions and a handshake of the own. */
    private static final int INDICES_MAX = 5;
    /** A response and its repetitions at one moment. */
    private static final int RESPONSES_BURST = 6;

    final Lab lab;
    final Host a;
    final Host b;
    private final Host relay;
    private final Budget budget;
    private final List<Datagram> waiting = new ArrayList<>();
    private final int[] used = new int[Kind.values().length];
    private final Account accountOfA = new Account();
    private final Account accountOfB = new Account();
    private final Set<Bytes> heard = new HashSet<>();
    private int seen;
    private int packets;

    Crossing(long seed, Budget budget) {
        this.lab = new Lab(seed);
        this.a = lab.host(1);
        this.b = lab.host(2);
        this.relay = lab.host(3);
        this.budget = budget;
    }

    private Account of(Host host) {
        return host == a ? accountOfA : accountOfB;
    }

    /** The first knows both ways to the other. */
    void knows(Host one, Host other) {
        PublicKey by = relay.identity;
        Peer peer = one.tunnel.add(lab.nowNanos, PeerSettings.meshd(other.tunnel.publicKey()));
        peer.setPaths(null, List.of(other.addresses.getFirst(), new Endpoint.Relayed(by, other.identity)));
    }

    /** The first trusts the other and does not know where it is. */
    void trusts(Host one, Host other) {
        one.tunnel.add(lab.nowNanos, PeerSettings.meshd(other.tunnel.publicKey()));
    }

    /** From now on nothing arrives by itself. */
    void hold() {
        lab.fate = _ -> new long[0];
        seen = lab.sent.size();
        lab.hosts.forEach(host -> host.drops.clear());
        for (Host host : List.of(a, b)) {
            Endpoint at = host.peer(other(host)).endpoint();
            if (at != null) {
                of(host).proven.add(at);
            }
            host.delivered.clear();
        }
    }

    private Host other(Host host) {
        return host == a ? b : a;
    }

    private Host receiver(Datagram datagram) {
        return other(datagram.from);
    }

    private Endpoint source(Datagram datagram) {
        return datagram.to instanceof Endpoint.Direct
                ? datagram.from.addresses.getFirst()
                : new Endpoint.Relayed(relay.identity, datagram.from.identity);
    }

    // Steps.

    /** All that can happen now. What would look the same as something listed is not listed. */
    List<Step> steps() {
        notice();
        List<Step> steps = new ArrayList<>();
        Set<Message> listed = new HashSet<>();
        for (int i = 0; i < waiting.size(); i++) {
            if (listed.add(Message.of(waiting.get(i)))) {
                steps.add(new Step(Kind.ARRIVE, i));
                offer(steps, Kind.COPY, i);
                offer(steps, Kind.LOSE, i);
                if (heard.contains(Bytes.copyOf(waiting.get(i).bytes))) {
                    // Only what the receiver has had already: else this would be a path like any other.
                    offer(steps, Kind.ASTRAY, i);
                }
            }
        }
        long next = nextDeadlineNanos();
        if (next != Deadlines.NEVER && next - lab.nowNanos <= WAIT_NANOS_MAX) {
            offer(steps, Kind.WAIT, 0);
        }
        offer(steps, Kind.SEND, 0);
        offer(steps, Kind.SEND, 1);
        return steps;
    }

    private void offer(List<Step> steps, Kind kind, int subject) {
        if (used[kind.ordinal()] < budget.of(kind)) {
            steps.add(new Step(kind, subject));
        }
    }

    void take(Step step) {
        used[step.kind.ordinal()]++;
        switch (step.kind) {
            case ARRIVE -> arrive(waiting.remove(step.subject));
            case COPY -> arrive(waiting.get(step.subject));
            case ASTRAY -> {
                Datagram datagram = waiting.remove(step.subject);
                if (datagram.type() == 1) {
                    initiate(datagram, ELSEWHERE);
                } else {
                    receiver(datagram).receive(datagram.bytes.clone(), ELSEWHERE);
                }
            }
            case LOSE -> waiting.remove(step.subject);
            case WAIT -> waitFor();
            case SEND -> send(step.subject == 0 ? a : b);
        }
        notice();
        check();
    }

    /** As a node does: where the peer was heard, an initiation may go. */
    private void send(Host from) {
        Peer peer = from.peer(other(from));
        Set<Endpoint> known = new LinkedHashSet<>(peer.otherEndpoints());
        from.events(Event.HeardFrom.class).forEach(event -> known.add(event.from()));
        peer.setPaths(peer.endpoint(), List.copyOf(known));
        from.send(other(from), packet());
    }

    /** Each packet is another. */
    private byte[] packet() {
        byte[] packet = Lab.ip(1, 2, 60);
        packet[59] = (byte) ++packets;
        return packet;
    }

    private void arrive(Datagram datagram) {
        Endpoint from = source(datagram);
        heard.add(Bytes.copyOf(datagram.bytes));
        if (datagram.type() == 1) {
            initiate(datagram, from);
            return;
        }
        Host to = receiver(datagram);
        // A response or a data message proves its path, when it is accepted; if not, nothing may move there anyway.
        of(to).proven.add(from);
        if (datagram.type() == 4 && !datagram.isKeepalive()) {
            of(to).arrivedData.add(Bytes.copyOf(datagram.bytes));
        }
        to.receive(datagram.bytes.clone(), from);
    }

    /** An initiation arrives: each copy is answered, on the path that it came by, while that is due. */
    private void initiate(Datagram datagram, Endpoint from) {
        Host to = receiver(datagram);
        Account account = of(to);
        account.asked.add(from);
        Long begun = of(datagram.from).initiations.get(Bytes.copyOf(datagram.bytes, 0, Initiation.MAC2_OFFSET));
        boolean isLate = begun != null && lab.nowNanos - begun >= Limits.REKEY_TIMEOUT_NANOS;
        account.late += isLate ? 1 : 0;
        int before = to.sent(2).size();
        // Another one that came at this very moment may be one too many.
        boolean isDue = before == 0 || (begun != null && account.kept.containsKey(begun));
        to.receive(datagram.bytes.clone(), from);
        List<Datagram> answers = to.sent(2);
        boolean isAnswered = answers.size() == before + 1 && answers.getLast().to.equals(from);
        require(isAnswered || !isDue || isLate || before >= RESPONSES_BURST, "each copy is answered");
        if (isAnswered && begun != null) {
            Bytes answer = Bytes.copyOf(answers.getLast().bytes, 0, Response.MAC1_OFFSET);
            require(answer.equals(account.kept.computeIfAbsent(begun, _ -> answer)), "by the response that is kept");
        }
    }

    private long nextDeadlineNanos() {
        return Deadlines.earlier(a.tunnel.nextDeadlineNanos(), b.tunnel.nextDeadlineNanos());
    }

    private void waitFor() {
        lab.nowNanos = Math.max(lab.nowNanos, nextDeadlineNanos());
        for (Host host : List.of(a, b)) {
            if (Deadlines.isDue(host.tunnel.nextDeadlineNanos(), lab.nowNanos)) {
                host.tunnel.handleTimeout(lab.nowNanos, host);
            }
        }
    }

    /** Takes what was sent since the last look. */
    private void notice() {
        for (; seen < lab.sent.size(); seen++) {
            Datagram datagram = lab.sent.get(seen);
            waiting.add(datagram);
            if (datagram.type() == 1) {
                of(datagram.from).initiations.putIfAbsent(
                        Bytes.copyOf(datagram.bytes, 0, Initiation.MAC2_OFFSET), datagram.sentNanos);
            } else if (datagram.type() == 2) {
                require(of(datagram.from).asked.contains(datagram.to),
                        "a response goes where the initiation came from");
                of(datagram.from).responses.add(datagram.sentNanos);
            }
        }
    }

    /** What holds at every moment. */
    private void check() {
        for (Host host : List.of(a, b)) {
            Peer peer = host.peer(other(host));
            Endpoint at = peer.endpoint();
            require(at == null || of(host).proven.contains(at), "nothing moves to an unproven address");
            require(host.drops(DropReason.REPLAY) <= of(host).late, "copies are no replays");
            require(host.tunnel.indicesInUse() <= INDICES_MAX, "state is bounded");
            List<Long> begun = List.copyOf(of(host).initiations.values());
            for (int i = 1; i < begun.size(); i++) {
                require(begun.get(i) - begun.get(i - 1) >= Limits.REKEY_TIMEOUT_NANOS, "one ephemeral in 5 s");
            }
            List<Long> answered = of(host).responses;
            for (int i = RESPONSES_BURST; i < answered.size(); i++) {
                require(answered.get(i) - answered.get(i - RESPONSES_BURST) >= SECONDS / 5,
                        "five repetitions a second");
            }
            require(host.delivered.size() == of(host).arrivedData.size(), "what arrived was delivered, once");
        }
    }

    static void require(boolean holds, String rule) {
        if (!holds) {
            throw new AssertionError("broken: " + rule);
        }
    }

    // The end.

    /** The network delivers again, all that waits first. Both ways work in time, by one and the same session. */
    void settle(boolean firstIsA) {
        notice();
        for (Datagram datagram : List.copyOf(waiting)) {
            waiting.remove(datagram);
            arrive(datagram);
            notice();
            check();
        }
        lab.fate = _ -> new long[]{WAY_NANOS};
        for (Datagram datagram : waiting) {
            arrive(datagram);
        }
        check();
        Host first = firstIsA ? a : b;
        long begun = lab.nowNanos;
        carries(first, begun);
        carries(other(first), begun);
        lab.run(SECONDS);
        Keypair ofA = Objects.requireNonNull(a.peer(b).keypairs.current(), "a has no session");
        Keypair ofB = Objects.requireNonNull(b.peer(a).keypairs.current(), "b has no session");
        require(ofA.initiator != ofB.initiator, "both ends have the same session");
        send(a);
        send(b);
        require(session(a) == ofB.localIndex && session(b) == ofA.localIndex, "both ends use the same session");
        require(a.drops(DropReason.MALFORMED) + b.drops(DropReason.MALFORMED) == 0, "nothing is malformed");
    }

    /** The receiver index of what a host sent last. */
    private static int session(Host host) {
        return ByteBuffer.wrap(host.sent(4).getLast().bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(4);
    }

    private void carries(Host from, long begunNanos) {
        Host to = other(from);
        int before = to.delivered.size();
        send(from);
        while (to.delivered.size() <= before) {
            require(lab.nowNanos - begunNanos < USABLE_NANOS, "usable in time");
            lab.run(WAY_NANOS);
        }
    }
}
