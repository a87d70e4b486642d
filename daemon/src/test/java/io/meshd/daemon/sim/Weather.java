package io.meshd.daemon.sim;

import static io.meshd.daemon.sim.SimulatedNetwork.MILLI;
import static io.meshd.daemon.sim.SimulatedNetwork.SECOND;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A run of a small mesh in bad weather: what goes wrong, and when, is drawn from the seed. Ends by healing everything and
 * requiring that the mesh recovers.
 */
final class Weather {
    private static final int HOSTS_MIN = 2;
    private static final int HOSTS_MAX = 5;
    private static final long SHORTEST_NANOS = 10 * SECOND;
    private static final long LONGEST_NANOS = 60 * SECOND;
    private static final long TRAFFIC_NANOS = 300 * MILLI;

    private final SimulatedNetwork network;
    private final SplittableRandom random;
    private int moves;
    private boolean estranged;

    Weather(SimulatedNetwork network) {
        this.network = network;
        this.random = network.random.split();
    }

    void run() {
        List<SimulatedHost> hosts = hosts();
        network.conditions(Conditions.drawn(random));
        for (SimulatedHost host : hosts) {
            host.seed(hosts.getFirst());
            network.in(random.nextLong(2 * SECOND), host::start);
        }
        network.run(2 * SECOND);
        long endNanos = network.nowNanos() + random.nextLong(SHORTEST_NANOS, LONGEST_NANOS);
        traffic(endNanos);
        while (network.nowNanos() < endNanos) {
            network.run(random.nextLong(6 * SECOND));
            something();
        }
        if (moves > 0 || estranged) {
            // Two that have both moved or never met, and have no friend in common, need their operators' word.
            hosts.forEach(host -> hosts.stream().filter(other -> other != host).forEach(host::seed));
        }
        Liveness.require(network);
    }

    private List<SimulatedHost> hosts() {
        int size = random.nextInt(HOSTS_MIN, HOSTS_MAX + 1);
        for (int i = 0; i < size; i++) {
            String name = "host" + i;
            // All have IPv4, some IPv6 as well.
            if (random.nextInt(3) == 0) {
                network.dualHost(name);
            } else {
                network.host(name);
            }
        }
        network.trustAll();
        return network.hosts();
    }

    private void traffic(long endNanos) {
        if (network.nowNanos() < endNanos) {
            SimulatedHost from = any(network.hosts());
            SimulatedHost to = any(network.hosts());
            if (from != to) {
                boolean v6 = random.nextBoolean();
                // Some lie about who they are; a lie that arrives breaks an invariant.
                SimulatedHost claimed = random.nextInt(10) == 0 ? any(network.hosts()) : from;
                from.send(to, claimed.overlay(v6), to.overlay(v6), random.nextInt(InnerPackets.BYTES_MIN, 1420));
            }
            network.in(random.nextLong(TRAFFIC_NANOS), () -> traffic(endNanos));
        }
    }

    private <T> T any(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private void something() {
        SimulatedHost host = any(network.hosts());
        SimulatedHost other = any(network.hosts());
        switch (random.nextInt(14)) {
            case 0, 1 -> crashOrStart(host);
            case 2 -> leaveOrStart(host);
            case 3, 4 -> sleepOrWake(host);
            case 5 -> move(host);
            case 6 -> cut(host, other);
            case 7 -> cutOneWay(host, other);
            case 8 -> network.partition(network.hosts().subList(0, random.nextInt(1, network.hosts().size())));
            case 9, 10 -> network.mendAll();
            case 11 -> network.conditions(Conditions.drawn(random));
            case 12 -> toggleTrust(host, other);
            default -> host.claim(random.nextBoolean()
                    ? host.settings().prefixes()
                    : List.of(io.meshd.identity.Prefix.host(host.overlay(random.nextBoolean()))));
        }
    }

    private static void crashOrStart(SimulatedHost host) {
        if (host.isUp()) {
            host.crash();
        } else {
            host.start();
        }
    }

    private static void leaveOrStart(SimulatedHost host) {
        if (host.isAwake()) {
            host.leave();
        } else if (!host.isUp()) {
            host.start();
        }
    }

    private static void sleepOrWake(SimulatedHost host) {
        if (host.isAwake()) {
            host.suspend();
        } else if (host.isUp()) {
            host.wake();
        }
    }

    /** Another network gives the host another IPv4 address. */
    private void move(SimulatedHost host) {
        List<InetSocketAddress> addresses = new ArrayList<>(host.addresses());
        addresses.removeLast();
        addresses.addLast(SimulatedNetwork.address("198.19.0." + ++moves));
        host.move(addresses);
    }

    private void cut(SimulatedHost a, SimulatedHost b) {
        if (a != b) {
            network.cut(a, b);
        }
    }

    private void cutOneWay(SimulatedHost from, SimulatedHost to) {
        if (from != to) {
            network.cutOneWay(from, to);
        }
    }

    private void toggleTrust(SimulatedHost host, SimulatedHost other) {
        if (host == other) {
            return;
        }
        estranged = true;
        if (host.trusts(other)) {
            host.untrust(other);
        } else {
            host.trust(other);
        }
    }
}
