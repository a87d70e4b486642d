package io.meshd.daemon.sim;

import io.meshd.identity.Bytes;
import io.meshd.identity.IpAddress;
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

    final SplittableRandom random;
    final Trace trace;
    final Invariants invariants = new Invariants(this);
    final Parcels parcels = new Parcels(this);
    private final List<SimulatedHost> hosts = new ArrayList<>();
    private final Map<InetSocketAddress, SimulatedHost> attached = new HashMap<>();
    private final Map<Direction, Link> links = new LinkedHashMap<>();
    private final PriorityQueue<Happening> agenda = new PriorityQueue<>();
    private final Map<InetSocketAddress, Consumer<Datagram>> strangers = new HashMap<>();
    private Conditions conditions = Conditions.CLEAN;
    private Consumer<Datagram> wiretap = _ -> {};
    private long nowNanos;
    private long arranged;
    private long happened;

    private record Direction(SimulatedHost from, SimulatedHost to) {}

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
        this.random = new SplittableRandom(seed);
        this.trace = new Trace(keepsTrace);
    }

    static String text(InetSocketAddress address) {
        return IpAddress.of(address.getAddress()) + ":" + address.getPort();
    }

    // Hosts.

    /** A new host that does not run yet, with an IPv4 address. */
    SimulatedHost host(String name) {
        int place = hosts.size() + 1;
        return add(name, List.of(address("198.18.0." + place)));
    }

    /** A new host with addresses of both families. */
    SimulatedHost dualHost(String name) {
        int place = hosts.size() + 1;
        return add(name, List.of(address("2001:db8::" + Integer.toHexString(place)), address("198.18.0." + place)));
    }

    /** A new host with an IPv6 address alone. */
    SimulatedHost v6Host(String name) {
        return add(name, List.of(address("2001:db8::" + Integer.toHexString(hosts.size() + 1))));
    }

    private SimulatedHost add(String name, List<InetSocketAddress> addresses) {
        SimulatedHost host = new SimulatedHost(this, name, random.split());
        while (isTaken(host.overlay(false))) {
            host = new SimulatedHost(this, name, random.split());
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

    /** From now on datagrams for this address go to this host, through its hops. */
    void attach(InetSocketAddress address, SimulatedHost host) {
        attached.put(address, host);
    }

    /** From now on datagrams for this address go to somebody who is no simulated host, after the usual time. */
    void attach(InetSocketAddress address, Consumer<Datagram> stranger) {
        strangers.put(address, stranger);
    }

    void detach(InetSocketAddress address) {
        attached.remove(address);
    }

    // Weather.

    Link link(SimulatedHost from, SimulatedHost to) {
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

    /** Sends a datagram on its way. */
    void carry(SimulatedHost from, Datagram datagram) {
        note(from.name, "sends " + datagram.text());
        Datagram outside = from.throughHops(datagram, true);
        if (outside == null) {
            return;
        }
        wiretap.accept(outside);
        Consumer<Datagram> stranger = strangers.get(outside.to());
        if (stranger != null) {
            in(conditions.delayNanos(), () -> stranger.accept(outside));
            return;
        }
        SimulatedHost to = attached.get(outside.to());
        long[] delaysNanos = to == null ? new long[0] : link(from, to).delaysNanos(nowNanos);
        for (long delayNanos : delaysNanos) {
            in(delayNanos, () -> arrive(outside));
        }
        if (delaysNanos.length == 0) {
            note(from.name, "lost");
        }
    }

    private void arrive(Datagram datagram) {
        SimulatedHost to = attached.get(datagram.to());
        Datagram inside = to == null ? null : to.throughHops(datagram, false);
        if (to != null && inside != null) {
            to.receive(inside);
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
        in(conditions.delayNanos(), () -> arrive(datagram));
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
