package io.meshd.discovery;

import io.meshd.identity.PublicKey;
import io.meshd.protocol.DropReason;
import io.meshd.protocol.Frame;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Takes in what peers say: who may speak, how much, and which part of membership it is for. */
final class Hearing {
    /** What a peer may say at once: a table of 4,096 members in records and statements, twice. */
    private static final double MESSAGES_AT_ONCE = 16_384;
    private static final double MESSAGES_PER_SECOND = 500;
    /** A digest causes a look at the whole table and a summary of it; a peer sends one in several seconds. */
    private static final int DIGEST_COST = 25;

    private final Self self;
    private final Timers timers;
    private final Roster roster;
    private final Links links;
    private final Library library;
    private final Probes probes;
    private final Suspicions suspicions;
    private final News news;
    private final TableSync sync;

    Hearing(Self self, Timers timers, Roster roster, Links links, Library library, Probes probes,
            Suspicions suspicions, News news, TableSync sync) {
        this.self = self;
        this.timers = timers;
        this.roster = roster;
        this.links = links;
        this.library = library;
        this.probes = probes;
        this.suspicions = suspicions;
        this.news = news;
        this.sync = sync;
    }

    /** A body of messages came inside the session with {@code from}. */
    void hear(PublicKey from, byte[] body) {
        Peer peer = sender(from);
        if (peer == null) {
            return;
        }
        List<SwimMessage> messages = SwimCodec.decode(body);
        if (messages == null) {
            links.drop(DropReason.MALFORMED);
            return;
        }
        peer.lastSeenNanos = timers.callersNanos();
        suspicions.heard();
        messages.forEach(message -> hear(peer, message));
    }

    /** A goodbye came inside the session with {@code from}. */
    void hear(PublicKey from, Frame.Leave leave) {
        Peer peer = sender(from);
        if (peer == null) {
            return;
        }
        if (leave.epoch() < 0 || leave.epoch() >= SwimCodec.EPOCH_MAX) {
            links.drop(DropReason.MALFORMED);
        } else if (affords(peer, 1)) {
            news.hear(peer, new Rumour.Left(leave));
        }
    }

    private @Nullable Peer sender(PublicKey from) {
        Peer peer = roster.peer(from);
        if (peer == null) {
            links.drop(DropReason.UNAUTHORIZED_PEER);
        } else if (peer.budget == null) {
            peer.budget = new TokenBucket(MESSAGES_AT_ONCE, MESSAGES_PER_SECOND, timers.nowNanos());
        }
        return peer;
    }

    private boolean affords(Peer peer, int cost) {
        boolean affords = peer.budget != null && peer.budget.take(cost, timers.nowNanos());
        if (!affords) {
            links.drop(DropReason.RATE_LIMITED);
        }
        return affords;
    }

    private void hear(Peer from, SwimMessage message) {
        if (!affords(from, message instanceof SwimMessage.Digest ? DIGEST_COST : 1)) {
            return;
        }
        switch (message) {
            case SwimMessage.Ping ping -> onPing(from, ping);
            case SwimMessage.PingRequest request -> onPingRequest(from, request);
            case SwimMessage.Ack ack -> onAck(from, ack);
            case SwimMessage.Nack nack -> probes.onNack(from, nack);
            case SwimMessage.Digest digest -> sync.onDigest(from, digest);
            case SwimMessage.Summary summary -> sync.onSummary(from, summary);
            case SwimMessage.Want want -> sync.onWant(from, want);
            case Rumour rumour -> news.hear(from, rumour);
        }
    }

    private void onPing(Peer from, SwimMessage.Ping ping) {
        library.pinged(Peer.member(from.key, ping.fromEpoch()), Peer.member(self.key, ping.toEpoch()),
                Long.toString(ping.cid()));
        if (ping.toEpoch() != self.epoch) {
            links.saySoon(from, new Rumour.Described(self.record), self.alive);
        } else if (ping.accusedIncarnation() != SwimMessage.NOT_ACCUSED) {
            news.refute(from, ping.accusedIncarnation());
        }
        if (from.isStranger()) {
            sync.introduceAgain(from);
        }
    }

    /** Helps, or says at once that it cannot, so that another is asked and no silence is taken for evidence. */
    private void onPingRequest(Peer from, SwimMessage.PingRequest request) {
        Peer target = roster.peer(request.target());
        if (target == null || target.equals(from) || (!target.session && target.addresses().isEmpty())) {
            links.sayNow(from, new SwimMessage.Nack(request.cid()));
            return;
        }
        library.askedToPing(Peer.member(from.key, request.fromEpoch()),
                Peer.member(target.key, request.targetEpoch()), Long.toString(request.cid()));
    }

    private void onAck(Peer from, SwimMessage.Ack ack) {
        suspicions.answered();
        probes.onAck(from, ack);
    }
}
