package io.meshd.tunnel;

import io.meshd.identity.TunnelKey;
import io.meshd.identity.TunnelPrivateKey;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/** This node's own key and tables, which the machines of all its peers share. Node thread, but for the tables. */
final class LocalNode {
    /** The Noise protocol (WireGuard paper, section 5.4). */
    static final String CONSTRUCTION = "Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s";

    private static final byte[] IDENTIFIER = "WireGuard v1 zx2c4 Jason@zx2c4.com".getBytes(StandardCharsets.US_ASCII);

    final TunnelKey publicKey;
    final RandomGenerator random;
    final Curve25519 curve = new Curve25519();
    final IndexTable indices;
    final Attention attention = new Attention();
    final TimestampClock timestamps;
    final TransportCipher cipher = new TransportCipher();
    private final byte[] staticPrivate;

    LocalNode(TunnelPrivateKey key, RandomGenerator random, TimestampClock timestamps) {
        this.staticPrivate = key.copyOfSecret();
        this.publicKey = key.publicKey();
        this.random = random;
        this.indices = new IndexTable(random);
        this.timestamps = timestamps;
    }

    /** This node's static private key itself: not to be kept, not to be wiped by others. */
    byte[] staticPrivate() {
        return staticPrivate;
    }

    /** The state that every handshake begins with. */
    static SymmetricState handshakeState() {
        return new SymmetricState(CONSTRUCTION, IDENTIFIER);
    }

    /** A fresh ephemeral private key, for the caller to wipe. */
    byte[] ephemeralPrivate() {
        return randomBytes(Curve25519.BYTES);
    }

    byte[] randomBytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Up to a third of a second, for retries. */
    long jitterNanos() {
        return TimeUnit.MILLISECONDS.toNanos(random.nextInt(Limits.JITTER_MILLIS_MAX + 1));
    }

    void wipe() {
        Arrays.fill(staticPrivate, (byte) 0);
    }
}
