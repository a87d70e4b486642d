package io.meshd.tunnel;

import io.meshd.identity.Bytes;
import io.meshd.identity.TunnelKey;
import io.meshd.protocol.DropReason;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.HandshakeMessage.Initiation;
import io.meshd.protocol.HandshakeMessage.Response;
import io.meshd.protocol.Outbox;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Answers the initiations of all peers. Node thread.
 *
 * <p>The initiator is found by its static key after one decryption and one curve operation, at the same cost for any
 * number of peers; an unknown one costs nothing more, or one curve operation more when {@link Strangers} may enter.
 */
final class Responder {
    private static final long KEPT_NANOS = TimeUnit.SECONDS.toNanos(5);

    private final LocalNode local;
    private final Map<TunnelKey, Peer> peers;
    // One for each peer at most, oldest first; by mac1, which names the bytes that it covers.
    private final Map<Bytes, Answered> answered = new LinkedHashMap<>();
    private @Nullable Strangers strangers;

    /** A response that may have to be repeated, since copies of one initiation come by several paths. */
    private static final class Answered {
        // As many as there are waves of copies, at one token a wave on average.
        private static final int REPEATS_MAX = 5;
        private static final long REPEAT_NANOS = TimeUnit.SECONDS.toNanos(1) / REPEATS_MAX;

        final Peer peer;
        final byte[] initiation;
        final byte[] response;
        final long sentNanos;
        private int tokens = REPEATS_MAX;
        private long refilledNanos;

        Answered(Peer peer, byte[] initiation, byte[] response, long nowNanos) {
            this.peer = peer;
            this.initiation = initiation;
            this.response = response;
            this.sentNanos = nowNanos;
            this.refilledNanos = nowNanos;
        }

        boolean isFor(byte[] datagram) {
            return Arrays.equals(initiation, 0, Initiation.MAC2_OFFSET, datagram, 0, Initiation.MAC2_OFFSET);
        }

        boolean mayRepeat(long nowNanos) {
            long earned = (nowNanos - refilledNanos) / REPEAT_NANOS;
            if (earned > 0) {
                tokens = (int) Math.min(REPEATS_MAX, tokens + earned);
                refilledNanos += earned * REPEAT_NANOS;
            }
            return tokens > 0 && tokens-- > 0;
        }
    }

    Responder(LocalNode local, Map<TunnelKey, Peer> peers) {
        this.local = local;
        this.peers = peers;
    }

    void strangers(@Nullable Strangers decider) {
        strangers = decider;
    }

    /** What became of an initiation: why it was refused, or whom it came from; nothing for a copy answered before. */
    record Outcome(@Nullable DropReason refused, @Nullable Peer peer) {
        static Outcome refused(DropReason reason) {
            return new Outcome(reason, null);
        }
    }

    /** Answers an initiation whose {@code mac1} is right. */
    Outcome handle(long nowNanos, Initiation initiation, byte[] datagram, Endpoint from, Outbox out) {
        forgetOld(nowNanos);
        Answered earlier = answered.get(initiation.mac1());
        if (earlier != null && earlier.isFor(datagram)) {
            return repeat(nowNanos, earlier, from, out);
        }
        NoiseResponder noise = new NoiseResponder(local.curve, LocalNode.handshakeState(), local.publicKey.bytes());
        try {
            return respond(nowNanos, noise, initiation, datagram, from, out);
        } finally {
            noise.state().wipe();
        }
    }

    private Outcome respond(long nowNanos, NoiseResponder noise, Initiation initiation, byte[] datagram, Endpoint from,
            Outbox out) {
        byte[] initiator = noise.readStatic(local.staticPrivate(), initiation.ephemeral().toArray(),
                initiation.encryptedStatic().toArray());
        if (initiator == null) {
            return Outcome.refused(DropReason.MALFORMED);
        }
        TunnelKey key = TunnelKey.of(initiator);
        if (Tunnel.isAstray(from, key)) {
            return Outcome.refused(DropReason.UNAUTHORIZED_PEER);
        }
        Peer known = peers.get(key);
        byte[] staticStatic = known == null ? strangersSecret(key) : known.machine.staticStatic();
        if (staticStatic == null) {
            return Outcome.refused(DropReason.UNAUTHORIZED_PEER);
        }
        byte[] timestamp = noise.readPayload(staticStatic, initiation.encryptedTimestamp().toArray());
        if (timestamp == null) {
            if (known == null) {
                Arrays.fill(staticStatic, (byte) 0);
            }
            return Outcome.refused(DropReason.MALFORMED);
        }
        Peer peer = known == null ? admitted(nowNanos, key, staticStatic) : known;
        if (peer == null) {
            return Outcome.refused(DropReason.UNAUTHORIZED_PEER);
        }
        DropReason stale = peer.machine.admitInitiation(nowNanos, Tai64n.read(timestamp));
        if (stale != null) {
            return Outcome.refused(stale);
        }
        byte[] response = peer.machine.respond(nowNanos, noise, initiation.sender(), from, out);
        if (response == null) {
            return Outcome.refused(DropReason.MALFORMED);
        }
        if (!peer.isStock()) {
            forget(peer);
            answered.put(initiation.mac1(), new Answered(peer, datagram.clone(), response, nowNanos));
            peer.machine.answeredMac1 = initiation.mac1();
        }
        return new Outcome(null, peer);
    }

    /** What proves who a stranger is; null when this one is not heard, or the key is of low order. */
    private byte @Nullable [] strangersSecret(TunnelKey key) {
        return strangers == null || key.equals(local.publicKey) || !strangers.mayEnter(key)
                ? null
                : local.curve.agree(local.staticPrivate(), key.bytes());
    }

    private @Nullable Peer admitted(long nowNanos, TunnelKey key, byte[] staticStatic) {
        Peer peer = strangers != null && strangers.admit(nowNanos, key) ? peers.get(key) : null;
        if (peer == null) {
            Arrays.fill(staticStatic, (byte) 0);
        } else {
            peer.machine.staticStatic(staticStatic);
        }
        return peer;
    }

    // The copy proves nothing about where it comes from: it teaches no address and touches no timer.
    private static Outcome repeat(long nowNanos, Answered earlier, Endpoint from, Outbox out) {
        if (Tunnel.isAstray(from, earlier.peer.key())) {
            return Outcome.refused(DropReason.UNAUTHORIZED_PEER);
        }
        if (!earlier.mayRepeat(nowNanos)) {
            return Outcome.refused(DropReason.RATE_LIMITED);
        }
        earlier.peer.machine.repeat(nowNanos, earlier.response, from, out);
        return new Outcome(null, null);
    }

    private void forgetOld(long nowNanos) {
        Iterator<Answered> oldest = answered.values().iterator();
        while (oldest.hasNext() && nowNanos - oldest.next().sentNanos >= KEPT_NANOS) {
            oldest.remove();
        }
    }

    /** Forgets what was answered to a peer. */
    void forget(Peer peer) {
        Bytes mac1 = peer.machine.answeredMac1;
        if (mac1 != null) {
            answered.remove(mac1);
            peer.machine.answeredMac1 = null;
        }
    }

    /** The response without its MACs. */
    static byte[] encode(int sender, int receiver, byte[] body) {
        Bytes mac = Bytes.copyOf(new byte[Response.MAC_BYTES]);
        return new Response(sender, receiver, Bytes.copyOf(body, 0, Response.KEY_BYTES),
                Bytes.copyOf(body, Response.KEY_BYTES, Response.EMPTY_BYTES), mac, mac).encode();
    }
}
