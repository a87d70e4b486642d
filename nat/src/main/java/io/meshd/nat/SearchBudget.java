package io.meshd.nat;

import io.meshd.identity.PublicKey;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which searches a node may still make, so that no router suffers from them and nobody can be made to suffer.
 *
 * <p>Once an hour for each peer between two networks, and for no more peers than a household has: a peer that names a
 * victim as itself gains one search, and all peers together gain three. In another network, of this node or of the peer,
 * all is new; but as a peer's network is what the peer says, it may be new only so often.
 */
final class SearchBudget {
    static final long PERIOD_NANOS = 3_600_000_000_000L;
    /**
     * In all, in an hour: a laptop's hard peers each have their turn, and who could make this node believe again and again
     * that it is in another network still gains no more.
     */
    static final int SEARCHES_MAX = 8;

    /** Of these for one peer, in one network of this node: somebody who travels does not change networks more often. */
    static final int PER_PEER_MAX = 3;

    /** Of these to one address from one network of this node: several hosts of a home reach each other's NAT in turn. */
    static final int PER_TARGET_MAX = 3;

    private final ArrayDeque<Spent> spent = new ArrayDeque<>();

    /** One search; without a target when nothing was sent. */
    private record Spent(PublicKey peer, Set<InetAddress> network, @Nullable InetAddress target, long atNanos) {}

    /** Whether a search may be made now. */
    boolean allows(long nowNanos, PublicKey peer, Set<InetAddress> network, InetAddress target) {
        while (!spent.isEmpty() && nowNanos - spent.getFirst().atNanos >= PERIOD_NANOS) {
            spent.removeFirst();
        }
        List<Spent> here = spent.stream().filter(past -> past.network.equals(network)).toList();
        List<Spent> there = here.stream().filter(past -> target.equals(past.target)).toList();
        return spent.size() < SEARCHES_MAX && there.size() < PER_TARGET_MAX
                && there.stream().noneMatch(past -> past.peer.equals(peer))
                && here.stream().filter(past -> past.peer.equals(peer)).count() < PER_PEER_MAX;
    }

    /**
     * One that a peer wanted and did not begin, or it could keep this node from others for ever. What it named is not
     * searched, and may be the address of one who does.
     */
    void spendInVain(long nowNanos, PublicKey peer, Set<InetAddress> network) {
        spent.addLast(new Spent(peer, Set.copyOf(network), null, nowNanos));
    }

    /** One is made. */
    void spend(long nowNanos, PublicKey peer, Set<InetAddress> network, InetAddress target) {
        spent.addLast(new Spent(peer, Set.copyOf(network), target, nowNanos));
    }
}
