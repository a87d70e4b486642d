package io.meshd.daemon.node;

import io.meshd.discovery.Membership;
import io.meshd.identity.Bytes;
import io.meshd.identity.PublicKey;
import io.meshd.nat.PeerPaths;
import io.meshd.nat.Signalling;
import io.meshd.protocol.DropReason;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Frame;
import io.meshd.protocol.NodeRecord;
import io.meshd.protocol.Outbox;

/** What neighbours say, frame by frame, and whom of this node's parts it concerns. Node thread. */
final class Conversation {
    private final Greetings greetings;
    private final Claims claims;
    private final Membership membership;
    private final Reachability reachability;
    private final MappedPorts mappedPorts;
    private final Signalling signalling;
    private final Relaying relaying;
    private final Introductions introductions;
    private final PacketWalk walk;
    private final OneByOne slowPath;
    private final Surroundings surroundings;
    private final Counters counters;

    Conversation(Greetings greetings, Claims claims, Membership membership, Reachability reachability,
            MappedPorts mappedPorts, Signalling signalling, Relaying relaying, Introductions introductions,
            PacketWalk walk, OneByOne slowPath, Surroundings surroundings, Counters counters) {
        this.greetings = greetings;
        this.claims = claims;
        this.membership = membership;
        this.reachability = reachability;
        this.mappedPorts = mappedPorts;
        this.signalling = signalling;
        this.relaying = relaying;
        this.introductions = introductions;
        this.walk = walk;
        this.slowPath = slowPath;
        this.surroundings = surroundings;
        this.counters = counters;
    }

    /** A frame that came in a neighbour's session by this path. */
    void hear(long nowNanos, Neighbour neighbour, Frame frame, Endpoint via, Outbox outbox) {
        PublicKey key = neighbour.key();
        PeerPaths ways = neighbour.paths;
        if (key == null || ways == null) {
            return;
        }
        if (!Sessions.isProbe(frame)) {
            ways.received(nowNanos, via, 1, outbox);
        }
        switch (frame) {
            case Frame.Hello _ when !neighbour.greetings.allows(nowNanos) ->
                counters.dropped(DropReason.RATE_LIMITED);
            case Frame.Hello(NodeRecord record) -> {
                greetings.heard(nowNanos, neighbour, record, outbox);
                claims.hello(nowNanos, neighbour, record, outbox);
                introductions.greeted(nowNanos, key, record.epoch());
            }
            case Frame.Membership message -> membership.handle(nowNanos, key, message, outbox);
            case Frame.Leave leave -> membership.handle(nowNanos, key, leave, outbox);
            case Frame.EchoRequest(int id, int sequence, Bytes payload) ->
                outbox.send(key, new Frame.EchoReply(id, sequence, payload));
            case Frame.EchoReply reply -> surroundings.echoReplied(key, reply, via);
            case Frame.PathProbe probe -> ways.handle(nowNanos, probe, via, outbox);
            case Frame.PathProbeReply reply when signalling.search().answered(nowNanos, reply) -> {}
            case Frame.PathProbeReply reply -> {
                if (ways.handle(nowNanos, reply, via, outbox)
                        && reachability.observed(nowNanos, key, via, reply.observed())) {
                    signalling.whereaboutsChanged(nowNanos);
                }
            }
            case Frame.MtuProbe probe -> ways.handle(nowNanos, probe, via, outbox);
            case Frame.CallBack call -> ways.handle(nowNanos, call, via, outbox);
            case Frame.Signal signal -> signalling.handle(nowNanos, signal, key, via, outbox);
            case Frame.Knock knock -> mappedPorts.knock(nowNanos, neighbour, knock);
            case Frame.Fragment _ -> throw new AssertionError("the courier puts fragments together");
            case Frame.RelayedMessage data -> relaying.handle(nowNanos, neighbour, data, via, walk, slowPath, outbox);
            case Frame.RelayOpen _,Frame.RelayChannel _,Frame.RelayClose _ ->
                relaying.handle(nowNanos, neighbour, frame, via, outbox);
            case Frame.IntroductionsAsked asked -> introductions.handle(nowNanos, key, asked, outbox);
            case Frame.Introductions answer -> introductions.handle(nowNanos, key, answer, outbox);
            // Guests say these and are told these; who is trusted has no need of them.
            case Frame.Join _,Frame.Welcome _,Frame.JoinRefused _ -> counters.dropped(DropReason.UNAUTHORIZED_PEER);
            case Frame.Unknown _ -> counters.dropped(DropReason.UNKNOWN_FRAME);
        }
    }
}
