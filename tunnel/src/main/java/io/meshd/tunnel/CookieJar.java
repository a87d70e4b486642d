package io.meshd.tunnel;

import io.meshd.identity.TunnelKey;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.HandshakeMessage;
import io.meshd.protocol.HandshakeMessage.CookieReply;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The sender's side of {@code mac1}, {@code mac2} and cookies, for one peer. Node thread.
 *
 * <p>A cookie is bound to the address that the peer sees us come from, which differs between paths; so there is one for
 * each endpoint that messages go to. A stock peer has one endpoint that moves, and so one cookie.
 */
final class CookieJar {
    // The receiver forgets its secret after 120 s; 5 s are for the way (COOKIE_SECRET_LATENCY).
    private static final long COOKIE_MAX_AGE_NANOS = TimeUnit.SECONDS.toNanos(120 - 5);

    // The endpoints of one peer at a time, and as many that it had before.
    private static final int SLOTS_MAX = 2 * Peer.ENDPOINTS_MAX;

    private final byte[] mac1Key;
    private final byte[] cookieKey;
    private final boolean stock;
    private final Slot only = new Slot();
    private final Map<Endpoint, Slot> slots = new LinkedHashMap<>();

    private static final class Slot {
        private byte @Nullable [] cookie;
        private long receivedNanos;
        private byte @Nullable [] unansweredMac1;
    }

    CookieJar(TunnelKey peer, boolean stock) {
        this.mac1Key = CookieChecker.mac1Key(peer.bytes());
        this.cookieKey = CookieChecker.cookieKey(peer.bytes());
        this.stock = stock;
    }

    /** Writes both MACs at the end of a message that goes to this endpoint. */
    void stamp(long nowNanos, byte[] message, Endpoint to) {
        Slot slot = slot(to);
        int mac1Offset = message.length - 2 * HandshakeMessage.MAC_BYTES;
        int mac2Offset = message.length - HandshakeMessage.MAC_BYTES;
        byte[] mac1 = Blake2s.mac(mac1Key, message, 0, mac1Offset);
        System.arraycopy(mac1, 0, message, mac1Offset, mac1.length);
        slot.unansweredMac1 = mac1;
        byte[] mac2 = slot.cookie == null || nowNanos - slot.receivedNanos >= COOKIE_MAX_AGE_NANOS
                ? new byte[HandshakeMessage.MAC_BYTES]
                : Blake2s.mac(slot.cookie, message, 0, mac2Offset);
        System.arraycopy(mac2, 0, message, mac2Offset, mac2.length);
    }

    /** Takes the cookie that answers the last message sent to this endpoint, once; false when it does not. */
    boolean accept(long nowNanos, CookieReply reply, Endpoint from) {
        Slot slot = stock ? only : slots.get(from);
        if (slot == null || slot.unansweredMac1 == null) {
            return false;
        }
        byte[] cookie = HandshakeCipher.openExtended(cookieKey, reply.nonce().toArray(), slot.unansweredMac1,
                reply.encryptedCookie().toArray());
        if (cookie == null) {
            return false;
        }
        slot.cookie = cookie;
        slot.receivedNanos = nowNanos;
        slot.unansweredMac1 = null;
        return true;
    }

    private Slot slot(Endpoint to) {
        if (stock) {
            return only;
        }
        if (slots.size() >= SLOTS_MAX && !slots.containsKey(to)) {
            slots.remove(slots.keySet().iterator().next());
        }
        return slots.computeIfAbsent(to, _ -> new Slot());
    }
}
