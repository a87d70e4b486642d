package io.meshd.daemon.sim;

import io.meshd.identity.Bytes;
import io.meshd.identity.IpAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A network of whole nodes in one thread: virtual time, links with weather, hosts that fail. Everything follows from one
 * seed.
 *
 * <p>Events happen in the order of their moments, those of one moment in the order in which they were arranged. After
 * each of them {@link Invariants} looks at the host that acted.
 */
final class SimulatedNetwork {
    static final long MILLI = 1_000_000L;
    static final long SECOND = 1_000 * MILLI;
    /** The wall clock when virtual time begins: a day in 2027. */
    static final long WALL_NANOS = 1_800_000_000L * SECOND;

    private static final long GLANCE_NANOS = 5 * MILLI;
    private static final int HOME_PREFIXES = 3;

    final long seed;
    final SplittableRandom random;
    final Trace trace;
    final Invariants invariants = new Invariants(this);
    final Parcels parcels = new Parcels(this);
    private final List<SimulatedHost> hosts = new ArrayList<>();
    private final Segment internet = new Segment("internet", "198.18.0.", "2001:db8::", null);
    private final List<NatBox> boxes = new ArrayList<>();
    private final Map<Direction, Link> links = new LinkedHashMap<>();
    private final PriorityQueue<Happening> agenda = new PriorityQueue<>();
    private final Map<InetSocketAddress, Consumer<Datagram>> strangers = new HashMap<>();
    private Conditions conditions = Conditions.CLEAN;
    private Consumer<Datagram> wiretap = _ -> {};
    private long nowNanos;
    private long arranged;
    private long happened;

    private record Direction(Station from, Station to) {}

    private record Happening(long atNanos, long order, Runnable action) implements Comparable<Happening> {
        @Override
        public int compareTo(Happening other) {
            int byTime = Long.compare(atNanos, other.atNanos);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    SimulatedNetwork(long seed) {
        this(seed, false);
    }

    /**
     * An empty network.
     *
     * @param keepsTrace whether {@link Trace#text} is wanted
     */
    SimulatedNetwork(long seed, boolean keepsTrace) {
        this.seed = seed;
        this.random = new SplittableRandom(seed);
        this.trace = new Trace(keepsTrace);
    }

    static String text(InetSocketAddress address) {
        return IpAddress.of(address.getAddress()) + ":" + address.getPort();
    }

    // Hosts.

    /** A new host that does not run yet, with an IPv4 address. */
    SimulatedHost host(String name) {
        return host(name, internet);
    }

    SimulatedHost host(String name, Segment segment) {
        return add(name, segment, List.of(segment.v4(segment.nextNumber())));
    }

    /** A new host with addresses of both families. */
    SimulatedHost dualHost(String name) {
        return dualHost(name, internet);
    }

    SimulatedHost dualHost(String name, Segment segment) {
        int number = segment.nextNumber();
        return add(name, segment, List.of(segment.v6(number), segment.v4(number)));
    }

    /** A new host with an IPv6 address alone. */
    SimulatedHost v6Host(String name) {
        return v6Host(name, internet);
    }

    SimulatedHost v6Host(String name, Segment segment) {
        return add(name, segment, List.of(segment.v6(segment.nextNumber())));
    }

    private SimulatedHost add(String name, Segment segment, List<InetSocketAddress> addresses) {
        SimulatedHost host = new SimulatedHost(this, name, segment, random.split());
        while (isTaken(host.overlay(false))) {
            host = new SimulatedHost(this, name, segment, random.split());
        }
        hosts.add(host);
        host.move(addresses);
        return host;
    }

    private boolean isTaken(IpAddress overlay) {
        return hosts.stream().anyMatch(other -> other.overlay(false).equals(overlay));
    }

    /** So many hosts, named alpha, beta and so on, each trusting all others. */
    List<SimulatedHost> mesh(int size) {
        List<String> names = List.of("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota",
                "kappa", "lambda", "mu");
        for (int i = 0; i < size; i++) {
            host(names.get(i));
        }
        trustAll();
        return hosts();
    }

    void trustAll() {
        for (SimulatedHost host : hosts) {
            hosts.stream().filter(other -> other != host).forEach(host::trust);
        }
    }

    List<SimulatedHost> hosts() {
        return List.copyOf(hosts);
    }

    static InetSocketAddress address(String text) {
        return new InetSocketAddress(IpAddress.parse(text).orThrow().toInetAddress(), 51_821);
    }

    // Networks.

    /** Where there is nothing between hosts but weather. */
    Segment internet() {
        return internet;
    }

    /** From now on datagrams for this address go to somebody who is no simulated host, after the usual time. */
    void attach(InetSocketAddress address, Consumer<Datagram> stranger) {
        strangers.put(address, stranger);
    }

    /** A home behind a new box; many homes use the same private addresses. */
    NatBox nat(String name, NatBehaviour behaviour) {
        return nat(name, behaviour, internet);
    }

    /** A home whose box is itself behind another. */
    NatBox nat(String name, NatBehaviour behaviour, Segment outside) {
        return box(name, behaviour, outside, "192.168." + boxes.size() % HOME_PREFIXES + ".");
    }

    /** A carrier's box, for homes behind it. Addresses as in RFC 6598. */
    NatBox carrierNat(String name, NatBehaviour behaviour) {
        return box(name, behaviour, internet, "100.64." + boxes.size() + ".");
    }

    private NatBox box(String name, NatBehaviour behaviour, Segment outside, String insideV4) {
        NatBox box = new NatBox(this, name, behaviour, outside, insideV4,
                "2001:db8:" + Integer.toHexString(boxes.size() + 1) + "::", random.split());
        boxes.add(box);
        return box;
    }

    // Weather.

    Link link(Station from, Station to) {
        return links.computeIfAbsent(new Direction(from, to), _ -> {
            Link link = new Link(new SplittableRandom(random.nextLong()));
            link.conditions(conditions);
            return link;
        });
    }

    /** The weather on all links. */
    void conditions(Conditions newConditions) {
        conditions = newConditions;
        note("weather", newConditions.toString());
        links.values().forEach(link -> link.conditions(newConditions));
    }

    void conditions(SimulatedHost a, SimulatedHost b, Conditions newConditions) {
        note("weather", a.name + " and " + b.name + ": " + newConditions);
        link(a, b).conditions(newConditions);
        link(b, a).conditions(newConditions);
    }

    /** Nothing passes between two hosts. */
    void cut(SimulatedHost a, SimulatedHost b) {
        cutOneWay(a, b);
        cutOneWay(b, a);
    }

    void cutOneWay(SimulatedHost from, SimulatedHost to) {
        note("cut", from.name + " > " + to.name);
        link(from, to).cut(true);
    }

    void mend(SimulatedHost a, SimulatedHost b) {
        note("mend", a.name + " and " + b.name);
        link(a, b).cut(false);
        link(b, a).cut(false);
    }

    /** Nothing passes between these hosts and all others. */
    void partition(List<SimulatedHost> side) {
        for (SimulatedHost here : side) {
            hosts.stream().filter(there -> !side.contains(there)).forEach(there -> cut(here, there));
        }
    }

    void mendAll() {
        note("mend", "all");
        links.values().forEach(link -> link.cut(false));
    }

    /** Larger packets between two hosts disappear. */
    void mtu(SimulatedHost a, SimulatedHost b, int mtu) {
        link(a, b).mtu(mtu);
        link(b, a).mtu(mtu);
    }

    /**
     * Sends a datagram on its way, out of one network after another until somebody there has its address.
     *
     * <p>Boxes on the way out see it now, those on the way in when it arrives.
     */
    void carry(Station from, Segment segment, Datagram datagram) {
        note(from.toString(), "sends " + datagram.text());
        Segment at = segment;
        Datagram passed = datagram;
        NatBox gateway = at.gateway;
        while (gateway != null && at.at(passed.to().getAddress()) == null) {
            Datagram outside = gateway.leaving(passed);
            if (outside == null) {
                note(gateway.name, "does not let out");
                return;
            }
            passed = outside;
            at = gateway.outside();
            gateway = at.gateway;
        }
        wiretap.accept(passed);
        Consumer<Datagram> stranger = strangers.get(passed.to());
        if (stranger != null) {
            Datagram arriving = passed;
            in(conditions.delayNanos(), () -> stranger.accept(arriving));
            return;
        }
        long[] delaysNanos = delaysNanos(from, at.at(passed.to().getAddress()), passed);
        for (long delayNanos : delaysNanos) {
            arriveIn(delayNanos, at, passed);
        }
        if (delaysNanos.length == 0) {
            note(from.toString(), "lost");
        }
    }

    /** A box without a mapping has weather of its own: one may be there when the datagram arrives. */
    private long[] delaysNanos(Station from, @Nullable Station to, Datagram datagram) {
        if (to == null) {
            return new long[0];
        }
        Station holder = to instanceof NatBox box ? box.holder(datagram.to()) : null;
        return link(from, holder == null ? to : holder).delaysNanos(nowNanos, datagram.packetBytes());
    }

    private void arriveIn(long delayNanos, Segment segment, Datagram datagram) {
        in(delayNanos, () -> {
            Station to = segment.at(datagram.to().getAddress());
            if (to != null) {
                to.arrive(datagram);
            }
        });
    }

    /** Carries a beacon to all hosts of a network, each with its own weather; the sender hears it too. */
    void spread(SimulatedHost from, Segment segment, InetAddress source, Bytes beacon) {
        note(from.name, "calls into " + segment + " from " + IpAddress.of(source));
        for (SimulatedHost host : hosts) {
            if (host == from) {
                in(0, () -> host.hear(source, beacon));
            } else if (host.segment() == segment) {
                int bytes = beacon.length() + Datagram.headerBytes(source);
                for (long delayNanos : link(from, host).delaysNanos(nowNanos, bytes)) {
                    in(delayNanos, () -> {
                        if (host.segment() == segment) {
                            host.hear(source, beacon);
                        }
                    });
                }
            }
        }
    }

    /** Lets an attacker see all datagrams, those that will be lost among them. */
    void wiretap(Consumer<Datagram> newWiretap) {
        wiretap = newWiretap;
    }

    /** A datagram from outside all hosts: what an attacker sends, or a forged source. */
    void inject(InetSocketAddress from, InetSocketAddress to, Bytes payload) {
        Datagram datagram = new Datagram(from, to, payload, 0);
        note("attacker", "sends " + datagram.text());
        arriveIn(conditions.delayNanos(), internet, datagram);
    }

    // Time.

    long nowNanos() {
        return nowNanos;
    }

    void note(String who, String what) {
        trace.add(nowNanos, who, what);
    }

    void in(long delayNanos, Runnable action) {
        at(nowNanos + delayNanos, action);
    }

    void at(long atNanos, Runnable action) {
        agenda.add(new Happening(Math.max(atNanos, nowNanos), arranged++, action));
    }

    /** How many events there were. */
    long happened() {
        return happened;
    }

    void run(long forNanos) {
        runUntil(nowNanos + forNanos);
    }

    private void runUntil(long endNanos) {
        while (!agenda.isEmpty() && agenda.peek().atNanos() <= endNanos) {
            Happening next = agenda.remove();
            nowNanos = next.atNanos();
            happened++;
            next.action().run();
        }
        nowNanos = endNanos;
    }

    /**
     * Runs until the condition holds, looked at every 5 ms.
     *
     * @return how long that took
     * @throws AssertionError when it does not hold within the time
     */
    long await(long mostNanos, String what, BooleanSupplier condition) {
        long began = nowNanos;
        while (!condition.getAsBoolean()) {
            if (nowNanos - began >= mostNanos) {
                throw new AssertionError("not within " + mostNanos / MILLI + " ms: " + what);
            }
            run(GLANCE_NANOS);
        }
        return nowNanos - began;
    }

    /** Whether each running host knows each running host that it trusts and that trusts it, and its newest record. */
    boolean isWhole() {
        return firstDoubt() == null;
    }

    /** The first pair that does not know each other though it should, or null. */
    @Nullable
    String firstDoubt() {
        for (SimulatedHost host : hosts) {
            for (SimulatedHost other : hosts) {
                if (host.shouldKnow(other) && !host.believesIn(other)) {
                    return host.name + " takes " + other.name + " for " + host.opinion(other);
                }
                if (host.shouldKnow(other) && !other.node().ownRecord().equals(host.view(other).record())) {
                    return host.name + " has an old record of " + other.name;
                }
            }
        }
        return null;
    }
}
