package io.meshd.daemon.node;

import io.meshd.discovery.Membership;
import io.meshd.discovery.SeedStatus;
import io.meshd.discovery.Seeds;
import io.meshd.identity.PublicKey;
import io.meshd.nat.CallView;
import io.meshd.nat.OwnEndpoints;
import io.meshd.nat.PathCounters;
import io.meshd.nat.Paths;
import io.meshd.nat.lan.LanCounters;
import io.meshd.nat.lan.LanLink;
import io.meshd.nat.PeerPaths;
import io.meshd.nat.mapping.MappedPort;
import io.meshd.nat.relay.LineView;
import io.meshd.nat.stun.StunServerView;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What the parts of a node know and have done, for those who report on it. Node thread; changes nothing. */
public final class Insight {
    private final Paths paths;
    private final Membership membership;
    private final Newcomers newcomers;
    private final Seeds seeds;
    private final Reachability reachability;
    private final MappedPorts mappedPorts;
    private final LocalNetwork localNetwork;

    private final Neighbours neighbours;
    private final Inquiry inquiry;

    Insight(Paths paths, Membership membership, Newcomers newcomers, Seeds seeds, Reachability reachability,
            MappedPorts mappedPorts, LocalNetwork localNetwork, Neighbours neighbours, Inquiry inquiry) {
        this.paths = paths;
        this.membership = membership;
        this.newcomers = newcomers;
        this.seeds = seeds;
        this.reachability = reachability;
        this.mappedPorts = mappedPorts;
        this.localNetwork = localNetwork;
        this.neighbours = neighbours;
        this.inquiry = inquiry;
    }

    /** Why a peer of {@link MeshNode#neighbours} is reached as it is; null when it is no neighbour any more. */
    public @Nullable Verdict verdict(long nowNanos, NeighbourView peer) {
        Neighbour neighbour = neighbours.of(peer.grant().tunnelKey());
        return neighbour == null ? null : inquiry.about(nowNanos, neighbour, peer.state());
    }

    /** What the last signal of a peer said, and what became of calls to it; null when there was none. */
    public @Nullable CallView call(PublicKey peer) {
        return inquiry.call(peer);
    }

    /** What came of the relays that were asked to carry to a peer. */
    public List<LineView> relayLines(PublicKey peer) {
        return inquiry.lines(peer);
    }

    /** What the paths of all peers have done since the start. */
    public PathCounters pathCounters() {
        return paths.counters();
    }

    /** For how long unused paths are known to be remembered by the NATs of the present network. */
    public long bindingLifetimeNanos() {
        return paths.bindingLifetimeNanos();
    }

    /** How many tasks inside the membership library ended in an exception; not zero is a defect of this program. */
    public long defects() {
        return membership.failures();
    }

    /** How many strangers are at the door; see {@link MeshNode#open}. */
    public int newcomers() {
        return newcomers.size();
    }

    /** Where this node looks for others, and what came of it. */
    public List<SeedStatus> seedStatus() {
        return seeds.status();
    }

    /** What this node knows of where others can reach it. */
    public OwnEndpoints ownEndpoints() {
        return reachability.endpoints();
    }

    /** Whether answers to {@link MeshNode#look} are still awaited. */
    public boolean isLooking() {
        return reachability.isLooking() || paths.all().stream().anyMatch(PeerPaths::isLooking);
    }

    /** The configured STUN servers and what is known of them. */
    public List<StunServerView> stunServers() {
        return reachability.stunServers();
    }

    /** What was asked and answered in STUN. */
    public StunCounters stunCounters() {
        return reachability.counters();
    }

    /** The ports that routers map to this node, and whether a peer has confirmed each. */
    public Map<MappedPort, Boolean> mappedPorts() {
        return mappedPorts.ports();
    }

    /** The links into which beacons go; none when they are not wanted or the host has no local network. */
    public List<LanLink> lanLinks() {
        return localNetwork.links();
    }

    /** What was called and answered in local networks. */
    public LanCounters lanCounters() {
        return localNetwork.counters();
    }

    /** Domains whose TXT records wait to be asked for. */
    public SortedSet<String> unresolvedDomains() {
        return seeds.unresolvedDomains();
    }

    /** Host names that wait to be looked up. */
    public SortedSet<String> unresolvedNames() {
        SortedSet<String> names = new TreeSet<>(seeds.unresolved());
        names.addAll(reachability.unresolved());
        return names;
    }
}
