package io.meshd.daemon.node;

import io.meshd.identity.HostPort;
import io.meshd.identity.PublicKey;
import io.meshd.nat.CandidateKind;
import io.meshd.nat.Observer;
import io.meshd.nat.OwnEndpoint;
import io.meshd.nat.OwnEndpoints;
import io.meshd.nat.Paths;
import io.meshd.nat.stun.StunClient;
import io.meshd.nat.stun.StunCodec;
import io.meshd.nat.stun.StunMessage;
import io.meshd.nat.stun.StunResponder;
import io.meshd.nat.stun.StunServerView;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Decoded;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Outbox;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * How this node finds out where others can reach it, and how it tells peers where they are seen. Node thread.
 *
 * <p>What changes in consequence, the own record, is the node's business: it asks {@link #isRecordDue}.
 */
final class Reachability {
    /** What comes together, such as answers in both families, is told together. */
    private static final long GATHER_NANOS = 500_000_000L;
    /** Every change of the record goes to everybody: so often at most when only others' view of this node changed. */
    private static final long RECORD_PAUSE_NANOS = 10_000_000_000L;
    /** A session that came or went this lately is perhaps not noticed yet by who answers STUN. */
    private static final long SESSIONS_NANOS = 1_000_000_000L;

    private final OwnRecord own;
    private final Paths paths;
    private final Neighbours neighbours;
    private final Counters counters;
    private final OwnEndpoints endpoints = new OwnEndpoints();
    private final StunClient client;
    private final StunResponder responder = new StunResponder();
    private List<InetSocketAddress> mapped = List.of();
    private Set<InetSocketAddress> sessions = Set.of();
    private long sessionsNanos = Deadlines.NEVER;
    private long recordNanos = Deadlines.NEVER;
    private long recordDueNanos = Deadlines.NEVER;

    Reachability(OwnRecord own, Paths paths, Neighbours neighbours, Counters counters, RandomGenerator random) {
        this.own = own;
        this.paths = paths;
        this.neighbours = neighbours;
        this.counters = counters;
        this.client = new StunClient(random, endpoints);
    }

    OwnEndpoints endpoints() {
        return endpoints;
    }

    /** The host's own addresses are now these. Says whether they are others than before. */
    boolean local(long nowNanos, List<InetSocketAddress> addresses) {
        boolean moved = endpoints.local(nowNanos, addresses);
        if (moved) {
            client.networkChanged(nowNanos);
            tellNetwork(nowNanos);
        }
        return moved;
    }

    /** What is known of where this node is seen may be past: it is asked for anew. */
    void networkChanged(long nowNanos) {
        client.networkChanged(nowNanos);
    }

    /** By its own and its outside addresses a network is known again. */
    private void tellNetwork(long nowNanos) {
        Set<InetAddress> local = new HashSet<>();
        Set<InetAddress> outside = new HashSet<>();
        for (OwnEndpoint known : endpoints.publicEndpoints(nowNanos)) {
            outside.add(known.endpoint().getAddress());
        }
        for (OwnEndpoint known : endpoints.all(nowNanos)) {
            if (known.kind() == CandidateKind.LOCAL) {
                local.add(known.endpoint().getAddress());
            }
        }
        paths.network(local, outside);
    }

    /** Whether anybody may reach this node in each family without a punch. */
    void tellWhetherOpen(MappedPorts mappedPorts) {
        paths.open(endpoints.isOpen(false) || mappedPorts.isConfirmed(false),
                endpoints.isOpen(true) || mappedPorts.isConfirmed(true));
    }

    /** A peer said, in answer to a probe by this path, where it sees this node. Says whether that is news. */
    boolean observed(long nowNanos, PublicKey peer, Endpoint via, @Nullable InetSocketAddress self) {
        // What an extra socket is mapped to says nothing of the one port.
        boolean isNews = self != null && via instanceof Endpoint.Direct direct && direct.isByOnePort()
                && endpoints.observed(nowNanos, new Observer.Peer(peer, direct.address()), self);
        if (isNews) {
            review(nowNanos);
        }
        return isNews;
    }

    /** The routers map these to this node now, by their own word. */
    void mapped(long nowNanos, List<InetSocketAddress> outsides) {
        mapped.stream().filter(outside -> !outsides.contains(outside)).forEach(endpoints::portUnmapped);
        mapped = List.copyOf(outsides);
        // The router's leases are renewed elsewhere; here they stand until they are withdrawn.
        mapped.forEach(outside -> endpoints.portMapped(nowNanos, outside, Deadlines.NEVER));
    }

    void servers(long nowNanos, List<HostPort> servers) {
        client.servers(nowNanos, servers);
    }

    SortedSet<String> unresolved() {
        return client.unresolved();
    }

    void resolved(long nowNanos, String host, List<InetAddress> addresses, Outbox out) {
        client.resolved(nowNanos, host, addresses, out);
    }

    /** A STUN message came. */
    void stun(long nowNanos, byte[] datagram, Endpoint from, Outbox out) {
        Decoded<StunMessage> decoded = StunCodec.decode(datagram, 0, datagram.length);
        switch (decoded) {
            case Decoded.Malformed(var reason) -> counters.dropped(reason);
            case Decoded.Message(StunMessage message) -> {
                if (from instanceof Endpoint.Direct(InetSocketAddress address, int _)) {
                    handle(nowNanos, message, datagram.length, address, out);
                }
            }
        }
    }

    private void handle(long nowNanos, StunMessage message, int bytes, InetSocketAddress from, Outbox out) {
        switch (message.kind()) {
            case REQUEST -> responder.handle(nowNanos, message, bytes, from, hasSession(nowNanos, from), out);
            case SUCCESS, ERROR -> {
                client.handle(nowNanos, message, from, out);
                review(nowNanos);
            }
            // Somebody keeps his NAT's mapping alive: nothing to do (RFC 8489 section 6.3.2).
            case INDICATION -> {}
        }
    }

    /** Whether there is a peer with a live session. Strangers may ask as often as they like: one look a second. */
    private boolean hasSession(long nowNanos, InetSocketAddress from) {
        if (sessionsNanos == Deadlines.NEVER || nowNanos - sessionsNanos >= SESSIONS_NANOS) {
            sessionsNanos = nowNanos;
            sessions = new HashSet<>();
            for (Neighbour neighbour : neighbours.all()) {
                if (neighbour.tunnel.hasSession(nowNanos)) {
                    add(neighbour.chosen());
                    if (neighbour.paths != null) {
                        neighbour.paths.lastGood().forEach(this::add);
                    }
                }
            }
        }
        return sessions.contains(from);
    }

    private void add(@Nullable Endpoint endpoint) {
        if (endpoint instanceof Endpoint.Direct(InetSocketAddress address, int _)) {
            sessions.add(address);
        }
    }

    /** Trust has changed: who has a session is looked at anew. */
    void trustChanged() {
        sessionsNanos = Deadlines.NEVER;
    }

    /** What the record says of where this node is may be wrong now. */
    private void review(long nowNanos) {
        tellNetwork(nowNanos);
        if (endpoints.forRecord(nowNanos).equals(own.endpoints())) {
            recordDueNanos = Deadlines.NEVER;
        } else if (recordDueNanos == Deadlines.NEVER) {
            long pauseNanos = recordNanos == Deadlines.NEVER
                    ? 0
                    : Math.max(0, recordNanos + RECORD_PAUSE_NANOS - nowNanos);
            recordDueNanos = nowNanos + Math.max(GATHER_NANOS, pauseNanos);
        }
    }

    void handleTimeout(long nowNanos, Outbox out) {
        if (Deadlines.isDue(endpoints.nextDeadlineNanos(), nowNanos)) {
            endpoints.handleTimeout(nowNanos);
            review(nowNanos);
        }
        client.handleTimeout(nowNanos, out);
    }

    long nextDeadlineNanos() {
        return Deadlines.earlier(recordDueNanos,
                Deadlines.earlier(endpoints.nextDeadlineNanos(), client.nextDeadlineNanos()));
    }

    /** Whether the node is to tell others now what {@link #tell} gives it. */
    boolean isRecordDue(long nowNanos) {
        return Deadlines.isDue(recordDueNanos, nowNanos);
    }

    /** Writes what is known into the own record. Says whether that changed anything. */
    boolean tell(long nowNanos) {
        recordDueNanos = Deadlines.NEVER;
        List<InetSocketAddress> known = endpoints.forRecord(nowNanos);
        boolean changes = !known.equals(own.endpoints());
        if (changes) {
            recordNanos = nowNanos;
            own.endpoints(known);
        }
        return changes;
    }

    /** Somebody wants to know now: servers are asked, unless they were a moment ago. */
    void look(long nowNanos) {
        client.look(nowNanos);
    }

    boolean isLooking() {
        return client.isAsking();
    }

    List<StunServerView> stunServers() {
        return client.views();
    }

    StunCounters counters() {
        return new StunCounters(client.questions(), client.heard(), client.unexpected(), responder.answered(),
                responder.refused());
    }
}
