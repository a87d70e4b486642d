package io.meshd.discovery;

import io.meshd.identity.PublicKey;
import io.meshd.protocol.Event;
import io.meshd.protocol.MemberState;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The trusted keys and what is known of each. Nobody else exists for membership. */
final class Roster {
    private final PublicKey self;
    private final Consumer<Event> events;
    private final SortedMap<PublicKey, Peer> peers = new TreeMap<>();
    private final Map<String, Peer> byAddress = new HashMap<>();
    private final Map<Long, Peer> byShortKey = new HashMap<>();
    private int alive;
    private int suspect;

    Roster(PublicKey self, Consumer<Event> events) {
        this.self = self;
        this.events = events;
    }

    /** Makes rows for new keys and gives back, and forgets, the rows of those that are no longer trusted. */
    List<Peer> update(SortedSet<PublicKey> trusted) {
        List<Peer> revoked = new ArrayList<>();
        for (Peer peer : List.copyOf(peers.values())) {
            if (!trusted.contains(peer.key)) {
                revoked.add(peer);
                peer.revoked = true;
                peers.remove(peer.key);
                byAddress.remove(peer.address);
                byShortKey.remove(peer.shortKey);
                state(peer, MemberState.UNKNOWN);
            }
        }
        for (PublicKey key : trusted) {
            if (!key.equals(self) && !peers.containsKey(key)) {
                Peer peer = new Peer(key);
                peers.put(key, peer);
                byAddress.put(peer.address, peer);
                byShortKey.put(peer.shortKey, peer);
            }
        }
        return revoked;
    }

    @Nullable
    Peer peer(PublicKey key) {
        return peers.get(key);
    }

    @Nullable
    Peer at(String address) {
        return byAddress.get(address);
    }

    @Nullable
    Peer named(long shortKey) {
        return byShortKey.get(shortKey);
    }

    /** All rows, in the order of their keys. */
    Collection<Peer> all() {
        return peers.values();
    }

    int size() {
        return peers.size();
    }

    /** How many others are believed to be alive, those under suspicion not among them. */
    int aliveOthers() {
        return alive;
    }

    /** How many nodes take part, this one included. */
    int members() {
        return alive + suspect + 1;
    }

    /** Sets the opinion of a peer and tells it. */
    void state(Peer peer, MemberState to) {
        MemberState from = peer.state;
        if (from == to) {
            return;
        }
        count(from, -1);
        count(to, 1);
        peer.state = to;
        events.accept(new Event.MemberChanged(peer.key, from, to));
    }

    private void count(MemberState state, int difference) {
        switch (state) {
            case ALIVE -> alive += difference;
            case SUSPECT -> suspect += difference;
            case UNKNOWN, DEAD, LEFT -> {}
        }
    }
}
