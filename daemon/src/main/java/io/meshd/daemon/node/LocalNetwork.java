package io.meshd.daemon.node;

import io.meshd.identity.Identity;
import io.meshd.identity.PublicKey;
import io.meshd.nat.CandidateKind;
import io.meshd.nat.PathClass;
import io.meshd.nat.PeerPaths;
import io.meshd.nat.lan.LanCompany;
import io.meshd.nat.lan.LanCounters;
import io.meshd.nat.lan.LanDiscovery;
import io.meshd.nat.lan.LanLink;
import io.meshd.nat.lan.LanOutbox;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Outbox;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.random.RandomGenerator;

/** The node in its local networks: whom it misses there, and what it does with whom it finds. Node thread. */
final class LocalNetwork {
    private final Neighbours neighbours;
    private final Sessions sessions;
    private final Surroundings surroundings;
    private final LanDiscovery discovery;
    private SortedSet<PublicKey> trusted;

    LocalNetwork(Identity identity, Neighbours neighbours, Sessions sessions, Surroundings surroundings,
            RandomGenerator random) {
        this.neighbours = neighbours;
        this.sessions = sessions;
        this.surroundings = surroundings;
        this.discovery = new LanDiscovery(identity, new Company(), random);
        this.trusted = neighbours.keys();
    }

    void handle(long nowNanos, LanNews news, Outbox outbox) {
        switch (news) {
            case LanNews.Links(List<LanLink> links, int port) -> discovery.links(nowNanos, links, port);
            case LanNews.Beacon beacon -> discovery.handle(nowNanos, beacon.at(), beacon.from(),
                    beacon.datagram().toArray(), new Outlet(nowNanos, outbox));
        }
    }

    /** Trust has changed. */
    void trust(long nowNanos) {
        SortedSet<PublicKey> now = neighbours.keys();
        discovery.trust(nowNanos, now, !trusted.containsAll(now));
        trusted = now;
    }

    void handleTimeout(long nowNanos, Outbox outbox) {
        discovery.handleTimeout(nowNanos, new Outlet(nowNanos, outbox));
    }

    long nextDeadlineNanos() {
        return discovery.nextDeadlineNanos();
    }

    List<LanLink> links() {
        return discovery.links();
    }

    LanCounters counters() {
        return discovery.counters();
    }

    void wipe() {
        discovery.wipe();
    }

    private final class Company implements LanCompany {
        @Override
        public List<PublicKey> missing(long nowNanos) {
            List<PublicKey> missing = new ArrayList<>();
            for (Neighbour neighbour : neighbours.all()) {
                PeerPaths ways = neighbour.paths;
                if (ways != null && !(neighbour.tunnel.hasSession(nowNanos) && isStraight(ways.pathClass()))) {
                    missing.add(ways.peer());
                }
            }
            return missing;
        }

        private static boolean isStraight(PathClass label) {
            return switch (label) {
                case DIRECT, SIGNALING_THEN_DIRECT -> true;
                case RELAY, NONE -> false;
            };
        }

        @Override
        public boolean isAlone(long nowNanos) {
            return neighbours.all().stream().noneMatch(one -> one.tunnel.hasSession(nowNanos));
        }
    }

    private final class Outlet implements LanOutbox {
        private final long nowNanos;
        private final Outbox outbox;

        Outlet(long nowNanos, Outbox outbox) {
            this.nowNanos = nowNanos;
            this.outbox = outbox;
        }

        @Override
        public void multicast(LanLink link, byte[] beacon) {
            surroundings.multicast(link, beacon);
        }

        @Override
        public void found(PublicKey peer, InetSocketAddress at) {
            sessions.connect(nowNanos, peer, new Endpoint.Direct(at), CandidateKind.LAN, outbox);
        }
    }
}
