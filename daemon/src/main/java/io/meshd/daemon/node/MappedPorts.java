package io.meshd.daemon.node;

import io.meshd.identity.PublicKey;
import io.meshd.nat.AddressScope;
import io.meshd.nat.mapping.MappedPort;
import io.meshd.nat.mapping.PortChecks;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Frame;
import io.meshd.protocol.Outbox;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * The ports that routers map to this node: told to peers by the router's word, confirmed by a peer that knocks; and this
 * node's knocks for others. Node thread.
 */
final class MappedPorts {
    /** A peer asks once, and again when that was in vain; more would be a way to have this host send. */
    private static final long KNOCK_PAUSE_NANOS = 1_000_000_000L;

    private final Neighbours neighbours;
    private final Surroundings surroundings;
    private final PortChecks checks;
    private boolean isConfirmed4;
    private boolean isConfirmed6;

    MappedPorts(Neighbours neighbours, Surroundings surroundings, RandomGenerator random) {
        this.neighbours = neighbours;
        this.surroundings = surroundings;
        this.checks = new PortChecks(random);
    }

    /** The routers map these now. Says whether the endpoints are others than before. */
    boolean mapped(long nowNanos, List<MappedPort> ports) {
        List<InetSocketAddress> before = checks.endpoints();
        checks.mapped(nowNanos, ports);
        confirm();
        return !before.equals(checks.endpoints());
    }

    List<InetSocketAddress> endpoints() {
        return checks.endpoints();
    }

    Map<MappedPort, Boolean> ports() {
        return checks.ports();
    }

    /** A session with a neighbour came up. */
    void sessionUp(long nowNanos) {
        checks.helperAppeared(nowNanos);
    }

    /** Whether a STUN message was a knock that this node had asked for. */
    boolean stun(long nowNanos, byte[] datagram) {
        return checks.handle(nowNanos, datagram, this::found);
    }

    private void found(MappedPort port, boolean reached) {
        confirm();
        surroundings.portChecked(port, reached);
    }

    private void confirm() {
        isConfirmed4 = isTried(false);
        isConfirmed6 = isTried(true);
    }

    private boolean isTried(boolean v6) {
        return checks.ports().entrySet().stream()
                .anyMatch(
                        port -> port.getValue() && port.getKey().external().getAddress() instanceof Inet6Address == v6);
    }

    /** Whether a peer has reached this node by a mapped port of a family. */
    boolean isConfirmed(boolean v6) {
        return v6 ? isConfirmed6 : isConfirmed4;
    }

    /** A neighbour asks for a knock: given at addresses of its own record only, so never at a third party's. */
    void knock(long nowNanos, Neighbour from, Frame.Knock knock) {
        boolean own = from.record() != null && from.record().endpoints().contains(knock.at());
        boolean tooSoon = from.knockedNanos != Deadlines.NEVER && nowNanos - from.knockedNanos < KNOCK_PAUSE_NANOS;
        if (own && !tooSoon && AddressScope.of(knock.at()) == AddressScope.GLOBAL) {
            from.knockedNanos = nowNanos;
            surroundings.transmitAside(knock.at(), PortChecks.knock(knock.id()));
        }
    }

    void handleTimeout(long nowNanos, Outbox outbox) {
        checks.handleTimeout(nowNanos, port -> helpers(nowNanos, port), outbox, this::found);
    }

    long nextDeadlineNanos() {
        return checks.nextDeadlineNanos();
    }

    /** Who is seen to be elsewhere: by a relay, or at another public address. Relayed ones first: nothing is punched. */
    private List<PublicKey> helpers(long nowNanos, MappedPort port) {
        List<PublicKey> relayed = new ArrayList<>();
        List<PublicKey> direct = new ArrayList<>();
        for (Neighbour neighbour : neighbours.all()) {
            PublicKey key = neighbour.key();
            if (key != null && neighbour.tunnel.hasSession(nowNanos)) {
                switch (neighbour.chosen()) {
                    case Endpoint.Relayed _ -> relayed.add(key);
                    case Endpoint.Direct(InetSocketAddress at, int _) when AddressScope.of(at) == AddressScope.GLOBAL
                            && !at.getAddress().equals(port.external().getAddress()) ->
                        direct.add(key);
                    case Endpoint.Direct _ -> {}
                    case null -> {}
                }
            }
        }
        relayed.addAll(direct);
        return relayed;
    }
}
