package io.meshd.daemon.sim;

import io.meshd.daemon.sim.NatBehaviour.Dependence;
import io.meshd.daemon.sim.NatBehaviour.Ports;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * What a NAT box remembers: flows, as a kernel's connection tracking does, and the bindings of outer ports that they
 * use. What is over is forgotten when it is next looked at.
 */
final class NatTable {
    private static final int FIRST_PORT = 1_024;
    private static final int PORTS_END = 65_536;
    private static final long SWEEP_NANOS = SimulatedNetwork.SECOND;

    private final SplittableRandom random;
    private NatBehaviour behaviour;
    private final Map<Pair, Flow> flows = new HashMap<>();
    private final Map<Pair, Binding> bindings = new HashMap<>();
    private final Map<Integer, Binding> byPort = new HashMap<>();
    private int lastPort;
    private long refused;
    private long sweptNanos;
    private int begun;
    private int mostInASecond;
    private final ArrayDeque<Long> lastSecond = new ArrayDeque<>();

    /** An inner endpoint, and what of the other end tells its bindings or flows apart. */
    private record Pair(InetSocketAddress inside, Object other) {}

    /** An outer port. */
    private static final class Binding {
        final InetSocketAddress inside;
        final int port;
        final boolean fixed;
        final Map<InetAddress, Long> addresses = new HashMap<>();
        long untilNanos = Long.MIN_VALUE;

        Binding(InetSocketAddress inside, int port, boolean fixed) {
            this.inside = inside;
            this.port = port;
            this.fixed = fixed;
        }

        boolean lives(long nowNanos) {
            return fixed || nowNanos < untilNanos;
        }

        boolean knows(InetAddress address, long nowNanos) {
            Long until = addresses.get(address);
            return until != null && nowNanos < until;
        }
    }

    /** Datagrams between an inner endpoint and another; without a binding where nothing is translated. */
    private static final class Flow {
        final @Nullable Binding binding;
        boolean answered;
        long untilNanos;

        Flow(@Nullable Binding binding) {
            this.binding = binding;
        }
    }

    NatTable(NatBehaviour behaviour, SplittableRandom random) {
        this.behaviour = behaviour;
        this.random = random;
        this.lastPort = FIRST_PORT + random.nextInt(PORTS_END - FIRST_PORT);
    }

    void behaviour(NatBehaviour newBehaviour) {
        behaviour = newBehaviour;
    }

    /** The outer port of a datagram on its way out; 0 when there is no room. */
    int outward(long nowNanos, InetSocketAddress inside, InetSocketAddress remote) {
        Flow flow = flow(nowNanos, inside, remote);
        if (flow != null && flow.binding != null) {
            touch(nowNanos, flow, remote);
            return flow.binding.port;
        }
        if (!hasRoom(nowNanos)) {
            return 0;
        }
        Binding binding = binding(nowNanos, inside, remote);
        if (binding == null) {
            refused++;
            return 0;
        }
        open(nowNanos, inside, remote, binding);
        return binding.port;
    }

    private @Nullable Binding binding(long nowNanos, InetSocketAddress inside, InetSocketAddress remote) {
        Pair pair = new Pair(inside, scope(remote));
        Binding known = bindings.get(pair);
        if (known != null && known.lives(nowNanos)) {
            return known;
        }
        int port = freePort(nowNanos, inside.getPort());
        if (port == 0) {
            return null;
        }
        Binding binding = new Binding(inside, port, false);
        bindings.put(pair, binding);
        byPort.put(port, binding);
        return binding;
    }

    /** What a mapping depends on besides the inner endpoint. */
    private Object scope(InetSocketAddress remote) {
        return switch (behaviour.mapping()) {
            case ENDPOINT_INDEPENDENT -> "";
            case ADDRESS_DEPENDENT -> remote.getAddress();
            case ADDRESS_AND_PORT_DEPENDENT -> remote;
        };
    }

    private int freePort(long nowNanos, int innerPort) {
        if (behaviour.ports() == Ports.PRESERVED && isFree(nowNanos, innerPort)) {
            return innerPort;
        }
        int span = PORTS_END - FIRST_PORT;
        int first = behaviour.ports() == Ports.RANDOM
                ? random.nextInt(span)
                : (behaviour.ports() == Ports.PRESERVED ? innerPort : lastPort) - FIRST_PORT + 1;
        for (int i = 0; i < span; i++) {
            int port = FIRST_PORT + Math.floorMod(first + i, span);
            if (isFree(nowNanos, port)) {
                lastPort = port;
                return port;
            }
        }
        return 0;
    }

    private boolean isFree(long nowNanos, int port) {
        Binding binding = byPort.get(port);
        return binding == null || !binding.lives(nowNanos);
    }

    /** Where a datagram for an outer port goes inside; null when it does not pass. */
    @Nullable
    InetSocketAddress inward(long nowNanos, int port, InetSocketAddress remote) {
        Binding binding = byPort.get(port);
        if (binding == null || !binding.lives(nowNanos)) {
            return null;
        }
        Flow flow = flow(nowNanos, binding.inside, remote);
        if (flow != null && flow.binding == binding) {
            flow.answered = true;
            touch(nowNanos, flow, remote);
            return binding.inside;
        }
        boolean admitted = binding.fixed || behaviour.filtering() == Dependence.ENDPOINT_INDEPENDENT
                || (behaviour.filtering() == Dependence.ADDRESS_DEPENDENT
                        && binding.knows(remote.getAddress(), nowNanos));
        if (!admitted || !hasRoom(nowNanos)) {
            return null;
        }
        if (flow == null) {
            open(nowNanos, binding.inside, remote, binding);
        }
        return binding.inside;
    }

    /** Which inner endpoint has an outer port now; null when none has. */
    @Nullable
    InetSocketAddress holder(long nowNanos, int port) {
        Binding binding = byPort.get(port);
        return binding != null && binding.lives(nowNanos) ? binding.inside : null;
    }

    /** Remembers what went out by a firewall that translates nothing; false when there is no room. */
    boolean asked(long nowNanos, InetSocketAddress inside, InetSocketAddress remote) {
        Flow flow = flow(nowNanos, inside, remote);
        if (flow != null) {
            touch(nowNanos, flow, remote);
        } else if (hasRoom(nowNanos)) {
            open(nowNanos, inside, remote, null);
        } else {
            return false;
        }
        return true;
    }

    /** Whether a datagram to an inner endpoint was asked for. */
    boolean isAnswer(long nowNanos, InetSocketAddress inside, InetSocketAddress remote) {
        Flow flow = flow(nowNanos, inside, remote);
        if (flow != null) {
            flow.answered = true;
            touch(nowNanos, flow, remote);
        }
        return flow != null;
    }

    private @Nullable Flow flow(long nowNanos, InetSocketAddress inside, InetSocketAddress remote) {
        Flow flow = flows.get(new Pair(inside, remote));
        return flow != null && nowNanos < flow.untilNanos ? flow : null;
    }

    /** How many flows began since {@link #count}. */
    int begun() {
        return begun;
    }

    /** Most of them within a second. */
    int mostInASecond() {
        return mostInASecond;
    }

    /** Counts from now on. */
    void count() {
        begun = 0;
        mostInASecond = 0;
        lastSecond.clear();
    }

    private void open(long nowNanos, InetSocketAddress inside, InetSocketAddress remote, @Nullable Binding binding) {
        Flow flow = new Flow(binding);
        flows.put(new Pair(inside, remote), flow);
        begun++;
        lastSecond.addLast(nowNanos);
        while (nowNanos - lastSecond.getFirst() >= SimulatedNetwork.SECOND) {
            lastSecond.removeFirst();
        }
        mostInASecond = Math.max(mostInASecond, lastSecond.size());
        touch(nowNanos, flow, remote);
    }

    private void touch(long nowNanos, Flow flow, InetSocketAddress remote) {
        flow.untilNanos = nowNanos + (flow.answered ? behaviour.timeoutNanos() : behaviour.newFlowNanos());
        Binding binding = flow.binding;
        if (binding != null) {
            binding.untilNanos = Math.max(binding.untilNanos, flow.untilNanos);
            binding.addresses.merge(remote.getAddress(), flow.untilNanos, Math::max);
        }
    }

    private boolean hasRoom(long nowNanos) {
        if (flows.size() >= behaviour.flowsMax() && nowNanos - sweptNanos >= SWEEP_NANOS) {
            sweep(nowNanos);
        }
        boolean room = flows.size() < behaviour.flowsMax();
        refused += room ? 0 : 1;
        return room;
    }

    private void sweep(long nowNanos) {
        sweptNanos = nowNanos;
        flows.values().removeIf(flow -> nowNanos >= flow.untilNanos);
        bindings.values().removeIf(binding -> !binding.lives(nowNanos));
        byPort.values().removeIf(binding -> !binding.lives(nowNanos));
    }

    /** Opens an outer port for everybody, until it is closed. */
    void fix(InetSocketAddress inside, int port) {
        byPort.put(port, new Binding(inside, port, true));
    }

    void close(int port) {
        byPort.remove(port);
    }

    /** Forgets all but what the operator opened. */
    void forget() {
        flows.clear();
        bindings.clear();
        byPort.values().removeIf(binding -> !binding.fixed);
        lastPort = FIRST_PORT + random.nextInt(PORTS_END - FIRST_PORT);
    }

    int flows(long nowNanos) {
        sweep(nowNanos);
        return flows.size();
    }

    /** How many datagrams did not pass for want of room. */
    long refused() {
        return refused;
    }
}
