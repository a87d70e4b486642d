package io.meshd.daemon.node;

import java.util.ArrayList;
import java.net.InetSocketAddress;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Outbox;
import io.meshd.nat.CandidateKind;
import io.meshd.nat.PeerPaths;
import io.meshd.nat.Paths;
import io.meshd.discovery.KnownPeer;
import io.meshd.identity.PublicKey;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Where peers were, those among them who are no longer trusted: in case they are again. Node thread. */
final class Remembered {
    /** As many as membership holds at most; the longest unseen goes first. */
    private static final int PEERS_MAX = 4_096;

    private final Neighbours neighbours;
    private final Sessions sessions;
    private final Claims claims;
    private final Map<PublicKey, KnownPeer> peers = new LinkedHashMap<>();

    Remembered(Neighbours neighbours, Sessions sessions, Claims claims, List<KnownPeer> known) {
        this.neighbours = neighbours;
        this.sessions = sessions;
        this.claims = claims;
        keep(known);
    }

    void keep(List<KnownPeer> known) {
        for (KnownPeer peer : known) {
            peers.remove(peer.node());
            peers.put(peer.node(), peer);
        }
        while (peers.size() > PEERS_MAX) {
            peers.remove(peers.keySet().iterator().next());
        }
    }

    /** Has everybody who is trusted where it was. */
    void recall(long nowNanos, Outbox outbox) {
        peers.values().forEach(known -> recall(nowNanos, known, outbox));
    }

    private void recall(long nowNanos, KnownPeer known, Outbox outbox) {
        Neighbour neighbour = neighbours.of(known.node());
        if (neighbour != null) {
            for (InetSocketAddress address : known.lastGood()) {
                sessions.learn(nowNanos, neighbour, new Endpoint.Direct(address), CandidateKind.REMEMBERED, outbox);
            }
            claims.recall(nowNanos, neighbour, known.record(), outbox);
        }
    }

    /** Who is trusted again is looked for at once where it was: it does not know that this node forgot its session. */
    void lookFor(long nowNanos, PublicKey key, Outbox outbox) {
        KnownPeer known = peers.get(key);
        if (known != null) {
            recall(nowNanos, known, outbox);
            Stream<InetSocketAddress> told = known.record() == null ? Stream.of() : known.record().endpoints().stream();
            Stream.concat(known.lastGood().stream(), told).forEach(address -> sessions.connect(nowNanos, known.node(),
                    new Endpoint.Direct(address), CandidateKind.REMEMBERED, outbox));
        }
    }

    /** What is worth keeping over a restart: whom membership knows, and where they were reached last. */
    static List<KnownPeer> worthKeeping(Collection<KnownPeer> members, Paths paths) {
        List<KnownPeer> known = new ArrayList<>();
        for (KnownPeer peer : members) {
            PeerPaths ways = paths.find(peer.node());
            List<InetSocketAddress> good = ways == null
                    ? List.of()
                    : ways.lastGood().stream().map(Endpoint.Direct::address).toList();
            known.add(good.isEmpty() ? peer : new KnownPeer(peer.node(), good, peer.record()));
        }
        return known;
    }
}
