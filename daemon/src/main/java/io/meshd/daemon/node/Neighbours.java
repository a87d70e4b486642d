package io.meshd.daemon.node;

import io.meshd.discovery.MemberSnapshot;
import io.meshd.identity.IpAddress;
import io.meshd.identity.PublicKey;
import io.meshd.identity.TunnelKey;
import io.meshd.nat.Paths;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Outbox;
import io.meshd.tunnel.Peer;
import io.meshd.tunnel.PeerSettings;
import io.meshd.tunnel.Routes;
import io.meshd.tunnel.Tunnel;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** The trusted peers of a node, kept in step with its trust. Owned by the node thread. */
final class Neighbours {
    private static final int NAMELESS_CHARACTERS = 8;

    private final Tunnel tunnel;
    private final Paths paths;
    private final RandomGenerator random;
    private final Newcomers newcomers;
    private final Map<TunnelKey, Neighbour> byTunnelKey = new LinkedHashMap<>();
    private final Map<PublicKey, Neighbour> byKey = new LinkedHashMap<>();
    private int mtuBytes;

    Neighbours(Tunnel tunnel, Paths paths, RandomGenerator random, int mtuBytes, Newcomers newcomers) {
        this.tunnel = tunnel;
        this.paths = paths;
        this.random = random;
        this.mtuBytes = mtuBytes;
        paths.mtuBytes(mtuBytes);
        this.newcomers = newcomers;
    }

    /** The largest inner packet of this node is now this: nothing is padded beyond it, and no path is given more. */
    void mtuBytes(int bytes) {
        mtuBytes = bytes;
        paths.mtuBytes(bytes);
        all().stream().filter(Neighbour::isStock).forEach(neighbour -> neighbour.tunnel.setMtuBytes(bytes));
    }

    Collection<Neighbour> all() {
        return byTunnelKey.values();
    }

    @Nullable
    Neighbour of(TunnelKey key) {
        return byTunnelKey.get(key);
    }

    @Nullable
    Neighbour of(PublicKey key) {
        return byKey.get(key);
    }

    /** How this host calls a peer; of who is no neighbour any more the beginning of the key. */
    String name(PublicKey key) {
        Neighbour neighbour = of(key);
        return neighbour == null ? key.peerId().substring(0, NAMELESS_CHARACTERS) : neighbour.name();
    }

    /** What is known of all of them, given what membership knows, in the order of trust. */
    Collection<NeighbourView> views(long nowNanos, Map<PublicKey, MemberSnapshot> members) {
        return all().stream().map(one -> one.view(nowNanos, one.key() == null ? null : members.get(one.key())))
                .toList();
    }

    /** The keys of those that are nodes. */
    SortedSet<PublicKey> keys() {
        return new TreeSet<>(byKey.keySet());
    }

    /** Makes the peers exactly those that are granted something; who stays keeps its sessions. */
    void grant(long nowNanos, List<PeerGrant> grants, Outbox outbox) {
        Map<TunnelKey, PeerGrant> granted = new LinkedHashMap<>();
        grants.forEach(grant -> granted.put(grant.tunnelKey(), grant));
        for (Neighbour neighbour : List.copyOf(all())) {
            PeerGrant grant = granted.get(neighbour.tunnel.key());
            if (grant == null || !Objects.equals(grant.key(), neighbour.key())) {
                remove(nowNanos, neighbour, outbox);
            }
        }
        for (PeerGrant grant : grants) {
            Neighbour known = byTunnelKey.get(grant.tunnelKey());
            if (known == null) {
                add(nowNanos, grant);
            } else {
                regrant(nowNanos, known, grant);
            }
        }
    }

    private void add(long nowNanos, PeerGrant grant) {
        Peer peer = peer(nowNanos, grant);
        peer.setMtuBytes(mtuBytes);
        Neighbour neighbour = new Neighbour(grant, peer, grant.key() == null ? null : paths.of(grant.key()),
                random.nextInt());
        byTunnelKey.put(grant.tunnelKey(), neighbour);
        if (grant.key() != null) {
            byKey.put(grant.key(), neighbour);
        }
    }

    /** Who was at the door already keeps its session, unless trust asks for more than was agreed in it. */
    private Peer peer(long nowNanos, PeerGrant grant) {
        if (grant.isStock() || grant.presharedKey() != null) {
            newcomers.forget(grant.tunnelKey());
        }
        Peer arrived = newcomers.adopt(grant.tunnelKey());
        if (arrived == null) {
            return tunnel.add(nowNanos, settings(grant));
        }
        tunnel.update(nowNanos, arrived, settings(grant));
        return arrived;
    }

    private void regrant(long nowNanos, Neighbour neighbour, PeerGrant grant) {
        neighbour.regrant(grant);
        // Only what differs counts there: a device that roamed stays where it is until another endpoint is configured.
        tunnel.update(nowNanos, neighbour.tunnel, settings(grant));
    }

    private void remove(long nowNanos, Neighbour neighbour, Outbox outbox) {
        byTunnelKey.remove(neighbour.tunnel.key());
        tunnel.remove(neighbour.tunnel);
        if (neighbour.key() != null) {
            byKey.remove(neighbour.key());
            paths.remove(nowNanos, neighbour.key(), outbox);
        }
    }

    private static PeerSettings settings(PeerGrant grant) {
        List<Endpoint> endpoints = grant.endpoint() == null
                ? List.of()
                : List.of(new Endpoint.Direct(grant.endpoint()));
        return new PeerSettings(grant.tunnelKey(), grant.presharedKey(), grant.isStock(), grant.keepaliveSeconds(),
                endpoints);
    }

    /** What the reader threads need of all this. */
    Forwarding forwarding(List<RouteView> plan, NodeSettings settings) {
        List<Routes.Route<Neighbour>> owners = new ArrayList<>();
        List<Routes.Route<Neighbour>> reachable = new ArrayList<>();
        for (RouteView view : plan) {
            Neighbour owner = byTunnelKey.get(view.owner());
            if (owner != null) {
                owners.add(new Routes.Route<>(view.prefix(), owner));
                if (view.active()) {
                    reachable.add(new Routes.Route<>(view.prefix(), owner));
                }
            }
        }
        return new Forwarding(Routes.of(owners), Routes.of(reachable), address(settings, false),
                address(settings, true));
    }

    private static @Nullable IpAddress address(NodeSettings settings, boolean v6) {
        return settings.addresses().stream().filter(address -> address.isV6() == v6).findFirst().orElse(null);
    }
}
