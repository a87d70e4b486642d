package io.meshd.tunnel;

import io.meshd.identity.Bytes;
import io.meshd.identity.TunnelKey;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.HandshakeMessage;
import io.meshd.protocol.HandshakeMessage.CookieReply;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * The receiver's side of {@code mac1}, {@code mac2} and cookies (WireGuard paper, sections 5.3 and 5.4.4 to 5.4.7).
 *
 * <p>Everything here is symmetric cryptography: it runs before any curve operation, so that a flood of handshakes
 * costs little. Any thread; a lock holds the secret and its age together.
 */
final class CookieChecker {
    private static final byte[] MAC1_LABEL = "mac1----".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] COOKIE_LABEL = "cookie--".getBytes(StandardCharsets.US_ASCII);
    private static final int SECRET_BYTES = 32;
    private static final long SECRET_MAX_AGE_NANOS = TimeUnit.SECONDS.toNanos(120);

    private final RandomGenerator random;
    private final byte[] mac1Key;
    private final byte[] cookieKey;
    private final byte[] secret = new byte[SECRET_BYTES];
    private boolean hasSecret;
    private long secretCreatedNanos;

    CookieChecker(TunnelKey own, RandomGenerator random) {
        this.random = random;
        this.mac1Key = mac1Key(own.bytes());
        this.cookieKey = cookieKey(own.bytes());
    }

    /** The key of {@code mac1} in messages to this receiver. */
    static byte[] mac1Key(byte[] receiver) {
        return Blake2s.hash(MAC1_LABEL, receiver);
    }

    /** The key under which this receiver seals its cookies. */
    static byte[] cookieKey(byte[] receiver) {
        return Blake2s.hash(COOKIE_LABEL, receiver);
    }

    /** Whether the sender of this message, which ends with both MACs, knows our public key. */
    boolean hasValidMac1(byte[] buffer, int offset, int length) {
        int covered = length - 2 * HandshakeMessage.MAC_BYTES;
        return isEqual(Blake2s.mac(mac1Key, buffer, offset, covered), buffer, offset + covered);
    }

    /** Whether the sender of this message got this {@link #cookie}. */
    static boolean hasValidMac2(byte[] cookie, byte[] buffer, int offset, int length) {
        int covered = length - HandshakeMessage.MAC_BYTES;
        return isEqual(Blake2s.mac(cookie, buffer, offset, covered), buffer, offset + covered);
    }

    private static boolean isEqual(byte[] mac, byte[] buffer, int offset) {
        return MessageDigest.isEqual(mac, Arrays.copyOfRange(buffer, offset, offset + mac.length));
    }

    /** The answer to a message with a valid {@code mac1}: the {@link #cookie} for where it seems to come from. */
    CookieReply reply(byte[] cookie, byte[] buffer, int offset, int length, int sender) {
        byte[] nonce = new byte[CookieReply.NONCE_BYTES];
        random.nextBytes(nonce);
        int mac1Offset = offset + length - 2 * HandshakeMessage.MAC_BYTES;
        byte[] mac1 = Arrays.copyOfRange(buffer, mac1Offset, mac1Offset + HandshakeMessage.MAC_BYTES);
        byte[] sealed = HandshakeCipher.sealExtended(cookieKey, nonce, mac1, cookie);
        return new CookieReply(sender, Bytes.copyOf(nonce), Bytes.copyOf(sealed));
    }

    /** What a sender gets where a message seems to come from, and nowhere else. */
    synchronized byte[] cookie(long nowNanos, Endpoint from) {
        if (!hasSecret || nowNanos - secretCreatedNanos >= SECRET_MAX_AGE_NANOS) {
            random.nextBytes(secret);
            secretCreatedNanos = nowNanos;
            hasSecret = true;
        }
        byte[] source = CookieSource.bytes(from);
        return Blake2s.mac(secret, source, 0, source.length);
    }

    synchronized void wipe() {
        Arrays.fill(secret, (byte) 0);
        hasSecret = false;
    }
}
