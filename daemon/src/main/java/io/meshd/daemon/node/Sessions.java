package io.meshd.daemon.node;

import io.meshd.discovery.Membership;
import io.meshd.discovery.Seeds;
import io.meshd.identity.PublicKey;
import io.meshd.identity.TunnelKey;
import io.meshd.nat.Candidate;
import io.meshd.nat.CandidateKind;
import io.meshd.nat.PathClass;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Frame;
import io.meshd.protocol.NodeRecord;
import io.meshd.protocol.Outbox;
import io.meshd.tunnel.Tunnel;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Between tunnel, paths and membership: where the tunnel looks for a neighbour, which frames go by which session, and
 * who hears that a session came or went. Node thread.
 */
final class Sessions {
    /** A session silent for so long is renewed when somebody asks for one: both sides say something in 10 s. */
    private static final long SILENT_NANOS = 5_000_000_000L;

    /** As many as the tunnel keeps for a peer. */
    private static final int STAGED_MAX = 128;

    private final Tunnel tunnel;
    private final Neighbours neighbours;
    private final FrameCourier courier;
    private final Membership membership;
    private final Seeds seeds;
    private final Counters counters;

    Sessions(Tunnel tunnel, Neighbours neighbours, FrameCourier courier, Membership membership, Seeds seeds,
            Counters counters) {
        this.tunnel = tunnel;
        this.neighbours = neighbours;
        this.courier = courier;
        this.membership = membership;
        this.seeds = seeds;
        this.counters = counters;
    }

    /** Devices are no members, so no record tells them that this node is elsewhere now: a keepalive does. */
    void tellDevices(long nowNanos, Outbox outbox) {
        for (Neighbour neighbour : neighbours.all()) {
            Endpoint at = neighbour.tunnel.endpoint();
            if (neighbour.isStock() && at != null && neighbour.tunnel.hasSession(nowNanos)) {
                byte[] keepalive = courier.seal(nowNanos, neighbour, new byte[0]);
                if (keepalive != null) {
                    outbox.transmit(at, keepalive, 0);
                }
            }
        }
    }

    // Where neighbours may be.

    void learnEndpoints(long nowNanos, Neighbour neighbour, NodeRecord record, Outbox outbox) {
        for (InetSocketAddress address : record.endpoints()) {
            learn(nowNanos, neighbour, new Endpoint.Direct(address), CandidateKind.RECORD, outbox);
        }
        reachOut(nowNanos, neighbour, outbox);
    }

    void learn(long nowNanos, Neighbour neighbour, Endpoint endpoint, CandidateKind kind, Outbox outbox) {
        if (neighbour.paths != null) {
            neighbour.paths.candidate(nowNanos, new Candidate(endpoint, kind), outbox);
        }
    }

    /** Has a handshake that is under way, or waits for an address, use what is known now. */
    void reachOut(long nowNanos, Neighbour neighbour, Outbox outbox) {
        if (neighbour.wantsSession() && !neighbour.tunnel.hasSession(nowNanos)) {
            point(neighbour);
            tunnel.connect(nowNanos, neighbour.tunnel, outbox);
        }
    }

    /** Tells the tunnel where the neighbour may be. */
    private static void point(Neighbour neighbour) {
        if (neighbour.paths != null) {
            neighbour.tunnel.setPaths(neighbour.paths.chosen(), neighbour.paths.endpointsToTry());
        }
    }

    // Frames and packets.

    /** Sends a frame in the session with a neighbour, or when there is none, keeps it and asks for one. */
    void send(long nowNanos, PublicKey peer, @Nullable Endpoint via, Frame frame, Outbox outbox) {
        Neighbour neighbour = neighbours.of(peer);
        if (neighbour == null || neighbour.paths == null) {
            return;
        }
        boolean probe = isProbe(frame);
        if (neighbour.tunnel.hasSession(nowNanos)) {
            boolean asks = isQuestion(frame);
            if (!probe) {
                neighbour.paths.spoke(nowNanos, asks);
            }
            courier.sendNow(nowNanos, neighbour, via, frame, outbox);
            if (asks || (frame instanceof Frame.PathProbe && via != null && via.equals(neighbour.chosen()))) {
                tunnel.awaitAnswer(nowNanos, neighbour.tunnel, outbox);
            }
        } else if (!probe) {
            point(neighbour);
            neighbour.wantSession(nowNanos, frame instanceof Frame.EchoRequest);
            courier.stage(nowNanos, neighbour, frame, outbox);
        } else if (via != null && frame instanceof Frame.PathProbe) {
            // A search without a session: the handshake under way opens the same doors.
            tunnel.punch(nowNanos, neighbour.tunnel, via, outbox);
        }
    }

    private static boolean isQuestion(Frame frame) {
        return frame instanceof Frame.EchoRequest
                || (frame instanceof Frame.Membership membership && Membership.asks(membership));
    }

    static boolean isProbe(Frame frame) {
        return frame instanceof Frame.PathProbe || frame instanceof Frame.PathProbeReply
                || frame instanceof Frame.MtuProbe || frame instanceof Frame.CallBack;
    }

    /** Keeps an inner packet until there is a session, and asks for one. */
    void stage(long nowNanos, Neighbour neighbour, byte[] packet, Outbox outbox) {
        point(neighbour);
        if (neighbour.tunnel.hasSession(nowNanos) && neighbour.tunnel.endpoint() != null) {
            countRelayed(neighbour, neighbour.tunnel.endpoint(), 1);
        } else {
            neighbour.wantSession(nowNanos, true);
            neighbour.stagedPackets = Math.min(STAGED_MAX, neighbour.stagedPackets + 1);
        }
        tunnel.stage(nowNanos, neighbour.tunnel, packet, outbox);
    }

    private void countRelayed(Neighbour neighbour, @Nullable Endpoint via, int packets) {
        if (packets > 0 && via instanceof Endpoint.Relayed && !neighbour.isStock()) {
            counters.relayUsage.add(packets);
        }
    }

    // Sessions.

    /** Somebody wants a session with a peer that is perhaps here; null when nothing more is known than before. */
    void connect(long nowNanos, PublicKey peer, @Nullable Endpoint at, CandidateKind kind, Outbox outbox) {
        Neighbour neighbour = neighbours.of(peer);
        if (neighbour == null) {
            return;
        }
        if (at != null) {
            learn(nowNanos, neighbour, at, kind, outbox);
        }
        point(neighbour);
        neighbour.wantSession(nowNanos, false);
        if (neighbour.tunnel.hasSession(nowNanos) && neighbour.isSilentFor(SILENT_NANOS, nowNanos)) {
            tunnel.renew(nowNanos, neighbour.tunnel, outbox);
        } else {
            tunnel.connect(nowNanos, neighbour.tunnel, outbox);
        }
    }

    /** A session is to be followed by another one before it ends. */
    void renew(long nowNanos, PublicKey peer, Outbox outbox) {
        Neighbour neighbour = neighbours.of(peer);
        if (neighbour != null) {
            point(neighbour);
            tunnel.renew(nowNanos, neighbour.tunnel, outbox);
        }
    }

    /** Others want a session of this node with the neighbour. */
    void seek(long nowNanos, Neighbour neighbour, Outbox outbox) {
        if (!neighbour.tunnel.hasSession(nowNanos)) {
            point(neighbour);
            neighbour.wantSession(nowNanos, false);
            tunnel.connect(nowNanos, neighbour.tunnel, outbox);
        }
    }

    /** The neighbour runs anew: it has lost its side of the session there is, and may be elsewhere. */
    void startOver(long nowNanos, Neighbour neighbour, Outbox outbox) {
        if (neighbour.tunnel.hasSession(nowNanos)) {
            neighbour.wantSession(nowNanos, false);
            point(neighbour);
            tunnel.startOver(nowNanos, neighbour.tunnel, outbox);
        }
    }

    void established(long nowNanos, TunnelKey peer, Endpoint via, boolean asInitiator, Outbox outbox) {
        Neighbour neighbour = neighbours.of(peer);
        if (neighbour == null) {
            return;
        }
        neighbour.wantNoSession();
        neighbour.gaveUpNanos = Deadlines.NEVER;
        countRelayed(neighbour, via, neighbour.stagedPackets);
        if (neighbour.paths != null && neighbour.stagedPackets > 0) {
            neighbour.paths.note(nowNanos, "a session, for which packets had waited",
                    neighbour.stagedPackets + " packets", null);
        }
        neighbour.stagedPackets = 0;
        PublicKey key = neighbour.key();
        if (neighbour.paths != null && key != null) {
            neighbour.paths.sessionEstablished(nowNanos, via, asInitiator, outbox);
            point(neighbour);
            membership.sessionUp(nowNanos, key, via, outbox);
            seeds.sessionUp(nowNanos, key, via);
        }
    }

    void expired(long nowNanos, TunnelKey peer, Outbox outbox) {
        Neighbour neighbour = neighbours.of(peer);
        if (neighbour == null) {
            return;
        }
        neighbour.parted();
        PublicKey key = neighbour.key();
        if (neighbour.paths != null && key != null) {
            neighbour.paths.sessionLost(nowNanos, outbox);
            point(neighbour);
            membership.sessionDown(nowNanos, key, outbox);
            seeds.sessionDown(nowNanos, key);
        }
    }

    /**
     * Membership takes the peer for dead. A session by which nothing comes is of no use to anybody then: it goes on, but
     * nobody relies on it, so that the peer is looked for.
     */
    void doubt(long nowNanos, PublicKey peer, Outbox outbox) {
        Neighbour neighbour = neighbours.of(peer);
        if (neighbour != null && neighbour.isSilentFor(SILENT_NANOS, nowNanos)) {
            membership.sessionDown(nowNanos, peer, outbox);
            seeds.sessionDown(nowNanos, peer);
        }
    }

    void gaveUp(long nowNanos, TunnelKey peer) {
        counters.sessionFailures.increment();
        Neighbour neighbour = neighbours.of(peer);
        if (neighbour != null) {
            neighbour.gaveUpNanos = nowNanos;
            if (neighbour.paths != null) {
                neighbour.paths.note(nowNanos, "the handshake is given up: nobody answered it",
                        neighbour.paths.endpointsToTry().size() + " places, " + neighbour.stagedPackets
                                + " packets waited",
                        null);
            }
            neighbour.wantNoSession();
            neighbour.stagedPackets = 0;
        }
    }

    // Paths.

    void heardFrom(long nowNanos, TunnelKey peer, Endpoint from, Outbox outbox) {
        Neighbour neighbour = neighbours.of(peer);
        if (neighbour != null && neighbour.paths != null) {
            neighbour.paths.heardFrom(nowNanos, from, outbox);
        }
    }

    void pathChosen(PublicKey peer, @Nullable Endpoint to) {
        Neighbour neighbour = neighbours.of(peer);
        if (neighbour == null || neighbour.paths == null) {
            return;
        }
        // Between two paths there may be none for a moment.
        if (to != null) {
            PathClass now = neighbour.paths.label(to);
            PathClass before = neighbour.lastPath == null ? now : neighbour.paths.label(neighbour.lastPath);
            if (now.compareTo(before) > 0) {
                counters.fallbackTransitions.increment();
            } else if (now.compareTo(before) < 0) {
                counters.upgradeTransitions.increment();
            }
            neighbour.lastPath = to;
        }
        point(neighbour);
    }
}
