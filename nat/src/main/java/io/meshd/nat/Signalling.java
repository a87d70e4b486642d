package io.meshd.nat;

import io.meshd.identity.Identity;
import io.meshd.identity.PublicKey;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Frame;
import io.meshd.protocol.Outbox;
import io.meshd.protocol.SearchWord;
import io.meshd.protocol.SignalCandidate;
import io.meshd.protocol.SignalStatement;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Has both ends of a path send at once, so that the NATs of both let the other's packets in (RFC 8445 calls it
 * connectivity checks, others hole punching).
 *
 * <p>A peer that is wanted and not reached straight is called: a signed statement of where this node may be found goes
 * to it in the session, when a relay carries one, or else to third peers who pass it on. The called side probes what it
 * was told, or without a session begins a handshake there, and answers with its own places, where the caller does the
 * same. Rounds follow each other ever more slowly, for ever while the peer is wanted.
 *
 * <p>Pure; one thread owns it. A signal proves nothing: it only makes candidates for {@link PeerPaths}, whose probes do.
 */
public final class Signalling {
    private static final long MILLIS = 1_000_000L;
    private static final long SECONDS = 1_000 * MILLIS;

    /** What is known without a call is tried first, for so long: most often that is enough. */
    static final long GRACE_NANOS = 100 * MILLIS;
    /** From the first round to the second; doubles. A round is one exchange and the copies that follow it. */
    static final long ROUND_FIRST_NANOS = 2 * SECONDS;
    /** Between rounds while the peer is wanted. */
    static final long ROUND_WANTED_NANOS = 60 * SECONDS;
    /** Between rounds while a relay serves and nothing flows. */
    static final long ROUND_IDLE_NANOS = 300 * SECONDS;
    /** Least time between two rounds, whatever happens. */
    static final long ROUND_LEAST_NANOS = SECONDS;
    /** Rounds before ports are searched: a third one finds little that two did not. */
    static final int ROUNDS_BEFORE_SEARCH = 2;
    /** What the last of them brings is waited for. */
    static final long SEARCH_GRACE_NANOS = 500 * MILLIS;
    /** Third peers that one round goes through: one may have no session with the called side. */
    static final int MESSENGERS = 2;
    /**
     * Signals in one peer's session that are looked at, at once and a second after that: rounds with some peers, no flood.
     * Counted for who brings them, so that nobody can use up what is another's.
     */
    static final int BROUGHT_BURST = 32;
    static final int BROUGHT_RATE = 8;

    private static final String CALLED = "called, to punch together";

    private final Identity identity;
    private final PublicKey self;
    private final long epoch;
    private final Paths paths;
    private final Contacts contacts;
    private final Map<PublicKey, Call> calls = new LinkedHashMap<>();
    private final PortSearch search;
    private final Map<PublicKey, Allowance> brought = new LinkedHashMap<>();
    private boolean allowed = true;
    private long sequence;

    /**
     * Nobody is called yet.
     *
     * @param epoch the run of this daemon
     * @param paths where candidates go
     * @param random where the ports that are tried come from
     */
    public Signalling(Identity identity, long epoch, Paths paths, Contacts contacts, LocalSockets sockets,
            RandomGenerator random) {
        this.identity = identity;
        this.self = identity.publicKey();
        this.epoch = epoch;
        this.paths = paths;
        this.contacts = contacts;
        this.search = new PortSearch(self, paths, contacts, sockets, random, this::say);
    }

    /** The searches for ports, for what concerns them alone. */
    public PortSearch search() {
        return search;
    }

    /** Whether this node tells others where it is and probes what they tell; what it passes on is not concerned. */
    public void allow(long nowNanos, boolean mayUpgrade, Outbox out) {
        search.allow(nowNanos, mayUpgrade, out);
        allowed = mayUpgrade;
        if (!mayUpgrade) {
            calls.values().forEach(Call::end);
        }
    }

    /** A peer is wanted that may not be reached straight. Begins a call unless one is under way. */
    public void seek(long nowNanos, PublicKey peer) {
        if (!allowed || paths.find(peer) == null) {
            return;
        }
        Call call = calls.computeIfAbsent(peer, _ -> new Call());
        if (!call.isUnderWay()) {
            call.nextNanos = notTooSoon(call, nowNanos + GRACE_NANOS);
        } else if (call.calledNanos != Deadlines.NEVER
                && call.nextNanos - call.calledNanos > ROUND_WANTED_NANOS) {
            // It was idle.
            call.rounds = 0;
            call.nextNanos = notTooSoon(call, nowNanos + GRACE_NANOS);
        }
    }

    /** This node is elsewhere, or its NAT is another: calls under way are made anew at once. */
    public void whereaboutsChanged(long nowNanos) {
        for (Call call : calls.values()) {
            if (call.isUnderWay()) {
                call.rounds = 0;
                call.nextNanos = notTooSoon(call, nowNanos);
            }
        }
    }

    private static long notTooSoon(Call call, long atNanos) {
        return call.calledNanos == Deadlines.NEVER
                ? atNanos
                : atNanos - call.calledNanos < ROUND_LEAST_NANOS ? call.calledNanos + ROUND_LEAST_NANOS : atNanos;
    }

    /** Forgets a peer that is trusted no more. */
    public void remove(long nowNanos, PublicKey peer, Outbox out) {
        search.remove(nowNanos, peer, out);
        calls.remove(peer);
        brought.remove(peer);
    }

    /**
     * Takes a signal in: for this node, or for another peer to whom it is passed on.
     *
     * @param sender whose session it came in
     */
    public void handle(long nowNanos, Frame.Signal signal, PublicKey sender, Endpoint via, Outbox out) {
        if (!mayBring(nowNanos, sender)) {
            paths.tally().signalsRefused++;
        } else if (!signal.to().equals(self)) {
            pass(signal, sender, out);
        } else if (isWelcome(nowNanos, signal)) {
            take(nowNanos, signal, signaler(signal, sender, via), out);
            if (!signal.isAnswer()) {
                out.send(sender, sign(signal.from(), true, SearchWord.NONE, contacts.portStep()));
            }
            search.handle(nowNanos, signal, out);
            paths.askWhereabouts(nowNanos);
        } else {
            paths.tally().signalsRefused++;
        }
    }

    private boolean mayBring(long nowNanos, PublicKey sender) {
        return paths.find(sender) != null
                && brought.computeIfAbsent(sender, _ -> new Allowance(BROUGHT_BURST, BROUGHT_RATE)).take(nowNanos);
    }

    /** Passes on what the sender itself says, to a peer in session; once, so that nothing goes in circles. */
    private void pass(Frame.Signal signal, PublicKey sender, Outbox out) {
        if (signal.from().equals(sender) && !signal.to().equals(sender) && contacts.hasSession(signal.to())) {
            paths.tally().signalsPassed++;
            out.send(signal.to(), signal);
        } else {
            paths.tally().signalsRefused++;
        }
    }

    private boolean isWelcome(long nowNanos, Frame.Signal signal) {
        if (!allowed || paths.find(signal.from()) == null) {
            return false;
        }
        Call call = calls.computeIfAbsent(signal.from(), _ -> new Call());
        if (!call.isNew(signal.epoch(), signal.sequence()) || !SignalStatement.verify(signal)) {
            return false;
        }
        call.heard(nowNanos, signal);
        return true;
    }

    /** Who helped: the third peer that passed it on, or the relay that carries the session; null when nobody had to. */
    private static @Nullable PublicKey signaler(Frame.Signal signal, PublicKey sender, Endpoint via) {
        if (!signal.from().equals(sender)) {
            return sender;
        }
        return via instanceof Endpoint.Relayed(PublicKey relay, PublicKey _) ? relay : null;
    }

    private void take(long nowNanos, Frame.Signal signal, @Nullable PublicKey signaler, Outbox out) {
        PeerPaths ways = paths.of(signal.from());
        ways.signaled(nowNanos, signaler);
        ways.note(nowNanos, signal.isAnswer() ? "it answers the call" : "it calls",
                signal.candidates().size() + " places, behind a NAT that maps "
                        + signal.mapping().label().replace('_', ' '),
                signaler);
        for (SignalCandidate candidate : signal.candidates()) {
            ways.candidate(nowNanos,
                    new Candidate(new Endpoint.Direct(candidate.address()), kind(candidate.kind()), signaler), out);
        }
        if (!contacts.hasSession(signal.from())) {
            out.connect(signal.from(), null);
        }
    }

    private static CandidateKind kind(SignalCandidate.Kind kind) {
        return switch (kind) {
            case LOCAL -> CandidateKind.LOCAL;
            case PORT_MAPPED -> CandidateKind.PORT_MAPPED;
            case REFLEXIVE -> CandidateKind.REFLEXIVE;
        };
    }

    private Frame.Signal sign(PublicKey to, boolean isAnswer, SearchWord word, int portStep) {
        List<SignalCandidate> whereabouts = contacts.whereabouts();
        paths.tally().signalsSent++;
        return SignalStatement.sign(identity, to, epoch, sequence++, isAnswer, contacts.mapping(),
                portStep, word, whereabouts.subList(0, Math.min(whereabouts.size(), Frame.Signal.CANDIDATES_MAX)));
    }

    /** A word of a search: by the same ways as a call, but it asks for no answer. */
    private void say(PublicKey to, SearchWord word, int portStep, Outbox out) {
        Frame.Signal signal = sign(to, true, word, portStep);
        PeerPaths ways = paths.find(to);
        if (ways != null && hears(to, ways)) {
            out.send(to, signal);
        } else {
            contacts.messengers(to).stream().limit(MESSENGERS).forEach(messenger -> out.send(messenger, signal));
        }
    }

    /** Does what is due. */
    public void handleTimeout(long nowNanos, Outbox out) {
        search.handleTimeout(nowNanos, out);
        for (Map.Entry<PublicKey, Call> entry : calls.entrySet()) {
            if (Deadlines.isDue(entry.getValue().nextNanos, nowNanos)) {
                round(nowNanos, entry.getKey(), entry.getValue(), out);
            }
        }
    }

    /** When {@link #handleTimeout} is to be called, or {@link Deadlines#NEVER}. */
    public long nextDeadlineNanos() {
        long next = search.nextDeadlineNanos();
        for (Call call : calls.values()) {
            next = Deadlines.earlier(next, call.nextNanos);
        }
        return next;
    }

    /** What is known of a peer; null when it was never called nor heard. */
    public @Nullable CallView view(PublicKey peer) {
        Call call = calls.get(peer);
        return call == null
                ? null
                : new CallView(call.calledNanos, call.unansweredNanos, call.nextNanos, call.heardNanos,
                        call.farMapping);
    }

    /** Whether this node calls and follows calls. */
    public boolean isAllowed() {
        return allowed;
    }

    private void round(long nowNanos, PublicKey peer, Call call, Outbox out) {
        PeerPaths ways = paths.find(peer);
        boolean hasSession = contacts.hasSession(peer);
        boolean isWanted = contacts.isWanted(peer);
        if (ways == null || ways.isStraight() || (!hasSession && !isWanted)) {
            call.end();
            return;
        }
        send(nowNanos, peer, call.rounds, ways, out);
        // A NAT may map this host to another port since somebody last saw it. If so, the answers bring the next round on.
        paths.askWhereabouts(nowNanos);
        if (isWanted && call.rounds >= ROUNDS_BEFORE_SEARCH) {
            search.want(nowNanos + SEARCH_GRACE_NANOS, peer);
        }
        call.nextNanos = nowNanos + PathTimings.doubled(ROUND_FIRST_NANOS, call.rounds,
                isWanted ? ROUND_WANTED_NANOS : ROUND_IDLE_NANOS);
        call.called(nowNanos);
    }

    /** Whether what is sent in the session with a peer may arrive: by a relay, or a straight path that is not dead. */
    private boolean hears(PublicKey peer, PeerPaths ways) {
        return contacts.hasSession(peer) && (ways.isStraight() || ways.chosen() instanceof Endpoint.Relayed);
    }

    private void send(long nowNanos, PublicKey peer, int round, PeerPaths ways, Outbox out) {
        if (hears(peer, ways)) {
            PublicKey relay = ways.chosen() instanceof Endpoint.Relayed(PublicKey by, PublicKey _) ? by : null;
            ways.note(nowNanos, CALLED, "round " + (round + 1), relay);
            ways.signaled(nowNanos, relay);
            out.send(peer, sign(peer, false, SearchWord.NONE, contacts.portStep()));
            return;
        }
        List<PublicKey> messengers = contacts.messengers(peer);
        if (messengers.isEmpty()) {
            ways.note(nowNanos, "cannot be called: no peer with a straight session could pass a signal on", "", null);
            return;
        }
        Frame.Signal signal = sign(peer, false, SearchWord.NONE, contacts.portStep());
        for (int i = 0; i < Math.min(MESSENGERS, messengers.size()); i++) {
            PublicKey messenger = messengers.get((round * MESSENGERS + i) % messengers.size());
            ways.note(nowNanos, CALLED, "round " + (round + 1), messenger);
            ways.signaled(nowNanos, messenger);
            out.send(messenger, signal);
        }
    }
}
