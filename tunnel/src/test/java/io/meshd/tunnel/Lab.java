package io.meshd.tunnel;

import io.meshd.identity.Identity;
import io.meshd.identity.PresharedKey;
import io.meshd.identity.PublicKey;
import io.meshd.identity.TunnelPrivateKey;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.DropReason;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Event;
import io.meshd.testing.TunnelOutbox;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Tunnels in virtual time, joined by a network in memory that loses, repeats and reorders as a test wants. */
final class Lab {
    static final long MILLIS = TimeUnit.MILLISECONDS.toNanos(1);
    static final long SECONDS = TimeUnit.SECONDS.toNanos(1);
    static final long WALL_CLOCK_OFFSET_NANOS = 1_790_000_000L * SECONDS;

    final SplittableRandom random;
    final List<Host> hosts = new ArrayList<>();
    final List<Datagram> sent = new ArrayList<>();
    /** How long a datagram takes, or a negative number when it is lost; every entry is one copy. */
    Fate fate = _ -> new long[]{delayNanos()};
    long delayNanos = 10 * MILLIS;
    long nowNanos;
    private final PriorityQueue<Arrival> arrivals = new PriorityQueue<>(
            Comparator.<Arrival>comparingLong(Arrival::atNanos).thenComparingLong(Arrival::sequence));
    private long sequence;

    interface Fate {
        long[] delaysNanos(Datagram datagram);
    }

    /** One datagram as it left. */
    static final class Datagram {
        final Host from;
        final Endpoint to;
        final byte[] bytes;
        final int trafficClass;
        final long sentNanos;

        Datagram(Host from, Endpoint to, byte[] bytes, int trafficClass, long sentNanos) {
            this.from = from;
            this.to = to;
            this.bytes = bytes;
            this.trafficClass = trafficClass;
            this.sentNanos = sentNanos;
        }

        int type() {
            return bytes[0];
        }

        boolean isKeepalive() {
            return type() == 4 && bytes.length == 32;
        }
    }

    private record Arrival(long atNanos, long sequence, Datagram datagram) {}

    Lab(long seed) {
        random = new SplittableRandom(seed);
        nowNanos = random.nextLong(-SECONDS, SECONDS);
    }

    long delayNanos() {
        return delayNanos;
    }

    Host host(int number) {
        return host(number, Tai64n.NONE);
    }

    Host host(int number, Tai64n floor) {
        byte[] secret = new byte[32];
        Arrays.fill(secret, (byte) (number * 7 + 1));
        Host host = new Host(number, Identity.ofSeed(secret), floor);
        hosts.removeIf(old -> old.number == number);
        hosts.add(host);
        return host;
    }

    static Endpoint endpoint(String ip, int port) {
        try {
            return new Endpoint.Direct(new InetSocketAddress(InetAddress.getByName(ip), port));
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    /** A node of the lab: its tunnel, and what came out of it. */
    final class Host extends TunnelOutbox {
        final int number;
        final TunnelPrivateKey key;
        final PublicKey identity;
        final Tunnel tunnel;
        final DataPath dataPath;
        final List<Event> events = new ArrayList<>();
        final Map<DropReason, Integer> drops = new EnumMap<>(DropReason.class);
        final List<byte[]> delivered = new ArrayList<>();
        List<Endpoint> addresses;
        boolean underLoad;
        boolean stopped;

        Host(int number, Identity identity, Tai64n floor) {
            this.number = number;
            this.key = identity.tunnelPrivateKey();
            this.identity = identity.publicKey();
            this.tunnel = new Tunnel(key, random.split(), floor, WALL_CLOCK_OFFSET_NANOS);
            this.dataPath = tunnel.newDataPath();
            this.addresses = List.of(endpoint("10.0.0." + number, 51820));
        }

        /** Makes the other a peer, to be found at its addresses. */
        Peer add(Host other) {
            return add(other, false, null, 0);
        }

        Peer add(Host other, boolean stock, @Nullable PresharedKey psk, int keepaliveSeconds) {
            return tunnel.add(nowNanos,
                    new PeerSettings(other.tunnel.publicKey(), psk, stock, keepaliveSeconds, other.addresses));
        }

        Peer peer(Host other) {
            return Objects.requireNonNull(tunnel.peer(other.tunnel.publicKey()));
        }

        void connect(Host other) {
            tunnel.connect(nowNanos, peer(other), this);
        }

        /** Sends an inner packet as a data-path thread would. */
        void send(Host other, byte[] inner) {
            Peer peer = peer(other);
            byte[] datagram = new byte[inner.length + 64];
            int length = dataPath.seal(nowNanos, peer, inner, 0, inner.length, datagram, 0, 1420);
            Endpoint to = peer.endpoint();
            if (length < 0 || to == null) {
                tunnel.stage(nowNanos, peer, inner, this);
            } else {
                transmit(to, Arrays.copyOf(datagram, length), 0);
            }
            collect();
        }

        void send(Host other) {
            send(other, ip(number, other.number, 60));
        }

        void receive(byte[] datagram, Endpoint from) {
            if (datagram.length > 0 && datagram[0] == 4) {
                byte[] inner = new byte[datagram.length];
                int length = dataPath.open(nowNanos, datagram, 0, datagram.length, from, inner, 0);
                if (length < 0) {
                    drops.merge(dataPath.dropReason(), 1, Integer::sum);
                } else if (length > 0) {
                    int trimmed = InnerPacket.trimmedLength(inner, 0, length);
                    delivered.add(Arrays.copyOf(inner, trimmed));
                }
            } else {
                tunnel.handle(nowNanos, datagram, from, underLoad, this);
            }
            collect();
        }

        private void collect() {
            if (tunnel.wantsCollect()) {
                tunnel.collect(nowNanos, this);
            }
        }

        @Override
        public void transmit(Endpoint to, byte[] datagram, int trafficClass) {
            Datagram leaving = new Datagram(this, to, datagram.clone(), trafficClass, nowNanos);
            sent.add(leaving);
            for (long delay : fate.delaysNanos(leaving)) {
                if (delay >= 0) {
                    arrivals.add(new Arrival(nowNanos + delay, sequence++, leaving));
                }
            }
        }

        @Override
        public void emit(Event event) {
            events.add(event);
            if (event instanceof Event.Dropped(DropReason reason)) {
                drops.merge(reason, 1, Integer::sum);
            }
        }

        <T extends Event> List<T> events(Class<T> type) {
            return events.stream().filter(type::isInstance).map(type::cast).toList();
        }

        int drops(DropReason reason) {
            return drops.getOrDefault(reason, 0);
        }

        /** What this host sent, of one type. */
        List<Datagram> sent(int type) {
            return sent.stream().filter(datagram -> datagram.from == this && datagram.type() == type).toList();
        }

        Keypair current(Host other) {
            return Objects.requireNonNull(peer(other).keypairs.current());
        }
    }

    /** An IPv4 packet between two hosts of the lab. */
    static byte[] ip(int from, int to, int length) {
        byte[] packet = new byte[length];
        packet[0] = 0x45;
        packet[2] = (byte) (length >>> 8);
        packet[3] = (byte) length;
        packet[12] = 10;
        packet[13] = 42;
        packet[15] = (byte) from;
        packet[16] = 10;
        packet[17] = 42;
        packet[19] = (byte) to;
        for (int i = 20; i < length; i++) {
            packet[i] = (byte) (i * 31);
        }
        return packet;
    }

    /** Lets time pass. */
    void run(long durationNanos) {
        long end = nowNanos + durationNanos;
        while (true) {
            long next = end;
            Arrival first = arrivals.peek();
            if (first != null) {
                next = Math.min(next, first.atNanos);
            }
            for (Host host : hosts) {
                if (!host.stopped && host.tunnel.nextDeadlineNanos() != Deadlines.NEVER) {
                    next = Math.min(next, Math.max(nowNanos, host.tunnel.nextDeadlineNanos()));
                }
            }
            nowNanos = next;
            boolean worked = deliver();
            for (Host host : List.copyOf(hosts)) {
                if (!host.stopped && Deadlines.isDue(host.tunnel.nextDeadlineNanos(), nowNanos)) {
                    host.tunnel.handleTimeout(nowNanos, host);
                    worked = true;
                }
            }
            if (next >= end && !worked) {
                return;
            }
        }
    }

    private boolean deliver() {
        Arrival arrival = arrivals.peek();
        if (arrival == null || arrival.atNanos > nowNanos) {
            return false;
        }
        arrivals.poll();
        Datagram datagram = arrival.datagram;
        switch (datagram.to) {
            case Endpoint.Direct _ -> {
                for (Host host : List.copyOf(hosts)) {
                    int path = host.addresses.indexOf(datagram.to);
                    if (path >= 0 && !host.stopped) {
                        List<Endpoint> sources = datagram.from.addresses;
                        host.receive(datagram.bytes.clone(), sources.get(Math.min(path, sources.size() - 1)));
                    }
                }
            }
            case Endpoint.Relayed(PublicKey relay, PublicKey peer) -> {
                for (Host host : List.copyOf(hosts)) {
                    if (host.identity.equals(peer) && !host.stopped) {
                        host.receive(datagram.bytes.clone(), new Endpoint.Relayed(relay, datagram.from.identity));
                    }
                }
            }
        }
        return true;
    }

    /** Makes two hosts know each other, with a session that the first one initiated. */
    void connect(Host a, Host b) {
        a.add(b);
        b.add(a);
        a.connect(b);
        run(100 * MILLIS);
    }

    /** Forgets what was sent and told so far. */
    void forget() {
        sent.clear();
        for (Host host : hosts) {
            host.events.clear();
            host.drops.clear();
            host.delivered.clear();
        }
    }
}
