package io.meshd.nat;

import io.meshd.identity.PublicKey;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Frame;
import io.meshd.protocol.Outbox;
import java.util.List;
import java.util.function.IntSupplier;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * All ways to one peer: which exist, which work, and which one is used.
 *
 * <p>Belongs to {@link Paths}, which makes it and calls {@link #handleTimeout}. All calls come from the owner thread.
 * Nothing is probed without a session, since probes travel inside it. A path is chosen only when a probe or handshake
 * was answered on it, with one exception: an address from which the peer is heard is used unproven when the path in
 * use has been silent for three round trips, and is examined at once.
 */
public final class PeerPaths {
    /** Most endpoints that one handshake is sent to. */
    public static final int ENDPOINTS_TO_TRY_MAX = 16;
    /** Most endpoints of a peer that are worth keeping on disk. */
    public static final int LAST_GOOD_MAX = 4;

    /** Most relays that are to stand by for a peer: one in use and one for when it fails. */
    public static final int RELAYS_WANTED_MAX = 2;

    private final PublicKey peer;
    private final PathTally tally;
    private final DeadlineHeap agenda;
    private final Predicate<Endpoint> isOpenTowards;
    private final CandidateSet candidates = new CandidateSet();
    private final PathProber prober;
    private final PathChoice choice;
    private final Doubt doubt;
    private final Vigil vigil;
    private final Upkeep upkeep;
    private final MtuProber sizes;
    /** Where the agenda has it, and under which deadline: the agenda's own. */
    int place = DeadlineHeap.NOWHERE;
    /** See {@link #place}. */
    long filedNanos = Deadlines.NEVER;
    private boolean hasSession;
    private @Nullable PublicKey signaler;
    private long signaledNanos = Deadlines.NEVER;
    /** What the last decision about sizes said; 0 for no limit. */
    private int narrowBytes;
    private final Meeting meeting = new Meeting();

    PeerPaths(PublicKey self, PublicKey peer, BindingLifetime lifetime, RandomGenerator random, PathTally tally,
            DeadlineHeap agenda, IntSupplier largest, Predicate<Endpoint> isOpenTowards) {
        this.peer = peer;
        this.tally = tally;
        this.agenda = agenda;
        this.isOpenTowards = isOpenTowards;
        this.prober = new PathProber(peer, candidates, random, tally);
        this.choice = new PathChoice(peer, self.compareTo(peer) < 0, candidates, tally);
        this.doubt = new Doubt(choice, candidates, prober);
        this.vigil = new Vigil(lifetime, random, choice, doubt);
        this.upkeep = new Upkeep(candidates, prober, choice, doubt, vigil);
        this.sizes = new MtuProber(peer, largest, random);
    }

    // What the node learns.

    /** Somebody says that the peer may be here. Probed at once when that is new and there is a session. */
    public void candidate(long nowNanos, Candidate candidate, Outbox out) {
        Path path = learn(nowNanos, candidate);
        boolean isToTry = path != null && (path.probedNanos() == Deadlines.NEVER || candidate.signaler() != null);
        if (path != null && isToTry && hasSession && !path.isUsable()) {
            prober.retryNow(path, nowNanos);
        }
        conclude(nowNanos, out);
    }

    /**
     * An endpoint is no way to the peer any more: a relay that went, a local socket that closed. When it was in use the
     * best of those that worked takes its place, and all are probed.
     */
    public void withdraw(long nowNanos, Endpoint endpoint, Outbox out) {
        Path path = candidates.remove(endpoint);
        if (path != null && path == choice.chosen()) {
            doubt.drop();
            List<Path> rivals = choice.rivals();
            choice.move(rivals.isEmpty() ? null : rivals.getFirst(), "withdrawn", true, nowNanos, out);
            prober.callAll(nowNanos);
        }
        conclude(nowNanos, out);
    }

    /**
     * An authenticated packet, new to the replay window, came from here.
     *
     * <p>A new address becomes a candidate and is probed at once.
     */
    public void heardFrom(long nowNanos, Endpoint from, Outbox out) {
        heard(nowNanos, from, out);
        conclude(nowNanos, out);
    }

    /** So many packets of the host were sent to the peer since the last call. */
    public void sent(long nowNanos, int packets) {
        Path chosen = wake(nowNanos);
        if (chosen != null) {
            vigil.sent(chosen, packets, nowNanos);
            agenda.file(this);
        }
    }

    /**
     * The node itself said something to the peer: a frame other than probes and their answers, with which the two sides
     * would keep each other awake.
     *
     * @param isQuestion whether silence after it means something, since it is answered at once
     */
    public void spoke(long nowNanos, boolean isQuestion) {
        Path chosen = wake(nowNanos);
        if (chosen != null) {
            vigil.spoke(chosen, isQuestion, nowNanos);
            agenda.file(this);
        }
    }

    private @Nullable Path wake(long nowNanos) {
        Path chosen = choice.chosen();
        if (!hasSession || chosen == null) {
            return null;
        }
        if (!vigil.isActive(nowNanos)) {
            prober.wake(nowNanos, choice.isContent());
        }
        return chosen;
    }

    /**
     * So many authenticated packets other than probes and their answers, new to the replay window, came from here
     * since the last call. Includes what {@link #heardFrom} does.
     */
    public void received(long nowNanos, Endpoint from, int packets, Outbox out) {
        Path chosen = choice.chosen();
        boolean isChosen = chosen != null && chosen.endpoint().equals(from);
        Path path = heard(nowNanos, from, out);
        if (path != null && packets > 0) {
            path.traffic(nowNanos);
        }
        if (isChosen && packets > 0) {
            doubt.heardTraffic();
        }
        if (isChosen && chosen != null && chosen.state() == PathState.ALIVE && !doubt.isActive()) {
            // Every batch of a busy peer comes here: nothing can have changed but one timer.
            agenda.file(this);
        } else {
            conclude(nowNanos, out);
        }
    }

    /** Answers a peer's probe on the path that it came by. */
    public void handle(long nowNanos, Frame.PathProbe probe, Endpoint from, Outbox out) {
        prober.answer(probe, from, nowNanos, out);
        heard(nowNanos, from, out);
        conclude(nowNanos, out);
    }

    /**
     * Takes the answer to a probe in. Proves its path when it came by that path and was not answered before, and says
     * whether it did: then what it says of this host is of now.
     */
    public boolean handle(long nowNanos, Frame.PathProbeReply reply, Endpoint from, Outbox out) {
        Path path = candidates.find(from);
        long tookNanos = prober.answered(path, reply.token(), nowNanos);
        boolean proves = false;
        if (path != null && hasSession && tookNanos != Deadlines.NEVER) {
            proves = true;
            path.roundTrip().sample(tookNanos);
            upkeep.works(path, nowNanos);
        }
        heard(nowNanos, from, out);
        conclude(nowNanos, out);
        return proves;
    }

    /** Answers the peer's question whether a size passes, or takes the answer to an own one in. */
    public void handle(long nowNanos, Frame.MtuProbe probe, Endpoint from, Outbox out) {
        Path path = candidates.find(from);
        sizes.handle(probe, path, from, nowNanos, out);
        heard(nowNanos, from, out);
        conclude(nowNanos, out);
    }

    /** The peer asks for silence on a path, and for a probe after it. Heeded when nothing else is to be said there. */
    public void handle(long nowNanos, Frame.CallBack call, Endpoint from, Outbox out) {
        heard(nowNanos, from, out);
        Path chosen = choice.chosen();
        if (hasSession && chosen != null && chosen.endpoint().equals(from)) {
            vigil.called(call.seconds() * PathTimings.SECOND_NANOS, nowNanos);
        }
        conclude(nowNanos, out);
    }

    /**
     * A key pair came into use, and its handshake was answered over this path.
     *
     * @param asInitiator whether this side began the handshake
     */
    public void sessionEstablished(long nowNanos, Endpoint via, boolean asInitiator, Outbox out) {
        boolean isFirst = !hasSession;
        hasSession = true;
        vigil.renewed(asInitiator, nowNanos);
        Path path = candidates.find(via);
        if (path == null) {
            path = observe(nowNanos, via);
        }
        if (path != null) {
            upkeep.works(path, nowNanos);
            if (choice.chosen() == null) {
                choice.move(path, "first to complete a handshake", true, nowNanos, out);
            }
        }
        if (isFirst) {
            vigil.begin(nowNanos);
            prober.callAll(nowNanos);
        }
        conclude(nowNanos, out);
    }

    /** No key pair is left. Keeps the candidates and what worked last. */
    public void sessionLost(long nowNanos, Outbox out) {
        hasSession = false;
        doubt.drop();
        vigil.end();
        if (choice.chosen() != null) {
            choice.move(null, "session lost", true, nowNanos, out);
        }
        candidates.paths().forEach(Path::unprove);
        agenda.file(this);
    }

    /** An address, link or route of this host changed: nothing that was proven holds, and all is tried at once. */
    public void networkChanged(long nowNanos, Outbox out) {
        Path chosen = choice.chosen();
        doubt.drop();
        for (Path path : candidates.paths()) {
            if (path == chosen) {
                path.forgetSetbacks();
            } else {
                path.unprove();
            }
        }
        if (hasSession) {
            choice.note("the network of this host changed, all candidates are tried", nowNanos);
            doubt.begin(Doubt.Cause.NETWORK_CHANGE, nowNanos);
            prober.callAll(nowNanos);
        }
        conclude(nowNanos, out);
    }

    /** Remembers what was done or decided about this peer elsewhere, for who asks why. */
    public void note(long nowNanos, String what, String figures, @Nullable PublicKey helper) {
        choice.note(what, figures, helper, nowNanos);
    }

    /**
     * A third peer carried a signal between this node and the peer: where the peer is heard first within a moment, it is
     * heard because of that.
     */
    void signaled(long nowNanos, @Nullable PublicKey by) {
        signaler = by;
        signaledNanos = by == null ? Deadlines.NEVER : nowNanos;
    }

    /** Has the paths in use probed once, so that what they tell is of now. */
    public void look(long nowNanos, Outbox out) {
        Path chosen = choice.chosen();
        if (hasSession && chosen != null && chosen.isUsable() && !chosen.isInTrain()) {
            chosen.startTrain(1, nowNanos);
            conclude(nowNanos, out);
        }
    }

    /**
     * Asks the peer where it sees this host, by the straight path in use and by one of the other family of addresses, where
     * the NAT may be another one, unless it said so a moment ago. Says whether there is such a path.
     */
    boolean askWhereabouts(long nowNanos) {
        Path chosen = choice.chosen();
        if (!hasSession || chosen == null || !choice.isContent()) {
            return false;
        }
        askWhereabouts(chosen, nowNanos);
        candidates.paths().stream().filter(path -> path.isUsable() && path.isOfOtherFamilyThan(chosen)).findFirst()
                .ifPresent(path -> askWhereabouts(path, nowNanos));
        return true;
    }

    private void askWhereabouts(Path path, long nowNanos) {
        if (!path.isFresh(nowNanos) && !path.isInTrain() && !path.probes().hasPending()) {
            path.probeAt(nowNanos);
            agenda.file(this);
        }
    }

    // Searches for ports.

    /** What a search for the peer's port means to its paths. */
    Meeting meeting() {
        return meeting;
    }

    /** An extra socket is to close: no path leads by it any more. */
    void socketClosed(long nowNanos, int socket, Outbox out) {
        meeting.closed(socket);
        for (Path path : List.copyOf(candidates.paths())) {
            if (Meeting.isBy(path, socket)) {
                withdraw(nowNanos, path.endpoint(), out);
            }
        }
    }

    /** Whether the peer was heard by an extra socket, so that it may be of use. */
    boolean isHeardBy(int socket) {
        return candidates.paths().stream().anyMatch(path -> Meeting.isBy(path, socket));
    }

    /** Whether packets go by an extra socket now, or have come by it of late. */
    boolean isInUse(long nowNanos, int socket) {
        return candidates.paths().stream().anyMatch(path -> Meeting.isBy(path, socket) && (path == choice.chosen()
                || PathTimings.since(path.trafficNanos(), nowNanos) <= NumberedSockets.IN_USE_NANOS));
    }

    /** Whether a straight path serves that is not known to be dead. */
    public boolean isStraight() {
        Path chosen = choice.chosen();
        return hasSession && chosen != null && chosen.isDirect() && chosen.state() != PathState.DEAD;
    }

    /** Whether one serves and has shown that packets go both ways. */
    boolean isStraightAndProven() {
        Path chosen = choice.chosen();
        return chosen != null && chosen.isDirect() && chosen.isUsable();
    }

    /** Does what is due. */
    public void handleTimeout(long nowNanos, Outbox out) {
        upkeep.expire(nowNanos);
        vigil.handleTimeout(nowNanos);
        conclude(nowNanos, out);
    }

    /** When {@link #handleTimeout} is to be called, or {@link Deadlines#NEVER}. */
    public long nextDeadlineNanos() {
        if (!hasSession) {
            return Deadlines.NEVER;
        }
        long next = Deadlines.earlier(vigil.nextDeadlineNanos(), choice.nextReviewNanos());
        next = Deadlines.earlier(next, sizes.nextDeadlineNanos(choice.chosen()));
        next = Deadlines.earlier(next, sizes.nextDeadlineNanos(standbyPath()));
        for (Path path : candidates.paths()) {
            next = Deadlines.earlier(next, path.nextDeadlineNanos());
        }
        return next;
    }

    // What the node asks.

    /** Whether a probe of the path in use is on its way. */
    public boolean isLooking() {
        Path chosen = choice.chosen();
        return chosen != null && chosen.probes().hasPending();
    }

    /** Whose paths these are. */
    public PublicKey peer() {
        return peer;
    }

    /** Whether packets flow to the peer. */
    public boolean isActive(long nowNanos) {
        return hasSession && vigil.isActive(nowNanos);
    }

    /** Where packets for the peer go; null without a session. */
    public @Nullable Endpoint chosen() {
        Path chosen = choice.chosen();
        return chosen == null ? null : chosen.endpoint();
    }

    /**
     * Where copies of the same sealed packets go as well; null except while the chosen path is silent and is being
     * examined. Never for stock WireGuard peers.
     */
    public @Nullable Endpoint standby() {
        return doubt.standby();
    }

    private @Nullable Path standbyPath() {
        Endpoint standby = doubt.standby();
        return standby == null ? null : candidates.find(standby);
    }

    /** The largest inner packet in bytes that all paths in use carry, as far as is known. */
    public int mtuBytes() {
        return sizes.bytes(choice.chosen(), standbyPath());
    }

    /** The label of how the peer is reached now. */
    public PathClass pathClass() {
        Path chosen = choice.chosen();
        return chosen == null || chosen.state() == PathState.DEAD
                ? PathClass.NONE
                : chosen.label(isOpenTowards.test(chosen.endpoint()));
    }

    /** The label that an endpoint has, or had when it is no candidate any more, as far as that can be told. */
    public PathClass label(Endpoint endpoint) {
        Path path = candidates.find(endpoint);
        if (path != null) {
            return path.label(isOpenTowards.test(endpoint));
        }
        return endpoint instanceof Endpoint.Relayed ? PathClass.RELAY : PathClass.DIRECT;
    }

    /** Whether there is a key pair, so that paths are probed. */
    public boolean hasSession() {
        return hasSession;
    }

    /** What is known of an endpoint; null when it is no candidate. */
    public @Nullable PathState state(Endpoint endpoint) {
        Path path = candidates.find(endpoint);
        return path == null ? null : path.state();
    }

    /** Round-trip time of the chosen path as far as is known, {@link Deadlines#NEVER} when it is not. */
    public long rttNanos() {
        Path chosen = choice.chosen();
        return chosen == null || chosen.roundTrip().samples() == 0
                ? Deadlines.NEVER
                : chosen.roundTrip().smoothedNanos();
    }

    /**
     * How many relays are to stand by: two while anything is sent and no straight path serves; one where a straight path
     * has failed a probe, and beside one that is busy, or its loss would go unmeasured for lack of anything better.
     *
     * @param isBusy whether packets of the host have flowed to the peer for a while
     */
    public int relaysWanted(long nowNanos, boolean isBusy) {
        if (!hasSession || !vigil.isActive(nowNanos)) {
            return 0;
        }
        if (!choice.isContent()) {
            return RELAYS_WANTED_MAX;
        }
        return isBusy || doubt.isGrave() ? 1 : 0;
    }

    /** Where to send a handshake: the best straight endpoint, the best relay, then the rest, by what worked last. */
    public List<Endpoint> endpointsToTry() {
        return candidates.toTry(choice.chosen()).stream().limit(ENDPOINTS_TO_TRY_MAX).map(Path::endpoint).toList();
    }

    /** The straight endpoints that worked, latest first: to be remembered on disk. */
    public List<Endpoint.Direct> lastGood() {
        return candidates.lastGood().stream().limit(LAST_GOOD_MAX).toList();
    }

    /** Since when packets go by relays only, whichever these were; {@link Deadlines#NEVER} when they do not. */
    public long detourNanos() {
        return choice.detourNanos();
    }

    /** All candidates, the chosen one first, then by what is known of them. */
    public List<PathView> candidates(long nowNanos) {
        return candidates.views(choice.chosen(), nowNanos);
    }

    /** The last decisions, newest last. */
    public List<Decision> decisions() {
        return choice.log();
    }

    // How it works.

    private @Nullable Path learn(long nowNanos, Candidate candidate) {
        Path path = candidates.find(candidate.endpoint());
        if (path == null && candidate.isPlausible() && meeting.isOpen(candidate.endpoint())) {
            path = candidates.add(candidate, nowNanos, choice.chosen());
        } else if (path != null && path.told(candidate, nowNanos) && hasSession && !path.isUsable()) {
            prober.retryNow(path, nowNanos);
        }
        if (path == null) {
            tally.candidatesRefused++;
        }
        return path;
    }

    /** The peer is heard where it was not looked for: by itself, or because a punch brought it there. */
    private @Nullable Path observe(long nowNanos, Endpoint from) {
        boolean isPunched = PathTimings.since(signaledNanos, nowNanos) <= PathTimings.PUNCH_NANOS
                && !choice.isContent();
        return learn(nowNanos, from instanceof Endpoint.Relayed
                ? new Candidate(from, CandidateKind.RELAY)
                : new Candidate(from, CandidateKind.OBSERVED,
                        isPunched ? signaler : meeting.helper(nowNanos)));
    }

    private @Nullable Path heard(long nowNanos, Endpoint from, Outbox out) {
        Path path = candidates.find(from);
        boolean isNew = path == null;
        if (path == null && from instanceof Endpoint.Direct) {
            path = observe(nowNanos, from);
        }
        // By a relay that is no candidate only what was under way when its channel ended can come.
        if (path == null || !hasSession) {
            return path;
        }
        Path chosen = choice.chosen();
        boolean isNews = PathTimings.since(path.heardNanos(), nowNanos) > PathTimings.FRESH_NANOS;
        path.heard(nowNanos);
        if (path == chosen) {
            vigil.heard(nowNanos);
            doubt.heard(vigil.isLossOfInterest(nowNanos), nowNanos);
        }
        if (!path.isUsable() && !path.probes().hasPending()) {
            prober.retryNow(path, nowNanos);
        }
        if (chosen != null && path != chosen && !path.isUsable()) {
            follow(chosen, path, isNew, isNews, nowNanos, out);
        }
        return path;
    }

    /** The peer is heard where it was not known to be. */
    private void follow(Path chosen, Path heard, boolean isNew, boolean isNews, long nowNanos, Outbox out) {
        boolean isInTrouble = chosen.state() == PathState.DEAD || doubt.isGrave();
        boolean isSilent = PathTimings.since(chosen.heardNanos(), nowNanos) >= Doubt.roamingSilenceNanos(chosen);
        boolean isUnanswered = isInTrouble || vigil.isUnanswered();
        boolean isNoWorse = heard.isDirect() || !chosen.isDirect() || isInTrouble;
        if (isSilent && isNoWorse && (isNew || isUnanswered)) {
            doubt.drop();
            choice.move(heard, "the peer is heard there, and nothing comes by the path in use", true, nowNanos, out);
            doubt.begin(Doubt.Cause.HEARD_ELSEWHERE, nowNanos);
        } else if (isNews) {
            doubt.begin(Doubt.Cause.HEARD_ELSEWHERE, nowNanos);
        }
    }

    private void callBack(Outbox out) {
        long silenceNanos = vigil.takeWishNanos();
        Path chosen = choice.chosen();
        if (silenceNanos != Deadlines.NEVER && chosen != null) {
            out.sendVia(peer, chosen.endpoint(), new Frame.CallBack((int) (silenceNanos / PathTimings.SECOND_NANOS)));
        }
    }

    /** How much the path in use carries is decided by measurement too. */
    private void noteSize(long nowNanos) {
        Path chosen = choice.chosen();
        int bytes = chosen == null ? 0 : sizes.narrowBytes(chosen);
        if (chosen != null && bytes != narrowBytes) {
            choice.note(bytes == 0
                    ? "the path in use carries packets of every size"
                    : "the path in use carries no packets above " + bytes + " bytes", nowNanos);
            narrowBytes = bytes;
        }
    }

    /** Ends every verb: verdicts, the choice, probes that are due, the next deadline. */
    private void conclude(long nowNanos, Outbox out) {
        if (hasSession) {
            upkeep.judge(nowNanos);
            choice.review(nowNanos, out);
            vigil.review(nowNanos);
            if (doubt.isActive() && !doubt.isAbout(choice.chosen())) {
                doubt.drop();
            }
            prober.sendDue(nowNanos, vigil.isActive(nowNanos), choice.isContent(), out);
            callBack(out);
            if (vigil.takeRenewal()) {
                out.renew(peer);
            }
            sizes.sendDue(choice.chosen(), nowNanos, vigil.isActive(nowNanos), out);
            sizes.sendDue(standbyPath(), nowNanos, vigil.isActive(nowNanos), out);
            noteSize(nowNanos);
        }
        agenda.file(this);
    }
}
