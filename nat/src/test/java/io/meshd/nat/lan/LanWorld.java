package io.meshd.nat.lan;

import io.meshd.identity.Bytes;
import io.meshd.identity.Identity;
import io.meshd.identity.IpAddress;
import io.meshd.identity.PublicKey;
import io.meshd.protocol.Deadlines;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/** One local network in virtual time with its nodes; a beacon reaches all of them, its sender too, in a millisecond. */
final class LanWorld {
    static final long MILLI = 1_000_000L;
    static final long SECOND = 1_000 * MILLI;

    final SplittableRandom random;
    final List<Node> nodes = new ArrayList<>();
    /** All beacons that were sent. */
    final List<Sent> sent = new ArrayList<>();
    private final PriorityQueue<Arrival> underway = new PriorityQueue<>();
    private double loss;
    private long order;
    long now = 77 * SECOND;

    record Sent(Node from, long atNanos, InetAddress source, Bytes beacon) {
        boolean isCall() {
            return decoded() instanceof LanBeacon.Call;
        }

        LanBeacon decoded() {
            return LanWorld.decoded(beacon.toArray());
        }
    }

    private record Arrival(long atNanos, long order, Node to, InetAddress source, Bytes beacon)
            implements
                Comparable<Arrival> {
        @Override
        public int compareTo(Arrival other) {
            int byTime = Long.compare(atNanos, other.atNanos);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    /** A host whose sessions begin when either side has found the other. */
    final class Node implements LanCompany, LanOutbox {
        final Identity identity = Identity.generate(random);
        final PublicKey key = identity.publicKey();
        final LanLink link;
        final LanDiscovery discovery = new LanDiscovery(identity, this, random.split());
        final Set<PublicKey> trusted = new LinkedHashSet<>();
        final Set<PublicKey> sessions = new HashSet<>();
        final List<InetSocketAddress> found = new ArrayList<>();
        boolean isConnecting = true;

        Node(String address) {
            this.link = new LanLink(2, address(address));
        }

        Node trusts(Node... others) {
            for (Node other : others) {
                trusted.add(other.key);
            }
            discovery.trust(now, trusted, true);
            return this;
        }

        void plugIn() {
            discovery.links(now, List.of(link), 51_821);
        }

        void unplug() {
            discovery.links(now, List.of(), 51_821);
        }

        @Override
        public List<PublicKey> missing(long nowNanos) {
            return trusted.stream().filter(peer -> !sessions.contains(peer)).toList();
        }

        @Override
        public boolean isAlone(long nowNanos) {
            return sessions.isEmpty();
        }

        @Override
        public void multicast(LanLink to, byte[] beacon) {
            Sent one = new Sent(this, now, to.local(), Bytes.copyOf(beacon));
            sent.add(one);
            spread(one.source, one.beacon);
        }

        @Override
        public void found(PublicKey peer, InetSocketAddress at) {
            found.add(at);
            Node other = nodes.stream().filter(one -> one.key.equals(peer)).findFirst().orElseThrow();
            if (isConnecting && other.trusted.contains(key)) {
                sessions.add(peer);
                other.sessions.add(key);
            }
        }

        void hears(InetAddress source, byte[] beacon) {
            discovery.handle(now, link, source, beacon, this);
        }
    }

    LanWorld(long seed) {
        this.random = new SplittableRandom(seed);
    }

    static InetAddress address(String text) {
        return IpAddress.parse(text).orThrow().toInetAddress();
    }

    static LanBeacon decoded(byte[] beacon) {
        return switch (LanCodec.decode(beacon)) {
            case io.meshd.protocol.Decoded.Message<LanBeacon>(LanBeacon value) -> value;
            case io.meshd.protocol.Decoded.Malformed<LanBeacon> _ -> throw new AssertionError("no beacon");
        };
    }

    Node node() {
        Node node = new Node("192.168.1." + (10 + nodes.size()));
        nodes.add(node);
        return node;
    }

    void loss(double part) {
        loss = part;
    }

    /** A beacon reaches everybody who is plugged in. */
    void spread(InetAddress source, Bytes beacon) {
        for (Node node : nodes) {
            if (random.nextDouble() >= loss) {
                underway.add(new Arrival(now + MILLI, order++, node, source, beacon));
            }
        }
    }

    void run(long forNanos) {
        run(forNanos, _ -> {});
    }

    /** Time goes on; {@code afterwards} looks at each moment. */
    void run(long forNanos, Consumer<Long> afterwards) {
        long end = now + forNanos;
        for (int turns = 0; turns < 1_000_000; turns++) {
            long next = underway.isEmpty() ? Deadlines.NEVER : underway.peek().atNanos;
            for (Node node : nodes) {
                next = Deadlines.earlier(next, node.discovery.nextDeadlineNanos());
            }
            if (next == Deadlines.NEVER || next - end > 0) {
                now = end;
                return;
            }
            now = Math.max(now, next);
            while (!underway.isEmpty() && underway.peek().atNanos <= now) {
                Arrival arrival = underway.remove();
                arrival.to.hears(arrival.source, arrival.beacon.toArray());
            }
            nodes.forEach(node -> node.discovery.handleTimeout(now, node));
            afterwards.accept(now);
        }
        throw new AssertionError("a loop");
    }

    long sentBy(Node node) {
        return sent.stream().filter(one -> one.from == node).count();
    }

    long callsBy(Node node) {
        return sent.stream().filter(one -> one.from == node && one.isCall()).count();
    }
}
