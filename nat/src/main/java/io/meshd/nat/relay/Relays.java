package io.meshd.nat.relay;

import io.meshd.identity.PublicKey;
import io.meshd.nat.Allowance;
import io.meshd.nat.Candidate;
import io.meshd.nat.CandidateKind;
import io.meshd.nat.PathState;
import io.meshd.nat.Paths;
import io.meshd.nat.PeerPaths;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Frame;
import io.meshd.protocol.Outbox;
import io.meshd.protocol.RelayReason;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The side of those who need a relay: keeps as many channels warm for each peer as {@link PeerPaths#relaysWanted} says.
 * Each open one is a candidate of that peer, and {@link PeerPaths} does the rest.
 *
 * <p>Nearest relays first, by their own round-trip time; one that is nearer by a clear margin takes the place of the
 * farthest, so that the order settles. The far end chooses by its own distances, both see the channels of both, and the
 * probes of the whole way decide. A relay that ends a channel, goes, or is reached by a relay itself takes its candidates
 * with it; one that is only silent keeps them, and does not count as warm.
 */
public final class Relays {
    /** Most relays that this node asks for one peer, while none of them leads to it. */
    static final int ASKED_MAX = 4;
    /** Most lines to one peer, those that the far end had opened among them. */
    static final int LINES_MAX = 8;
    /** Below the time after which a relay forgets a channel, so that one lost refresh does no harm. */
    static final long REFRESH_NANOS = 45_000_000_000L;

    /** An open line that nothing came by after this is not warm. */
    private static final long PROOF_NANOS = 3_000_000_000L;
    /** So many unanswered questions, and the next relay is asked as well. */
    private static final int PATIENT_TRIES = 3;
    /** A channel that nobody wants any more is given back after this. */
    static final long LINGER_NANOS = 20_000_000_000L;
    private static final long REVIEW_NANOS = 30_000_000_000L;
    private static final long MARGIN_NANOS = 10_000_000L;
    private static final int MARGIN_DIVISOR = 5;
    /** Who begins to be wanted again is asked for again, but not more often than this. */
    private static final long ANEW_NANOS = 1_000_000_000L;
    /** A full relay may have room soon. */
    private static final long QUOTA_PAUSE_NANOS = 10_000_000_000L;
    /** What only an operator can change. */
    private static final long POLICY_PAUSE_NANOS = 60_000_000_000L;
    /** Frames of one relay at once, and a second: more than several hostile clients of it can cause. */
    private static final int HEEDED_BURST = 128;
    private static final int HEEDED_RATE = 64;

    private final PublicKey self;
    private final Paths paths;
    private final Set<PublicKey> permitted = new LinkedHashSet<>();
    private final Map<PublicKey, Allowance> heeded = new LinkedHashMap<>();
    private final Map<PublicKey, Need> needs = new LinkedHashMap<>();
    private long nextNanos = Deadlines.NEVER;
    private boolean changed;
    private long asked;
    private long opened;
    private long ended;
    private long refused;
    private long ignored;

    private enum Standing {
        /** A session on a direct path that works. */
        USABLE,
        /** A session, but its path does not answer now. */
        DOUBTFUL,
        /** No session, or none on a direct path, or not to be used. */
        GONE
    }

    /** What is there of relays for one peer. */
    private static final class Need {
        final PublicKey peer;
        final Map<PublicKey, Line> lines = new LinkedHashMap<>();
        int wanted;
        long unwantedNanos;
        long reviewNanos = Deadlines.NEVER;

        Need(PublicKey peer) {
            this.peer = peer;
        }

        boolean isWanted() {
            return wanted > 0;
        }
    }

    /** No relays yet. */
    public Relays(PublicKey self, Paths paths) {
        this.self = self;
        this.paths = paths;
    }

    // What the node decides.

    /** Whether a peer may relay for this node: trust marks it, it serves, and policy allows relays. */
    public void permit(PublicKey relay, boolean isPermitted) {
        if (isPermitted) {
            permitted.add(relay);
        } else {
            permitted.remove(relay);
        }
    }

    /** How many relays are to stand by for a peer. Acted on by {@link #tend}. */
    public void want(long nowNanos, PublicKey peer, int count) {
        Need need = needs.get(peer);
        if (need == null && count > 0 && !permitted.isEmpty()) {
            need = new Need(peer);
            needs.put(peer, need);
        }
        if (need == null) {
            return;
        }
        boolean isWanted = count > 0;
        boolean wasWanted = need.isWanted();
        need.wanted = count;
        if (wasWanted != isWanted) {
            need.unwantedNanos = nowNanos;
            need.lines.values().removeIf(line -> !line.isOpen() && (!isWanted || isOld(line, nowNanos)));
        }
    }

    private static boolean isOld(Line line, long nowNanos) {
        return line.askedNanos == Deadlines.NEVER || nowNanos - line.askedNanos >= ANEW_NANOS;
    }

    /** A peer is trusted no more: it is no relay, and needs none. */
    public void forget(PublicKey peer) {
        permitted.remove(peer);
        heeded.remove(peer);
        changed |= needs.remove(peer) != null;
    }

    // What relays say.

    /**
     * A relay says which peer is behind a channel.
     *
     * @return whether there is a new way to that peer
     */
    public boolean handle(long nowNanos, PublicKey relay, Frame.RelayChannel frame, Outbox out) {
        PublicKey peer = frame.peer();
        if (!isHeeded(nowNanos, relay)) {
            return false;
        }
        Need need = needs.get(peer);
        Line line = need == null ? null : need.lines.get(relay);
        boolean isFull = need != null && line == null && need.lines.size() >= LINES_MAX;
        boolean isAcceptable = standing(relay) != Standing.GONE && !peer.equals(self) && !peer.equals(relay)
                && paths.find(peer) != null && !isFull;
        if (!isAcceptable) {
            ignored++;
            out.send(relay, new Frame.RelayClose(false, frame.channel(), RelayReason.REFUSED, null));
            return false;
        }
        if (need == null) {
            need = new Need(peer);
            needs.put(peer, need);
        }
        if (need.lines.isEmpty()) {
            need.unwantedNanos = nowNanos;
        }
        if (line == null) {
            line = new Line(relay, peer);
            need.lines.put(relay, line);
        }
        if (line.isOpen() && line.channel == frame.channel()) {
            return false;
        }
        line.opened(nowNanos, frame.channel());
        note(nowNanos, line, "a relay carries between the two now");
        line.nextNanos = line.isMine ? nowNanos + REFRESH_NANOS : Deadlines.NEVER;
        opened++;
        changed = true;
        paths.of(peer).candidate(nowNanos, new Candidate(line.endpoint, CandidateKind.RELAY), out);
        return true;
    }

    private boolean isHeeded(long nowNanos, PublicKey relay) {
        boolean is = heeded.computeIfAbsent(relay, _ -> new Allowance(HEEDED_BURST, HEEDED_RATE)).take(nowNanos);
        ignored += is ? 0 : 1;
        return is;
    }

    /** A relay refuses a channel or ends one. */
    public void handle(long nowNanos, PublicKey relay, Frame.RelayClose frame, Outbox out) {
        Line line = frame.peer() == null ? openLine(relay, frame.channel()) : line(relay, frame.peer());
        if (line == null || !isHeeded(nowNanos, relay)) {
            return;
        }
        if (line.isOpen()) {
            ended++;
        } else {
            refused++;
        }
        line.reason = frame.reason();
        note(nowNanos, line, (line.isOpen() ? "a relay carries no more: " : "a relay refuses: ") + words(line.reason));
        end(nowNanos, line, pauseNanos(frame.reason()), out);
    }

    private void note(long nowNanos, Line line, String what) {
        PeerPaths ways = paths.find(line.peer);
        if (ways != null) {
            ways.note(nowNanos, what, "", line.relay);
        }
    }

    private static String words(RelayReason reason) {
        return switch (reason) {
            case GONE -> "the channel is over";
            case NOT_SERVING -> "it does not serve";
            case UNKNOWN_PEER -> "it does not trust the far end";
            case UNREACHABLE -> "it has no straight path to the far end";
            case QUOTA -> "it serves as many as it may";
            case REFUSED -> "the far end takes nothing from it";
            case WHICH -> "the far end does not know the channel";
        };
    }

    private static long pauseNanos(RelayReason reason) {
        return switch (reason) {
            case GONE, UNREACHABLE, WHICH -> 0;
            case QUOTA -> QUOTA_PAUSE_NANOS;
            case NOT_SERVING, UNKNOWN_PEER, REFUSED -> POLICY_PAUSE_NANOS;
        };
    }

    private @Nullable Line line(PublicKey relay, PublicKey peer) {
        Need need = needs.get(peer);
        return need == null ? null : need.lines.get(relay);
    }

    private @Nullable Line openLine(PublicKey relay, int channel) {
        for (Need need : needs.values()) {
            Line line = need.lines.get(relay);
            if (line != null && line.isOpen() && line.channel == channel) {
                return line;
            }
        }
        return null;
    }

    /** Data came from a relay by a channel that this node knows nothing of: asks which it is. */
    public void unknown(long nowNanos, PublicKey relay, int channel, Outbox out) {
        if (standing(relay) != Standing.GONE && isHeeded(nowNanos, relay)) {
            out.send(relay, new Frame.RelayClose(false, channel, RelayReason.WHICH, null));
        }
    }

    private void end(long nowNanos, Line line, long leastPauseNanos, Outbox out) {
        boolean wasOpen = line.isOpen();
        line.refused(nowNanos, leastPauseNanos);
        if (wasOpen) {
            changed = true;
            PeerPaths ways = paths.find(line.peer);
            if (ways != null) {
                ways.withdraw(nowNanos, line.endpoint, out);
            }
        }
    }

    // What follows.

    /** Acts on all that may have changed: sessions, paths, wishes, time. To be called after every turn of the node. */
    public void tend(long nowNanos, Outbox out) {
        nextNanos = Deadlines.NEVER;
        for (Need need : List.copyOf(needs.values())) {
            int warm = tendLines(nowNanos, need, out);
            if (need.isWanted()) {
                fill(nowNanos, need, warm, out);
                review(nowNanos, need, out);
                need.lines.values().forEach(line -> fileDeadlines(nowNanos, line));
                nextNanos = Deadlines.earlier(nextNanos, need.reviewNanos);
            } else {
                giveBack(nowNanos, need, out);
                if (need.lines.isEmpty()) {
                    needs.remove(need.peer);
                }
            }
        }
    }

    /** Ends what was asked for, is wanted no more and carries nothing. */
    private void giveBack(long nowNanos, Need need, Outbox out) {
        boolean isOver = nowNanos - need.unwantedNanos >= LINGER_NANOS;
        PeerPaths ways = paths.find(need.peer);
        for (Line line : new ArrayList<>(need.lines.values())) {
            if (!line.isMine || ways == null || line.endpoint.equals(ways.chosen())) {
                continue;
            }
            if (isOver) {
                out.send(line.relay, new Frame.RelayClose(false, line.channel, RelayReason.GONE, null));
                end(nowNanos, line, 0, out);
                need.lines.remove(line.relay);
            } else {
                nextNanos = Deadlines.earlier(nextNanos, need.unwantedNanos + LINGER_NANOS);
            }
        }
    }

    /** Ends what cannot be used, asks again where it is time, and says how many count as warm. */
    private int tendLines(long nowNanos, Need need, Outbox out) {
        int warm = 0;
        for (Line line : new ArrayList<>(need.lines.values())) {
            Standing standing = standing(line.relay);
            if (standing == Standing.GONE) {
                ended += line.isOpen() ? 1 : 0;
                note(nowNanos, line, "a relay is out of reach itself, or not to be used");
                end(nowNanos, line, 0, out);
                need.lines.remove(line.relay);
            } else if (line.state == Line.State.REFUSED && !need.isWanted()) {
                need.lines.remove(line.relay);
            } else if (need.isWanted() && standing == Standing.USABLE) {
                if (line.isMine && line.state != Line.State.REFUSED && Deadlines.isDue(line.nextNanos, nowNanos)) {
                    ask(nowNanos, line, out);
                }
                warm += isWarm(line, nowNanos) ? 1 : 0;
            }
        }
        return warm;
    }

    private void ask(long nowNanos, Line line, Outbox out) {
        boolean isRefresh = line.isOpen();
        int triesBefore = line.tries;
        line.asked(nowNanos);
        if (isRefresh) {
            line.tries = triesBefore;
            line.nextNanos = nowNanos + REFRESH_NANOS;
        } else {
            note(nowNanos, line, "a relay is asked to carry");
        }
        asked++;
        out.send(line.relay, new Frame.RelayOpen(line.peer));
    }

    private boolean isWarm(Line line, long nowNanos) {
        return switch (line.state) {
            case REFUSED -> false;
            case ASKED -> line.tries <= PATIENT_TRIES;
            case OPEN -> {
                PathState state = pathState(line);
                yield state == PathState.ALIVE || state == PathState.UNSOUND
                        || (state == PathState.UNPROVEN && nowNanos - line.openedNanos < PROOF_NANOS);
            }
        };
    }

    private @Nullable PathState pathState(Line line) {
        PeerPaths ways = paths.find(line.peer);
        return ways == null ? null : ways.state(line.endpoint);
    }

    /** What is due and was not done waits for something else than time. */
    private void fileDeadlines(long nowNanos, Line line) {
        if (!Deadlines.isDue(line.nextNanos, nowNanos)) {
            nextNanos = Deadlines.earlier(nextNanos, line.nextNanos);
        }
        if (line.isOpen() && nowNanos - line.openedNanos < PROOF_NANOS) {
            nextNanos = Deadlines.earlier(nextNanos, line.openedNanos + PROOF_NANOS);
        }
    }

    private void fill(long nowNanos, Need need, int warm, Outbox out) {
        int missing = need.wanted - warm;
        for (PublicKey relay = nearest(nowNanos, need); missing > 0 && relay != null; missing--) {
            askNew(nowNanos, need, relay, out);
            relay = nearest(nowNanos, need);
        }
    }

    private void askNew(long nowNanos, Need need, PublicKey relay, Outbox out) {
        Line line = need.lines.computeIfAbsent(relay, key -> new Line(key, need.peer));
        line.state = Line.State.ASKED;
        ask(nowNanos, line, out);
        need.reviewNanos = need.reviewNanos == Deadlines.NEVER ? nowNanos + REVIEW_NANOS : need.reviewNanos;
    }

    /** The nearest usable relay that may be asked now; null when there is none, or enough were asked. */
    private @Nullable PublicKey nearest(long nowNanos, Need need) {
        if (need.lines.size() >= LINES_MAX || need.lines.values().stream()
                .filter(line -> line.isMine && line.state != Line.State.REFUSED).count() >= ASKED_MAX) {
            return null;
        }
        PublicKey nearest = null;
        for (PublicKey relay : permitted) {
            Line line = need.lines.get(relay);
            boolean isFree = line == null
                    || (line.state == Line.State.REFUSED && Deadlines.isDue(line.nextNanos, nowNanos));
            if (isFree && !relay.equals(need.peer) && standing(relay) == Standing.USABLE
                    && (nearest == null || rttNanos(relay) < rttNanos(nearest))) {
                nearest = relay;
            }
        }
        return nearest;
    }

    /** Asks a relay that is clearly nearer than the farthest of those in use, which is kept no longer. */
    private void review(long nowNanos, Need need, Outbox out) {
        if (!Deadlines.isDue(need.reviewNanos, nowNanos)) {
            return;
        }
        need.reviewNanos = nowNanos + REVIEW_NANOS;
        PublicKey nearest = nearest(nowNanos, need);
        Line farthest = null;
        int mine = 0;
        for (Line line : need.lines.values()) {
            if (line.isMine && line.isOpen()) {
                mine++;
                farthest = farthest == null || rttNanos(line.relay) > rttNanos(farthest.relay) ? line : farthest;
            }
        }
        if (nearest == null || farthest == null || mine < need.wanted) {
            return;
        }
        long far = rttNanos(farthest.relay);
        long margin = far == Deadlines.NEVER ? 0 : Math.max(MARGIN_NANOS, far / MARGIN_DIVISOR);
        if (rttNanos(nearest) < far - margin) {
            farthest.isMine = false;
            farthest.nextNanos = Deadlines.NEVER;
            askNew(nowNanos, need, nearest, out);
        }
    }

    private long rttNanos(PublicKey relay) {
        PeerPaths ways = paths.find(relay);
        return ways == null ? Deadlines.NEVER : ways.rttNanos();
    }

    private Standing standing(PublicKey relay) {
        PeerPaths ways = permitted.contains(relay) ? paths.find(relay) : null;
        if (ways == null || !ways.hasSession()) {
            return Standing.GONE;
        }
        Endpoint chosen = ways.chosen();
        if (chosen instanceof Endpoint.Relayed) {
            return Standing.GONE;
        }
        return chosen == null || ways.state(chosen) == PathState.DEAD ? Standing.DOUBTFUL : Standing.USABLE;
    }

    /** When {@link #tend} is to be called though nothing happened, or {@link Deadlines#NEVER}. */
    public long nextDeadlineNanos() {
        return nextNanos;
    }

    // What the node asks.

    /** The open channels. */
    public List<RelayLine> lines() {
        List<RelayLine> open = new ArrayList<>();
        for (Need need : needs.values()) {
            for (Line line : need.lines.values()) {
                if (line.isOpen()) {
                    open.add(new RelayLine(line.relay, line.peer, line.channel, line.endpoint));
                }
            }
        }
        return open;
    }

    /** What came of the relays that were asked to carry to a peer. */
    public List<LineView> of(PublicKey peer) {
        Need need = needs.get(peer);
        return need == null
                ? List.of()
                : need.lines.values().stream().map(line -> new LineView(line.relay, line.isOpen(), line.reason))
                        .toList();
    }

    /** Whether {@link #lines} changed since this was last asked. */
    public boolean takeChanged() {
        boolean was = changed;
        changed = false;
        return was;
    }

    public RelaysCounters counters() {
        return new RelaysCounters(asked, opened, ended, refused, ignored);
    }
}
