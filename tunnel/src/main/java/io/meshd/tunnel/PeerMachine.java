package io.meshd.tunnel;

import static io.meshd.tunnel.Limits.KEEPALIVE_TIMEOUT_NANOS;
import static io.meshd.tunnel.Limits.NEW_HANDSHAKE_NANOS;
import static io.meshd.tunnel.Limits.REKEY_ATTEMPT_TIME_NANOS;
import static io.meshd.tunnel.Limits.REKEY_TIMEOUT_NANOS;
import static io.meshd.tunnel.Limits.ZERO_KEYS_NANOS;

import io.meshd.identity.Bytes;
import io.meshd.identity.PresharedKey;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.DropReason;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Event;
import io.meshd.protocol.HandshakeMessage.CookieReply;
import io.meshd.protocol.HandshakeMessage.Initiation;
import io.meshd.protocol.HandshakeMessage.Response;
import io.meshd.protocol.Outbox;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What the node thread does for one peer: handshakes, timers and packets that wait (WireGuard paper, section 6).
 *
 * <p>Owned by the node thread. Deadlines whose wait ends on the data path are not moved there: such a timer fires,
 * looks at {@link Activity}, and sleeps on.
 */
final class PeerMachine {
    private static final byte[] EMPTY = new byte[0];

    private final LocalNode local;
    private final Peer peer;
    private final CookieJar jar;
    private final Initiator initiator;
    private final Outgoing outgoing;
    private final Deadlines<Timer> deadlines = new Deadlines<>(Timer.class);
    private final byte[] presharedKey = new byte[PresharedKey.BYTES];
    private final ReceivedInitiations received = new ReceivedInitiations();
    private List<Endpoint> configured = List.of();
    private byte @Nullable [] staticStatic;
    private boolean staticStaticKnown;
    private long persistentKeepaliveNanos;
    private long attemptSinceNanos;
    private long handshakeSentNanos = Deadlines.NEVER;
    private boolean closed;

    /** The initiation that was answered last; for {@link Responder} alone. */
    @Nullable
    Bytes answeredMac1;

    /** Place in the queue of deadlines; for {@link DeadlineQueue} alone. */
    int queueIndex = -1;
    long queuedNanos = Deadlines.NEVER;

    private enum Timer {
        /** The initiation was not answered. */
        RETRANSMIT,
        /** The same initiation goes out once more. */
        COPIES,
        /** The peer waits for a sign of us. */
        KEEPALIVE,
        /** Data went without any sign of the peer. */
        NEW_HANDSHAKE,
        /** The NATs between may be forgetting us. */
        PERSISTENT_KEEPALIVE,
        /** The oldest session is too old to receive. */
        EXPIRE_SESSION,
        /** Nothing was agreed for so long that all secrets go. */
        ZERO_KEYS
    }

    PeerMachine(LocalNode local, Peer peer) {
        this.local = local;
        this.peer = peer;
        this.jar = new CookieJar(peer.key(), peer.isStock());
        this.initiator = new Initiator(local, peer, jar);
        this.outgoing = new Outgoing(local, peer);
    }

    void apply(long nowNanos, PeerSettings settings) {
        PresharedKey key = settings.presharedKey();
        byte[] secret = key == null ? new byte[PresharedKey.BYTES] : key.copyOfSecret();
        System.arraycopy(secret, 0, presharedKey, 0, secret.length);
        Arrays.fill(secret, (byte) 0);
        long intervalNanos = TimeUnit.SECONDS.toNanos(settings.persistentKeepaliveSeconds());
        if (intervalNanos != persistentKeepaliveNanos) {
            persistentKeepaliveNanos = intervalNanos;
            if (intervalNanos == 0) {
                deadlines.cancel(Timer.PERSISTENT_KEEPALIVE);
            } else {
                deadlines.set(Timer.PERSISTENT_KEEPALIVE, nowNanos);
            }
        }
    }

    long nextDeadlineNanos() {
        return deadlines.next();
    }

    /** Sends an inner packet, or keeps it until there is a session and asks for one. */
    void stage(long nowNanos, byte[] inner, Outbox out) {
        if (closed) {
            return;
        }
        outgoing.stage(inner, out);
        if (!outgoing.flush(nowNanos, out)) {
            // What waits since now is worth 90 s of trying from now, as in WireGuard.
            attemptSinceNanos = nowNanos;
            initiate(nowNanos, out);
        }
    }

    /** Makes a session unless there is one, by way of the endpoints that the peer has now. */
    void connect(long nowNanos, Outbox out) {
        if (closed) {
            return;
        }
        if (peer.hasSession(nowNanos)) {
            outgoing.flush(nowNanos, out);
        } else if (initiator.isInFlight()) {
            initiator.spreadToNew(nowNanos, out);
            armCopies();
        } else if (deadlines.isSet(Timer.RETRANSMIT)) {
            tryInitiation(nowNanos, out);
        } else {
            initiate(nowNanos, out);
        }
    }

    void punch(long nowNanos, Endpoint at, Outbox out) {
        initiator.sendAside(nowNanos, at, out);
    }

    /** Makes a new session although there is one, by way of the endpoints that the peer has now. */
    void renew(long nowNanos, Outbox out) {
        if (!closed) {
            initiate(nowNanos, out);
        }
    }

    /**
     * Forgets the sessions of a run of the peer that is over, and makes a new one without waiting. One that waits for its
     * confirmation is kept: it may be of the new run, which would send with it after all.
     */
    void startOver(long nowNanos, Outbox out) {
        if (closed) {
            return;
        }
        if (!peer.keypairs.isEmpty()) {
            peer.keypairs.discardConfirmed();
            armExpiry();
            out.emit(new Event.SessionExpired(peer.key()));
        }
        initiator.abandon();
        deadlines.cancel(Timer.COPIES);
        if (peer.keypairs.isEmpty()) {
            deadlines.cancel(Timer.RETRANSMIT);
            handshakeSentNanos = Deadlines.NEVER;
            initiate(nowNanos, out);
        } else {
            attemptSinceNanos = nowNanos;
            deadlines.set(Timer.RETRANSMIT, nowNanos + REKEY_TIMEOUT_NANOS + local.jitterNanos());
        }
    }

    // Whether an attempt goes on is whether its timer is set. A new reason to have a session changes nothing then.
    private void initiate(long nowNanos, Outbox out) {
        if (!deadlines.isSet(Timer.RETRANSMIT)) {
            attemptSinceNanos = nowNanos;
            tryInitiation(nowNanos, out);
        }
    }

    private void tryInitiation(long nowNanos, Outbox out) {
        boolean tooEarly = handshakeSentNanos != Deadlines.NEVER
                && nowNanos - handshakeSentNanos < REKEY_TIMEOUT_NANOS;
        if (tooEarly) {
            deadlines.set(Timer.RETRANSMIT, handshakeSentNanos + REKEY_TIMEOUT_NANOS + local.jitterNanos());
            return;
        }
        byte[] secret = staticStatic();
        if (secret != null && initiator.begin(nowNanos, secret, presharedKey, out)) {
            handshakeSentNanos = nowNanos;
        }
        armCopies();
        deadlines.set(Timer.RETRANSMIT, nowNanos + REKEY_TIMEOUT_NANOS + local.jitterNanos());
    }

    private void armCopies() {
        long atNanos = initiator.nextCopiesNanos();
        if (atNanos == Deadlines.NEVER) {
            deadlines.cancel(Timer.COPIES);
        } else {
            deadlines.set(Timer.COPIES, atNanos);
        }
    }

    /** The shared secret of both static keys, computed once; null when the peer's key is of low order. */
    byte @Nullable [] staticStatic() {
        if (!staticStaticKnown) {
            staticStatic = local.curve.agree(local.staticPrivate(), peer.key().bytes());
            staticStaticKnown = true;
        }
        return staticStatic;
    }

    /** Takes over what {@link #staticStatic()} would compute. */
    void staticStatic(byte[] agreed) {
        staticStatic = agreed;
        staticStaticKnown = true;
    }

    /** Whether the operator names other endpoints than before; remembers them. */
    boolean isMoved(List<Endpoint> endpoints) {
        boolean moved = !endpoints.equals(configured);
        configured = endpoints;
        return moved;
    }

    /** Why the timestamp of an authenticated initiation is refused, or null when it is the newest. */
    @Nullable
    DropReason admitInitiation(long nowNanos, Tai64n timestamp) {
        return received.admit(nowNanos, timestamp);
    }

    /** Answers an admitted initiation: the response without its MACs, or null when no answer is possible. */
    byte @Nullable [] respond(long nowNanos, NoiseResponder noise, int receiver, Endpoint from, Outbox out) {
        byte[] body = noise.writeResponse(local.ephemeralPrivate(), presharedKey, EMPTY);
        if (body == null) {
            return null;
        }
        IndexTable.Entry entry = local.indices.reserve(peer);
        SessionKey[] keys = noise.state().split();
        Keypair keypair = new Keypair(peer, entry.index, false, nowNanos, new Sealer(keys[1], receiver, nowNanos),
                new Opener(keys[0], nowNanos));
        entry.keypair = keypair;
        peer.keypairs.installResponded(keypair);
        peer.activity.received(nowNanos, Initiation.BYTES, false);
        peer.noteHeardFrom(nowNanos, from);
        byte[] response = Responder.encode(entry.index, receiver, body);
        send(nowNanos, response, from, out);
        peer.activity.sent(nowNanos, response.length, false);
        handshakeSentNanos = nowNanos;
        sessionDerived(nowNanos);
        yieldToPeer();
        return response;
    }

    // Of two initiations that cross, the one of the lesser key goes on, so that both sides end with the same session. A
    // stock peer forgets its own whenever it answers, and so always yields.
    private void yieldToPeer() {
        if (!peer.isStock() && peer.key().compareTo(local.publicKey) < 0) {
            initiator.abandon();
            deadlines.cancel(Timer.COPIES);
        }
    }

    /** Sends a response once more, on the path by which its initiation came once more. */
    void repeat(long nowNanos, byte[] response, Endpoint to, Outbox out) {
        send(nowNanos, response, to, out);
        peer.activity.repeated(response.length);
    }

    private void send(long nowNanos, byte[] response, Endpoint to, Outbox out) {
        byte[] datagram = response.clone();
        jar.stamp(nowNanos, datagram, to);
        out.transmit(to, datagram, Tunnel.HANDSHAKE_TRAFFIC_CLASS);
    }

    /** Takes a response into use; why it is refused, or null. */
    @Nullable
    DropReason accept(long nowNanos, IndexTable.Entry entry, Response response, Endpoint from, Outbox out) {
        if (!initiator.isInFlight(entry)) {
            return peer.isStock() ? DropReason.REPLAY : DropReason.DUPLICATE;
        }
        boolean adopts = peer.endpoint() == null || !peer.hasSession(nowNanos);
        Keypair keypair = initiator.accept(nowNanos, response);
        if (keypair == null) {
            return DropReason.MALFORMED;
        }
        peer.keypairs.installInitiated(keypair);
        if (adopts) {
            peer.adopt(nowNanos, from);
        } else {
            peer.noteHeardFrom(nowNanos, from);
        }
        peer.activity.received(nowNanos, Response.BYTES, false);
        sessionDerived(nowNanos);
        handshakeComplete(nowNanos, from, true, out);
        // The responder may not send before it has heard: what is staged tells it, or else an empty packet.
        outgoing.flushOrKeepalive(nowNanos, out);
        return null;
    }

    /** Takes a cookie; false when it answers nothing that was sent. */
    boolean accept(long nowNanos, IndexTable.Entry entry, CookieReply reply, Endpoint from, Outbox out) {
        if (!jar.accept(nowNanos, reply, from)) {
            return false;
        }
        if (initiator.isInFlight(entry)) {
            initiator.sendWithCookie(nowNanos, from, out);
        }
        return true;
    }

    private void sessionDerived(long nowNanos) {
        deadlines.set(Timer.ZERO_KEYS, nowNanos + ZERO_KEYS_NANOS);
        armExpiry();
    }

    private void armExpiry() {
        long atNanos = peer.keypairs.nextExpiryNanos();
        if (atNanos == Deadlines.NEVER) {
            deadlines.cancel(Timer.EXPIRE_SESSION);
        } else {
            deadlines.set(Timer.EXPIRE_SESSION, atNanos);
        }
    }

    private void handshakeComplete(long nowNanos, Endpoint via, boolean asInitiator, Outbox out) {
        initiator.abandon();
        deadlines.cancel(Timer.RETRANSMIT);
        deadlines.cancel(Timer.COPIES);
        peer.setLastHandshakeNanos(nowNanos);
        out.emit(new Event.SessionEstablished(peer.key(), via, asInitiator));
    }

    /** Acts on what data-path threads noted since the last time. */
    void collect(long nowNanos, Outbox out) {
        if (closed) {
            return;
        }
        Keypair confirmed = peer.confirmed;
        if (confirmed != null) {
            peer.confirmed = null;
            Endpoint via = confirmed.confirmedVia;
            if (via != null) {
                handshakeComplete(nowNanos, via, false, out);
            }
            outgoing.flush(nowNanos, out);
        }
        for (Endpoint from = peer.takeHeardFrom(); from != null; from = peer.takeHeardFrom()) {
            out.emit(new Event.HeardFrom(peer.key(), from));
        }
        if (peer.wantsRekey) {
            peer.wantsRekey = false;
            initiate(nowNanos, out);
        }
        watch();
    }

    // The flag goes down before the wait is read, and a data-path thread looks at it after it wrote the wait: one of
    // the two always sees the other.
    private void watch() {
        Activity activity = peer.activity;
        if (!deadlines.isSet(Timer.KEEPALIVE)) {
            activity.keepaliveWatched = false;
            long owedNanos = activity.owedSinceNanos();
            if (owedNanos != Deadlines.NEVER) {
                activity.keepaliveWatched = true;
                deadlines.set(Timer.KEEPALIVE, owedNanos + KEEPALIVE_TIMEOUT_NANOS);
            }
        }
        if (!deadlines.isSet(Timer.NEW_HANDSHAKE)) {
            activity.answerWatched = false;
            long unansweredNanos = activity.unansweredSinceNanos();
            if (unansweredNanos != Deadlines.NEVER) {
                activity.answerWatched = true;
                deadlines.set(Timer.NEW_HANDSHAKE, unansweredNanos + NEW_HANDSHAKE_NANOS + local.jitterNanos());
            }
        }
    }

    /** Does what is due. */
    void handleTimeout(long nowNanos, Outbox out) {
        if (deadlines.expire(Timer.EXPIRE_SESSION, nowNanos)) {
            expireSessions(nowNanos, out);
        }
        if (deadlines.expire(Timer.ZERO_KEYS, nowNanos)) {
            zeroKeys(out);
        }
        if (deadlines.expire(Timer.RETRANSMIT, nowNanos)) {
            retry(nowNanos, out);
        }
        if (deadlines.expire(Timer.COPIES, nowNanos)) {
            initiator.sendCopies(nowNanos, out);
            armCopies();
        }
        if (deadlines.expire(Timer.NEW_HANDSHAKE, nowNanos)) {
            askWhenUnanswered(nowNanos, out);
        }
        if (deadlines.expire(Timer.KEEPALIVE, nowNanos)) {
            sendOwedKeepalive(nowNanos, out);
        }
        if (deadlines.expire(Timer.PERSISTENT_KEEPALIVE, nowNanos)) {
            sendPersistentKeepalive(nowNanos, out);
        }
        collect(nowNanos, out);
    }

    private void retry(long nowNanos, Outbox out) {
        if (nowNanos - attemptSinceNanos < REKEY_ATTEMPT_TIME_NANOS) {
            tryInitiation(nowNanos, out);
            return;
        }
        initiator.abandon();
        deadlines.cancel(Timer.COPIES);
        deadlines.cancel(Timer.KEEPALIVE);
        peer.activity.settle();
        outgoing.drop(out);
        deadlines.setIfUnset(Timer.ZERO_KEYS, nowNanos + ZERO_KEYS_NANOS);
        out.emit(new Event.HandshakeGaveUp(peer.key()));
    }

    private void askWhenUnanswered(long nowNanos, Outbox out) {
        long unansweredNanos = peer.activity.unansweredSinceNanos();
        if (unansweredNanos != Deadlines.NEVER && nowNanos - unansweredNanos >= NEW_HANDSHAKE_NANOS) {
            peer.activity.heard();
            initiate(nowNanos, out);
        }
    }

    private void sendOwedKeepalive(long nowNanos, Outbox out) {
        long owedNanos = peer.activity.owedSinceNanos();
        if (owedNanos != Deadlines.NEVER && nowNanos - owedNanos >= KEEPALIVE_TIMEOUT_NANOS) {
            boolean another = peer.activity.owesAnother();
            peer.activity.settle();
            sendKeepalive(nowNanos, out);
            if (another) {
                peer.activity.oweFrom(nowNanos);
            }
        }
    }

    private void sendPersistentKeepalive(long nowNanos, Outbox out) {
        long passedNanos = peer.activity.lastTraversalNanos();
        if (passedNanos != Deadlines.NEVER && nowNanos - passedNanos < persistentKeepaliveNanos) {
            deadlines.set(Timer.PERSISTENT_KEEPALIVE, passedNanos + persistentKeepaliveNanos);
        } else {
            sendKeepalive(nowNanos, out);
            deadlines.set(Timer.PERSISTENT_KEEPALIVE, nowNanos + persistentKeepaliveNanos);
        }
    }

    private void sendKeepalive(long nowNanos, Outbox out) {
        if (!outgoing.flushOrKeepalive(nowNanos, out)) {
            initiate(nowNanos, out);
        }
    }

    private void expireSessions(long nowNanos, Outbox out) {
        peer.keypairs.expire(nowNanos);
        armExpiry();
        if (peer.keypairs.isEmpty()) {
            out.emit(new Event.SessionExpired(peer.key()));
        }
    }

    private void zeroKeys(Outbox out) {
        if (!peer.keypairs.isEmpty()) {
            peer.keypairs.discardAll();
            out.emit(new Event.SessionExpired(peer.key()));
        }
        initiator.abandon();
        deadlines.cancel(Timer.EXPIRE_SESSION);
        deadlines.cancel(Timer.COPIES);
    }

    /** The greatest timestamp that the peer may have seen of us. */
    Tai64n lastTimestamp() {
        return initiator.lastTimestamp();
    }

    /** Wipes everything; this machine does nothing any more. */
    void close() {
        closed = true;
        deadlines.cancelAll();
        initiator.abandon();
        peer.keypairs.discardAll();
        outgoing.clear();
        Arrays.fill(presharedKey, (byte) 0);
        if (staticStatic != null) {
            Arrays.fill(staticStatic, (byte) 0);
        }
    }
}
