package io.meshd.nat.mapping;

import io.meshd.identity.Bytes;
import io.meshd.protocol.Deadlines;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * The one UDP port, mapped at every router of this host for as long as that is wanted.
 *
 * <p>Pure: time, randomness and datagrams come in, effects go to the outbox, one thread owns it. Datagrams and answers of
 * a router that is no longer there are ignored.
 */
public final class PortMappings {
    /** One router a family and interface; more are no ordinary host. */
    private static final int GATEWAYS_MAX = 4;

    private int port;
    private final Bytes secret;
    private final RandomGenerator random;
    private final Map<Gateway, GatewayMapping> mappings = new LinkedHashMap<>();
    private List<Gateway> gateways = List.of();
    private boolean wanted = true;

    /**
     * What asking a router by a protocol came to.
     *
     * @param state      in a word or two
     * @param isUsed     whether this is the mapping that counts
     * @param untilNanos until when the router promised it; {@link Deadlines#NEVER} when it did not, or for ever
     */
    public record Attempt(Gateway gateway, MappingProtocol protocol, String state, boolean isUsed, long untilNanos) {}

    /**
     * Nothing yet: {@link #gateways} begins.
     *
     * @param port   the internal port, and the external one that is wished for
     * @param secret from which the nonces of PCP are made; the same over restarts, so that leftovers can be taken over
     * @param random one that nobody can predict
     */
    public PortMappings(int port, Bytes secret, RandomGenerator random) {
        this.port = port;
        this.secret = secret;
        this.random = random;
    }

    /**
     * The routers of this host are now these. A mapping at a router that stays goes on; one at a router that went is
     * forgotten, since there is nobody to give it back to.
     */
    public void gateways(long nowNanos, List<Gateway> now, MappingOutbox out) {
        gateways = List.copyOf(now.subList(0, Math.min(now.size(), GATEWAYS_MAX)));
        mappings.keySet().retainAll(gateways);
        begin(nowNanos, out);
    }

    /** Whether ports are to be mapped, as they are at first. When not any more, all is given back. */
    public void want(long nowNanos, boolean mapping, MappingOutbox out) {
        if (wanted && !mapping) {
            mappings.values().forEach(one -> one.release(nowNanos, out));
        }
        wanted = mapping;
        begin(nowNanos, out);
    }

    /** The internal port is this one now: what was mapped to another is given back, and a new mapping asked for. */
    public void port(long nowNanos, int now, MappingOutbox out) {
        if (now != port) {
            port = now;
            mappings.values().forEach(one -> one.release(nowNanos, out));
            begin(nowNanos, out);
        }
    }

    private void begin(long nowNanos, MappingOutbox out) {
        mappings.values().removeIf(GatewayMapping::isReleased);
        for (Gateway gateway : wanted ? gateways : List.<Gateway>of()) {
            GatewayMapping known = mappings.get(gateway);
            if (known == null || known.isReleasing()) {
                GatewayMapping mapping = new GatewayMapping(gateway, port, secret, random);
                mappings.put(gateway, mapping);
                mapping.begin(nowNanos, out);
            }
        }
    }

    /** A datagram came to the socket for a gateway. */
    public void handle(long nowNanos, Gateway gateway, InetSocketAddress from, byte[] datagram, MappingOutbox out) {
        GatewayMapping mapping = mappings.get(gateway);
        if (mapping != null) {
            mapping.handle(nowNanos, from, datagram, out);
        }
    }

    /** A datagram came to one of the groups to which routers announce that they have started. */
    public void announced(long nowNanos, InetSocketAddress from, byte[] datagram) {
        mappings.values().forEach(mapping -> mapping.announced(nowNanos, from, datagram));
    }

    /** An HTTP exchange with a gateway has ended. */
    public void handle(long nowNanos, Gateway gateway, HttpAnswer answer, MappingOutbox out) {
        GatewayMapping mapping = mappings.get(gateway);
        if (mapping != null) {
            mapping.handle(nowNanos, answer, out);
        }
    }

    /** Peers were asked to reach this node at a mapped port, and nothing came. */
    public void doubt(long nowNanos, MappedPort port) {
        GatewayMapping mapping = mappings.get(port.gateway());
        if (mapping != null && port.equals(mapping.mapped())) {
            mapping.doubt(nowNanos);
        }
    }

    /** A peer has reached this node at a mapped port. */
    public void confirmed(MappedPort port) {
        GatewayMapping mapping = mappings.get(port.gateway());
        if (mapping != null && port.equals(mapping.mapped())) {
            mapping.confirmed();
        }
    }

    /** Somebody wants to know now how things stand: routers are asked, those that refused again. */
    public void look(long nowNanos, MappingOutbox out) {
        mappings.values().forEach(mapping -> mapping.look(nowNanos, out));
    }

    /** Whether some router has not answered yet. */
    public boolean isAsking() {
        return mappings.values().stream().anyMatch(GatewayMapping::isAsking);
    }

    /** Whether nothing is wanted and everything was given back, or that has taken too long. */
    public boolean isReleased() {
        return !wanted && mappings.values().stream().allMatch(GatewayMapping::isReleased);
    }

    /** Does what is due. */
    public void handleTimeout(long nowNanos, MappingOutbox out) {
        mappings.values().forEach(mapping -> mapping.handleTimeout(nowNanos, out));
        mappings.values().removeIf(GatewayMapping::isReleased);
    }

    /** When {@link #handleTimeout} is to be called, or {@link Deadlines#NEVER}. */
    public long nextDeadlineNanos() {
        long next = Deadlines.NEVER;
        for (GatewayMapping mapping : mappings.values()) {
            next = Deadlines.earlier(next, mapping.nextDeadlineNanos());
        }
        return next;
    }

    /** The routers with which this talks. */
    public Set<Gateway> inUse() {
        return Set.copyOf(mappings.keySet());
    }

    /** What is mapped now, by the word of the routers; the same values as long as nothing changes. */
    public List<MappedPort> mapped() {
        List<MappedPort> mapped = new ArrayList<>();
        for (GatewayMapping mapping : mappings.values()) {
            MappedPort one = mapping.mapped();
            if (one != null) {
                mapped.add(one);
            }
        }
        return mapped;
    }

    /** What asking came to, for every router and protocol. */
    public List<Attempt> attempts() {
        return mappings.values().stream().flatMap(mapping -> mapping.attempts().stream()).toList();
    }
}
