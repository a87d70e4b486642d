package io.meshd.nat;

import io.meshd.identity.PublicKey;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Frame;
import io.meshd.protocol.Outbox;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** The temporary sockets of the hard side, each of which opens one port of its NAT towards one place of the peer. */
final class Holes {
    private final PublicKey peer;
    private final InetSocketAddress place;
    private final NumberedSockets sockets;
    private final List<Integer> open = new ArrayList<>();
    private int wanted;
    private long repeatNanos;
    private long roundNanos;
    /** Up to which the present round of repetitions has come. */
    private int repeated;

    /** None yet. */
    Holes(PublicKey peer, InetSocketAddress place, NumberedSockets sockets) {
        this.peer = peer;
        this.place = place;
        this.sockets = sockets;
    }

    /** So many are to be open, and each sends again after so long. */
    void want(long nowNanos, int count, long everyNanos) {
        wanted = count;
        repeatNanos = everyNanos;
        roundNanos = nowNanos;
        repeated = Integer.MAX_VALUE;
    }

    /** Sends at most so many datagrams; says how many of them were new flows. */
    int send(long nowNanos, int most, RandomGenerator random, Outbox out) {
        int flows = 0;
        int left = most;
        for (; left > 0 && open.size() < wanted; left--) {
            int socket = sockets.open(peer);
            open.add(socket);
            probe(socket, random, out);
            flows++;
        }
        if (nowNanos - roundNanos >= repeatNanos) {
            roundNanos = nowNanos;
            repeated = 0;
        }
        for (; left > 0 && repeated < open.size(); left--) {
            probe(open.get(repeated), random, out);
            repeated++;
        }
        return flows;
    }

    private void probe(int socket, RandomGenerator random, Outbox out) {
        out.sendVia(peer, new Endpoint.Direct(place, socket), new Frame.PathProbe(random.nextLong()));
    }

    /** Their numbers. */
    List<Integer> open() {
        return List.copyOf(open);
    }
}
