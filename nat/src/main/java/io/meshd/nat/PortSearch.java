package io.meshd.nat;

import io.meshd.identity.PublicKey;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Frame;
import io.meshd.protocol.Outbox;
import io.meshd.protocol.SearchWord;
import io.meshd.protocol.SignalCandidate;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Finds a direct path where a NAT gives one end another port for each destination, so that nobody knows where it will be
 * seen: where the NAT counts, by guessing its next port; else the hard side sends from {@link Search#HOLES} ports and the
 * easy side tries {@link PortTries#RANDOM} others, of which one is very likely right.
 *
 * <p>Only when the peer is wanted and ordinary rounds of signals were in vain, when both ends agree, one search of this
 * node at a time, within {@link SearchBudget} and {@link Search#FLOWS_A_SECOND}, and no longer than the router bears it.
 *
 * <p>Pure; belongs to {@link Signalling}. Like a signal, a search proves nothing: what is heard on the way is a candidate
 * of {@link PeerPaths}, whose probes do.
 */
public final class PortSearch {
    private static final double MILLIS = 1e6;
    private static final long SECONDS = 1_000_000_000L;

    /** A word about where the other side is that is older says nothing of now. */
    static final long HEARD_NANOS = 30 * SECONDS;
    /** After the other side was busy. */
    static final long BUSY_PAUSE_NANOS = 3 * SECONDS;
    /** After it refused, or did not do what it said: it may think again, but holds nobody up meanwhile. */
    static final long REFUSED_PAUSE_NANOS = 300 * SECONDS;

    private final PublicKey self;
    private final Paths paths;
    private final Contacts contacts;
    private final NumberedSockets sockets;
    private final RandomGenerator random;
    private final Search.Voice voice;
    private final SearchBudget budget = new SearchBudget();
    /** Who is to be asked, and when. Only peers that {@link Paths} knows. */
    private final Map<PublicKey, Long> wanted = new LinkedHashMap<>();
    private final Map<PublicKey, Long> heldOff = new LinkedHashMap<>();
    private final Map<PublicKey, Heard> heard = new LinkedHashMap<>();
    private @Nullable Search search;
    private boolean allowed = true;

    /** The last signal of a peer. */
    private record Heard(Frame.Signal signal, long atNanos) {}

    PortSearch(PublicKey self, Paths paths, Contacts contacts, LocalSockets localSockets, RandomGenerator random,
            Search.Voice voice) {
        this.self = self;
        this.paths = paths;
        this.contacts = contacts;
        this.sockets = new NumberedSockets(localSockets, paths);
        this.random = random;
        this.voice = voice;
    }

    // What Signalling tells.

    void allow(long nowNanos, boolean maySearch, Outbox out) {
        allowed = maySearch;
        Search current = search;
        if (!maySearch) {
            wanted.clear();
            if (current != null) {
                stop(nowNanos, current, "not allowed any more", out);
            }
        }
    }

    /** Rounds of signals were in vain. */
    void want(long nowNanos, PublicKey peer) {
        Long untilNanos = heldOff.get(peer);
        if (allowed && (untilNanos == null || nowNanos - untilNanos >= 0)) {
            heldOff.remove(peer);
            wanted.putIfAbsent(peer, nowNanos);
        }
    }

    /** A peer is trusted no more. */
    void remove(long nowNanos, PublicKey peer, Outbox out) {
        Search current = search;
        if (current != null && current.peer.equals(peer)) {
            end(nowNanos, current, null, out);
        }
        wanted.remove(peer);
        heldOff.remove(peer);
        heard.remove(peer);
        sockets.remove(nowNanos, peer, out);
    }

    /** A signal of the peer itself, new and signed. */
    void handle(long nowNanos, Frame.Signal signal, Outbox out) {
        PublicKey peer = signal.from();
        heard.put(peer, new Heard(signal, nowNanos));
        Search current = search != null && search.peer.equals(peer) ? search : null;
        if (signal.search().step() == SearchWord.Step.ASK) {
            asked(nowNanos, peer, current, out);
        } else if (current != null) {
            hear(nowNanos, signal, current, out);
        }
    }

    private void asked(long nowNanos, PublicKey peer, @Nullable Search current, Outbox out) {
        if (current != null) {
            // Both asked at once, or the answer was lost.
            voice.say(peer, SearchWord.of(SearchWord.Step.READY), 0, out);
            agreeIfAsking(nowNanos, current, out);
            return;
        }
        if (search != null) {
            voice.say(peer, SearchWord.of(SearchWord.Step.BUSY), 0, out);
            return;
        }
        Search planned = plan(nowNanos, peer, Search.Phase.READY);
        if (planned == null) {
            paths.tally().searchesRefused++;
            voice.say(peer, SearchWord.of(SearchWord.Step.STOP), 0, out);
            return;
        }
        begin(planned);
        voice.say(peer, SearchWord.of(SearchWord.Step.READY), 0, out);
        agree(nowNanos, planned, out);
    }

    private void hear(long nowNanos, Frame.Signal signal, Search current, Outbox out) {
        switch (signal.search().step()) {
            case NONE, ASK -> {}
            case READY -> agreeIfAsking(nowNanos, current, out);
            case AIM -> {
                agreeIfAsking(nowNanos, current, out);
                if (current.aimed(nowNanos, signal.search().port(), signal.portStep(), out)) {
                    spend(nowNanos, current, "its NAT counts, its next ports are tried");
                }
            }
            case OPEN -> {
                agreeIfAsking(nowNanos, current, out);
                if (current.opened(nowNanos)) {
                    spend(nowNanos, current, "it sends from many ports, and any may be right");
                }
            }
            case STOP -> {
                holdOff(nowNanos, current.peer);
                end(nowNanos, current, "the other side wants none, or no more", out);
            }
            case BUSY -> {
                if (current.phase() == Search.Phase.ASKING) {
                    end(nowNanos, current, null, out);
                    wanted.put(current.peer, nowNanos + BUSY_PAUSE_NANOS + random.nextLong(BUSY_PAUSE_NANOS));
                }
            }
        }
    }

    private void agreeIfAsking(long nowNanos, Search current, Outbox out) {
        if (current.phase() == Search.Phase.ASKING) {
            agree(nowNanos, current, out);
        }
    }

    private void agree(long nowNanos, Search current, Outbox out) {
        if (current.agreed(nowNanos, out)) {
            spend(nowNanos, current, "this node's NAT gives another port for each destination");
        }
    }

    /** A peer answered a probe; says whether it was one of a search, which says nothing of the paths to it. */
    public boolean answered(long nowNanos, Frame.PathProbeReply reply) {
        return search != null && search.answered(nowNanos, reply);
    }

    // Who, and whether at all.

    /** What a search with a peer would be; null when it is of no use, not allowed, or nobody can be asked how it goes. */
    private @Nullable Search plan(long nowNanos, PublicKey peer, Search.Phase first) {
        PeerPaths ways = paths.find(peer);
        Heard last = heard.get(peer);
        if (!allowed || ways == null || ways.isStraight() || last == null
                || nowNanos - last.atNanos > HEARD_NANOS) {
            return null;
        }
        SearchRole role = SearchRole.of(contacts.mapping(), last.signal.mapping());
        InetSocketAddress place = role == SearchRole.HARD ? place(last.signal) : null;
        InetAddress outside = place == null ? outside(last.signal) : place.getAddress();
        if (role == null || outside == null || (role == SearchRole.HARD && place == null) || isOwn(outside)
                || !budget.allows(nowNanos, peer, contacts.network(), outside)) {
            return null;
        }
        RouterGauge gauge = gauge(nowNanos, peer);
        return gauge == null
                ? null
                : new Search(nowNanos, peer, role, outside, place, self.compareTo(peer) < 0, gauge, sockets, random,
                        voice, first);
    }

    /**
     * The one public address at which others see a peer. A private one is not searched, nor one of several: a pool of
     * addresses would have to be searched whole.
     */
    private static @Nullable InetAddress outside(Frame.Signal signal) {
        List<InetAddress> seen = publicV4(signal, SignalCandidate.Kind.REFLEXIVE).map(InetSocketAddress::getAddress)
                .distinct().toList();
        return seen.size() == 1 ? seen.getFirst() : null;
    }

    /** Where a peer whose ports stay the same is seen by all. */
    private static @Nullable InetSocketAddress place(Frame.Signal signal) {
        return Stream.of(SignalCandidate.Kind.REFLEXIVE, SignalCandidate.Kind.PORT_MAPPED, SignalCandidate.Kind.LOCAL)
                .flatMap(kind -> publicV4(signal, kind)).findFirst().orElse(null);
    }

    private static Stream<InetSocketAddress> publicV4(Frame.Signal signal, SignalCandidate.Kind kind) {
        return signal.candidates().stream().filter(candidate -> candidate.kind() == kind)
                .map(SignalCandidate::address).filter(PortSearch::isPublicV4);
    }

    private static boolean isPublicV4(InetSocketAddress address) {
        return address.getAddress() instanceof Inet4Address && AddressScope.of(address) == AddressScope.GLOBAL;
    }

    /** Who is seen at this node's own address is behind the same NAT, where nothing that is searched would arrive. */
    private boolean isOwn(InetAddress outside) {
        return contacts.whereabouts().stream().anyMatch(own -> own.address().getAddress().equals(outside));
    }

    /** A third peer beyond the router, to tell how that fares, and where it sees this node. */
    private @Nullable RouterGauge gauge(long nowNanos, PublicKey peer) {
        for (PublicKey third : contacts.messengers(peer)) {
            PeerPaths ways = paths.find(third);
            for (PathView path : ways == null ? List.<PathView>of() : ways.candidates(nowNanos)) {
                Double rtt = path.rttMillis();
                if (path.state() == PathState.ALIVE && rtt != null && path.endpoint() instanceof Endpoint.Direct direct
                        && direct.isByOnePort() && isPublicV4(direct.address())) {
                    return new RouterGauge(nowNanos, third, direct, (long) (rtt * MILLIS), sockets);
                }
            }
        }
        return null;
    }

    private void begin(Search planned) {
        search = planned;
        PeerPaths ways = paths.find(planned.peer);
        if (ways != null) {
            // A path that is found owes that to the third peer by which the two agree.
            ways.meeting().begin(ways.chosen() instanceof Endpoint.Relayed(PublicKey relay, PublicKey _)
                    ? relay
                    : planned.third());
        }
    }

    /** New flows begin. */
    private void spend(long nowNanos, Search current, String why) {
        if (!current.isSpent) {
            current.isSpent = true;
            budget.spend(nowNanos, current.peer, contacts.network(), current.outside);
            paths.tally().searches++;
        }
        note(nowNanos, current, why);
    }

    private void holdOff(long nowNanos, PublicKey peer) {
        heldOff.put(peer, nowNanos + REFUSED_PAUSE_NANOS);
    }

    // As time goes by.

    /** Does what is due. */
    void handleTimeout(long nowNanos, Outbox out) {
        sockets.handleTimeout(nowNanos, out);
        Search current = search;
        if (current != null && Deadlines.isDue(current.nextDeadlineNanos(), nowNanos)) {
            tick(nowNanos, current, out);
        }
        if (search == null) {
            startNext(nowNanos);
        }
    }

    private void tick(long nowNanos, Search current, Outbox out) {
        PeerPaths ways = paths.find(current.peer);
        if (ways == null || ways.isStraightAndProven()) {
            paths.tally().searchesFound += current.isSpent ? 1 : 0;
            end(nowNanos, current, "found", out);
            return;
        }
        if (current.isSpent && !contacts.hasSession(current.peer)) {
            // What is sent without a session is the handshake under way.
            out.connect(current.peer, null);
        }
        switch (current.tick(nowNanos, out)) {
            case GOING -> {}
            case NOTHING ->
                end(nowNanos, current, "nothing found", out);
            case NO_ORDER -> stop(nowNanos, current, "no NAT of the two counts, so there is no use", out);
            case SILENCE -> {
                if (current.phase() == Search.Phase.READY) {
                    budget.spendInVain(nowNanos, current.peer, contacts.network());
                }
                holdOff(nowNanos, current.peer);
                end(nowNanos, current, "no word from the other side", out);
            }
            case TROUBLE -> {
                paths.tally().searchesStopped++;
                stop(nowNanos, current, "the router suffers: " + current.trouble(), out);
            }
        }
    }

    private void startNext(long nowNanos) {
        for (PublicKey peer : List.copyOf(wanted.keySet())) {
            if (nowNanos - wanted.getOrDefault(peer, nowNanos) < 0) {
                continue;
            }
            wanted.remove(peer);
            Search planned = contacts.isWanted(peer) ? plan(nowNanos, peer, Search.Phase.ASKING) : null;
            if (planned != null) {
                begin(planned);
                return;
            }
        }
    }

    private void stop(long nowNanos, Search current, String why, Outbox out) {
        voice.say(current.peer, SearchWord.of(SearchWord.Step.STOP), 0, out);
        end(nowNanos, current, why, out);
    }

    private void end(long nowNanos, Search current, @Nullable String why, Outbox out) {
        search = null;
        paths.tally().searchFlows += current.flows();
        if (why != null) {
            note(nowNanos, current, why);
        }
        current.end(nowNanos, out);
        PeerPaths ways = paths.find(current.peer);
        if (ways != null) {
            ways.meeting().end(nowNanos);
        }
    }

    private void note(long nowNanos, Search current, String what) {
        PeerPaths ways = paths.find(current.peer);
        if (ways != null) {
            ways.note(nowNanos, "port search: " + what, current.flows() + " new flows", current.third());
        }
    }

    /** When {@link #handleTimeout} is to be called, or {@link Deadlines#NEVER}. */
    long nextDeadlineNanos() {
        long next = sockets.nextDeadlineNanos();
        if (search != null) {
            return Deadlines.earlier(next, search.nextDeadlineNanos());
        }
        for (long atNanos : wanted.values()) {
            next = Deadlines.earlier(next, atNanos);
        }
        return next;
    }
}
