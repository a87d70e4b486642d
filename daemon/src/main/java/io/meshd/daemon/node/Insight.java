package io.meshd.daemon.node;

import io.meshd.discovery.Membership;
import io.meshd.discovery.SeedStatus;
import io.meshd.discovery.Seeds;
import io.meshd.nat.OwnEndpoints;
import io.meshd.nat.PathCounters;
import io.meshd.nat.Paths;
import io.meshd.nat.lan.LanCounters;
import io.meshd.nat.lan.LanLink;
import io.meshd.nat.mapping.MappedPort;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/** What the parts of a node know and have done, for those who report on it. Node thread; changes nothing. */
public final class Insight {
    private final Paths paths;
    private final Membership membership;
    private final Newcomers newcomers;
    private final Seeds seeds;
    private final Reachability reachability;
    private final MappedPorts mappedPorts;
    private final LocalNetwork localNetwork;

    Insight(Paths paths, Membership membership, Newcomers newcomers, Seeds seeds, Reachability reachability,
            MappedPorts mappedPorts, LocalNetwork localNetwork) {
        this.paths = paths;
        this.membership = membership;
        this.newcomers = newcomers;
        this.seeds = seeds;
        this.reachability = reachability;
        this.mappedPorts = mappedPorts;
        this.localNetwork = localNetwork;
    }

    /** What the paths of all peers have done since the start. */
    public PathCounters pathCounters() {
        return paths.counters();
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
