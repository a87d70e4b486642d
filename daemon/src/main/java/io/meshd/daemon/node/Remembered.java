package io.meshd.daemon.node;

import java.util.ArrayList;
import java.net.InetSocketAddress;
import io.meshd.protocol.Endpoint;
import io.meshd.nat.PeerPaths;
import io.meshd.nat.Paths;
import io.meshd.discovery.KnownPeer;
import io.meshd.identity.PublicKey;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where peers were, those among them who are no longer trusted: in case they are again. Node thread. */
final class Remembered {
    /** As many as membership holds at most; the longest unseen goes first. */
    private static final int PEERS_MAX = 4_096;

    private final Map<PublicKey, KnownPeer> peers = new LinkedHashMap<>();

    void keep(List<KnownPeer> known) {
        for (KnownPeer peer : known) {
            peers.remove(peer.node());
            peers.put(peer.node(), peer);
        }
        while (peers.size() > PEERS_MAX) {
            peers.remove(peers.keySet().iterator().next());
        }
    }

    @Nullable
    KnownPeer of(PublicKey key) {
        return peers.get(key);
    }

    Collection<KnownPeer> all() {
        return peers.values();
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
