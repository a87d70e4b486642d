package io.meshd.nat;

import io.meshd.identity.PublicKey;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Outbox;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The paths to all peers, with one deadline for all of them.
 *
 * <p>Pure: time comes in, effects go to the outbox, and one thread owns it all. As many peers as the caller adds: it
 * adds only those it trusts.
 */
public final class Paths {
    /** WireGuard's own. */
    public static final int MTU_BYTES_DEFAULT = 1_420;

    /** Enough to tell how a NAT maps, and that one who does not answer is not missed. */
    private static final int ASKED_MAX = 4;

    private final PublicKey self;
    private final BindingLifetime lifetime = new BindingLifetime();
    private final RandomGenerator random;
    private final PathTally tally = new PathTally();
    private int largestBytes = MTU_BYTES_DEFAULT;
    private boolean isOpen4;
    private boolean isOpen6;
    private final DeadlineHeap agenda = new DeadlineHeap();
    private final SequencedMap<PublicKey, PeerPaths> peers = new LinkedHashMap<>();

    /**
     * Paths to nobody yet.
     *
     * @param self   whose paths these are: of two equal paths the smaller key chooses
     * @param random where the tokens of probes come from: one that nobody can predict
     */
    public Paths(PublicKey self, RandomGenerator random) {
        this.self = self;
        this.random = random;
    }

    /** The paths to a peer, from now on known. */
    public PeerPaths of(PublicKey peer) {
        PeerPaths known = peers.get(peer);
        if (known != null) {
            return known;
        }
        PeerPaths paths = new PeerPaths(self, peer, lifetime, random, tally, agenda, () -> largestBytes,
                this::isOpenTowards);
        peers.put(peer, paths);
        agenda.add(paths);
        return paths;
    }

    /** The paths to a peer; null when it is not known. */
    public @Nullable PeerPaths find(PublicKey peer) {
        return peers.get(peer);
    }

    /** Forgets a peer that is trusted no more. */
    public void remove(long nowNanos, PublicKey peer, Outbox out) {
        PeerPaths paths = peers.remove(peer);
        if (paths != null) {
            paths.sessionLost(nowNanos, out);
            agenda.remove(paths);
        }
    }

    /** All peers, in the order in which they became known. */
    public Collection<PeerPaths> all() {
        return Collections.unmodifiableCollection(peers.values());
    }

    /** The most that this host's own interface takes, in bytes: no path is given more. */
    public void mtuBytes(int bytes) {
        largestBytes = bytes;
    }

    /**
     * Which network this host is in, as far as its own addresses and those under which it is seen from outside tell: what
     * was learned there of its NATs counts again.
     */
    public void network(Set<InetAddress> local, Set<InetAddress> outside) {
        lifetime.network(local, outside);
    }

    /** For how long the NATs of the present network are known to remember a path that nobody uses. */
    public long bindingLifetimeNanos() {
        return lifetime.ladder().provenNanos();
    }

    /** Asks some peers that are reached straight where they see this host: what is known of that may be of the past. */
    void askWhereabouts(long nowNanos) {
        int asked = 0;
        for (PeerPaths paths : peers.values()) {
            asked += asked < ASKED_MAX && paths.askWhereabouts(nowNanos) ? 1 : 0;
        }
    }

    /**
     * Whether everybody outside reaches this host by IPv4 and by IPv6, since nothing translates or filters, or by a mapped
     * port that a peer has tried: then no path to anybody needs a punch, whoever told of it first.
     */
    public void open(boolean v4, boolean v6) {
        isOpen4 = v4;
        isOpen6 = v6;
    }

    private boolean isOpenTowards(Endpoint endpoint) {
        return switch (endpoint) {
            case Endpoint.Direct(InetSocketAddress at, int _) ->
                at.getAddress() instanceof Inet6Address ? isOpen6 : isOpen4;
            case Endpoint.Relayed _ -> false;
        };
    }

    /** An address, link or route of this host changed. */
    public void networkChanged(long nowNanos, Outbox out) {
        for (PeerPaths paths : peers.values()) {
            paths.networkChanged(nowNanos, out);
        }
    }

    /** Has the paths in use of all peers probed once, so that what they tell is of now. */
    public void look(long nowNanos, Outbox out) {
        peers.values().forEach(ways -> ways.look(nowNanos, out));
    }

    /** Does what is due, for all peers. */
    public void handleTimeout(long nowNanos, Outbox out) {
        PeerPaths first = agenda.first();
        while (first != null && Deadlines.isDue(agenda.nextDeadlineNanos(), nowNanos)) {
            first.handleTimeout(nowNanos, out);
            first = agenda.first();
        }
    }

    /** When {@link #handleTimeout} is to be called, or {@link Deadlines#NEVER}. */
    public long nextDeadlineNanos() {
        return agenda.nextDeadlineNanos();
    }

    PathTally tally() {
        return tally;
    }

    /** What was done since the start. */
    public PathCounters counters() {
        return tally.snapshot();
    }
}
