package io.meshd.daemon.node;

import io.meshd.discovery.MemberSnapshot;
import io.meshd.identity.PublicKey;
import io.meshd.nat.PathClass;
import io.meshd.nat.PeerPaths;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Fragmenter;
import io.meshd.protocol.MemberState;
import io.meshd.protocol.NodeRecord;
import io.meshd.protocol.Reassembler;
import io.meshd.tunnel.Peer;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * A trusted peer with all that this node holds of it.
 *
 * <p>Owned by the node thread. Reader threads see the volatile fields and add to the counters.
 */
final class Neighbour {
    /** A flow lasts at least so long; a question and its answer are none. */
    private static final long BUSY_NANOS = 2_000_000_000L;
    /** A flow may pause so long. */
    private static final long BUSY_PAUSE_NANOS = 10_000_000_000L;

    /** Inner packets, counted where they pass and collected by the node thread. */
    final LongAdder packetsOut = new LongAdder();
    final LongAdder packetsIn = new LongAdder();
    /** Where the last inner packet came from. */
    volatile @Nullable Endpoint lastFrom;
    /** Another network or another major version: frames pass, packets do not. */
    volatile boolean framesOnly;
    /** Where copies of its packets go as well while its path is in doubt. */
    volatile @Nullable Endpoint standby;

    /** Its greetings: each new one costs the check of a signature. It repeats itself a few times, and changes rarely. */
    final RateLimit greetings = new RateLimit(40, 250_000_000L);

    /** The relays by which it is reached now. */
    volatile List<RelayHop> hops = List.of();
    /** Bytes of messages that it sent to others by way of this node. */
    final LongAdder relayedBytes = new LongAdder();
    final Peer tunnel;
    final @Nullable PeerPaths paths;
    final Fragmenter fragmenter;
    final Reassembler reassembler;
    long collectedOut;
    long collectedIn;
    /** Something waits for a session with it, since then; {@link Deadlines#NEVER} when nothing does. */
    private long wantsSessionNanos = Deadlines.NEVER;
    /** Among it are packets of the host or echoes. */
    private boolean isUrgent;
    private long busySinceNanos;
    private long passedNanos = Deadlines.NEVER;
    /** Packets that waited and were counted as sent, but not yet as relayed. */
    int stagedPackets;
    /** When a handshake was given up since the last session, or {@link Deadlines#NEVER}. */
    long gaveUpNanos = Deadlines.NEVER;
    /** It has a session on a direct path, as far as {@link Relaying} has seen. */
    boolean isDirect;
    /** The last path that it had in this session or an earlier one. */
    @Nullable
    Endpoint lastPath;
    /** When its last repeated greeting was answered; {@link Greetings}' own. */
    long answeredNanos = Deadlines.NEVER;
    /** When this node last knocked for it; {@link MappedPorts}' own. */
    long knockedNanos = Deadlines.NEVER;
    private PeerGrant grant;
    private @Nullable NodeRecord record;
    private MemberState memberState = MemberState.UNKNOWN;
    /** It has told its record itself, in a session that is not over. */
    private boolean greeted;
    /** The run that it last greeted in; less than any when it never did. */
    private long greetedEpoch = -1;
    private long greetedNanos = Deadlines.NEVER;
    /** Number of the run in which it said goodbye; less than any when it never did. */
    private long leftEpoch = -1;

    Neighbour(PeerGrant grant, Peer tunnel, @Nullable PeerPaths paths, int firstMessageId) {
        this.grant = grant;
        this.tunnel = tunnel;
        this.paths = paths;
        this.fragmenter = new Fragmenter(firstMessageId);
        this.reassembler = new Reassembler();
    }

    /** Packets of the host went to it. */
    void passed(long nowNanos) {
        if (passedNanos == Deadlines.NEVER || nowNanos - passedNanos > BUSY_PAUSE_NANOS) {
            busySinceNanos = nowNanos;
        }
        passedNanos = nowNanos;
    }

    /** Whether packets have gone to it for a while, and still do. */
    boolean isBusy(long nowNanos) {
        return passedNanos != Deadlines.NEVER && nowNanos - passedNanos <= BUSY_PAUSE_NANOS
                && passedNanos - busySinceNanos >= BUSY_NANOS;
    }

    /** Something waits for a session; {@code urgent} when a person or program may notice. */
    void wantSession(long nowNanos, boolean urgent) {
        wantsSessionNanos = wantsSessionNanos == Deadlines.NEVER ? nowNanos : wantsSessionNanos;
        isUrgent |= urgent;
    }

    boolean wantsSession() {
        return wantsSessionNanos != Deadlines.NEVER;
    }

    /** Nothing waits any more. */
    void wantNoSession() {
        wantsSessionNanos = Deadlines.NEVER;
        isUrgent = false;
    }

    /** For how long something has waited; 0 when nothing does. */
    long waitedNanos(long nowNanos) {
        return wantsSession() ? nowNanos - wantsSessionNanos : 0;
    }

    /** Whether something waits urgently, or for so long. */
    boolean hasWaited(long nanos, long nowNanos) {
        return wantsSession() && (isUrgent || nowNanos - wantsSessionNanos >= nanos);
    }

    /** Whether it says of itself that it can, or will not; see {@link io.meshd.protocol.Capability}. */
    boolean says(long capability) {
        return record != null && (record.capabilities() & capability) != 0;
    }

    /** The way through a relay that this candidate stands for; null when it is over. */
    @Nullable
    RelayHop hop(Endpoint.Relayed endpoint) {
        List<RelayHop> now = hops;
        for (int i = 0; i < now.size(); i++) {
            RelayHop hop = now.get(i);
            if (hop.endpoint().equals(endpoint)) {
                return hop;
            }
        }
        return null;
    }

    String name() {
        return grant.name();
    }

    PeerGrant grant() {
        return grant;
    }

    void regrant(PeerGrant newer) {
        grant = newer;
    }

    boolean isStock() {
        return grant.isStock();
    }

    @Nullable
    PublicKey key() {
        return grant.key();
    }

    /** Its newest record for this network, or null. */
    @Nullable
    NodeRecord record() {
        return record;
    }

    void record(@Nullable NodeRecord newer) {
        record = newer;
    }

    /** Whether it is there: membership says so, or it does itself. */
    boolean isPresent() {
        return greeted || memberState == MemberState.ALIVE || memberState == MemberState.SUSPECT;
    }

    /** It has told its record itself. What it said before its goodbye may arrive after it. */
    void greeted(long nowNanos, NodeRecord told) {
        greeted = told.epoch() != leftEpoch;
        greetedNanos = nowNanos;
        greetedEpoch = told.epoch();
    }

    /**
     * Whether a record shows that it runs anew, so that it has forgotten the session in which it greeted. A session in
     * which it has not greeted yet may be of the new run.
     */
    boolean hasForgotten(NodeRecord newer) {
        long handshakeNanos = tunnel.lastHandshakeNanos();
        boolean greetedInIt = greetedNanos != Deadlines.NEVER && handshakeNanos != Deadlines.NEVER
                && greetedNanos - handshakeNanos >= 0;
        return greetedInIt && newer.epoch() > greetedEpoch;
    }

    /** Its last session is over. */
    void parted() {
        greeted = false;
    }

    void memberState(MemberState state) {
        memberState = state;
        if (state == MemberState.DEAD || state == MemberState.LEFT) {
            greeted = false;
        }
        if (state == MemberState.LEFT && record != null) {
            leftEpoch = record.epoch();
        }
    }

    /** Whether nothing authenticated has come from it for so long. */
    boolean isSilentFor(long nanos, long nowNanos) {
        long heard = tunnel.lastHeardNanos();
        return heard == Deadlines.NEVER || nowNanos - heard >= nanos;
    }

    /** Whether packets are for it, or wait for it, and no straight path leads there. */
    boolean isOutOfReach(long nowNanos) {
        if (paths == null || (!wantsSession() && !paths.isActive(nowNanos))) {
            return false;
        }
        return !tunnel.hasSession(nowNanos) || !paths.isStraight();
    }

    /** What is known of it at this moment. */
    NeighbourView view(long nowNanos, @Nullable MemberSnapshot member) {
        boolean hasSession = tunnel.hasSession(nowNanos);
        return new NeighbourView(grant, state(hasSession, member), member, record, hasSession,
                moment(tunnel.lastHandshakeNanos()), moment(tunnel.lastHeardNanos()), pathClass(hasSession), chosen(),
                paths == null ? List.of() : paths.candidates(nowNanos), paths == null ? List.of() : paths.decisions(),
                paths == null ? null : moment(paths.detourNanos()), paths == null ? null : paths.mtuBytes(),
                tunnel.bytesReceived(), tunnel.bytesSent(), relayedBytes.sum());
    }

    private MemberState state(boolean hasSession, @Nullable MemberSnapshot member) {
        if (isStock()) {
            return hasSession ? MemberState.ALIVE : MemberState.UNKNOWN;
        }
        return member == null ? MemberState.UNKNOWN : member.state();
    }

    private PathClass pathClass(boolean hasSession) {
        if (!hasSession) {
            return PathClass.NONE;
        }
        return paths == null ? PathClass.DIRECT : paths.pathClass();
    }

    private static @Nullable Long moment(long atNanos) {
        return atNanos == Deadlines.NEVER ? null : atNanos;
    }

    /** Where its packets go now: the chosen path, or where the stock device was last heard. */
    @Nullable
    Endpoint chosen() {
        return paths == null ? tunnel.endpoint() : paths.chosen();
    }
}
