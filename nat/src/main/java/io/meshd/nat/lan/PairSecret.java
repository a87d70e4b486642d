package io.meshd.nat.lan;

import io.meshd.identity.TunnelKey;
import io.meshd.identity.TunnelPrivateKey;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.bouncycastle.crypto.digests.Blake2sDigest;
import org.jspecify.annotations.Nullable;

/**
 * What this node and one peer alone know: two keys, one for each direction, of the shared secret of their static keys. A
 * secret.
 *
 * <p>A slot is a keyed hash over the call, the answer and the address that the answer is sent from. So nobody else can
 * make or recognise one, not even who knows all public keys; none fits a second beacon or another sender; and the own
 * slots sent back mean nothing.
 */
final class PairSecret {
    private static final byte[] LABEL = "meshd lan v1".getBytes(StandardCharsets.US_ASCII);
    private static final int KEY_BYTES = 32;
    private static final int ADDRESS_BYTES = 16;
    private static final int SUBJECT_BYTES = 2 * LanNonce.BYTES + ADDRESS_BYTES;
    /** An IPv4 address is written as RFC 4291 section 2.5.5.2 has it. */
    private static final byte[] MAPPED_V4 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1};

    private final byte[] toPeer;
    private final byte[] fromPeer;

    private PairSecret(byte[] toPeer, byte[] fromPeer) {
        this.toPeer = toPeer;
        this.fromPeer = fromPeer;
    }

    /** One curve operation; null when the peer's key is no sound point. */
    static @Nullable PairSecret agree(TunnelPrivateKey own, TunnelKey peer) {
        byte[] shared = own.agree(peer);
        if (shared == null) {
            return null;
        }
        byte[] self = own.publicKey().bytes();
        byte[] other = peer.bytes();
        PairSecret secret = new PairSecret(hash(shared, LABEL, self, other), hash(shared, LABEL, other, self));
        Arrays.fill(shared, (byte) 0);
        return secret;
    }

    /** The slot for the peer in an answer that this node sends from there. */
    Slot slot(LanNonce call, LanNonce answer, InetAddress source, int port) {
        byte[] subject = subject(call, answer, source);
        ByteBuffer hash = fields(hash(toPeer, subject));
        return new Slot(hash.getLong(), port ^ Short.toUnsignedInt(hash.getShort()), check(toPeer, subject, port));
    }

    /**
     * The port that the peer names in an answer that came from there, or 0 when none of these slots is the peer's for
     * this node.
     */
    int port(LanBeacon.Answer answer, InetAddress source) {
        byte[] subject = subject(answer.call(), answer.nonce(), source);
        ByteBuffer hash = fields(hash(fromPeer, subject));
        long locator = hash.getLong();
        for (Slot slot : answer.slots()) {
            if (slot.locator() == locator) {
                int port = slot.maskedPort() ^ Short.toUnsignedInt(hash.getShort());
                return slot.check() == check(fromPeer, subject, port) ? port : 0;
            }
        }
        return 0;
    }

    private static byte[] subject(LanNonce call, LanNonce answer, InetAddress source) {
        ByteBuffer subject = ByteBuffer.allocate(SUBJECT_BYTES).order(ByteOrder.LITTLE_ENDIAN)
                .putLong(call.high()).putLong(call.low()).putLong(answer.high()).putLong(answer.low());
        byte[] address = source.getAddress();
        if (address.length < ADDRESS_BYTES) {
            subject.put(MAPPED_V4);
        }
        return subject.put(address).array();
    }

    private static long check(byte[] key, byte[] subject, int port) {
        return fields(hash(key, subject, new byte[]{(byte) port, (byte) (port >>> Byte.SIZE)})).getLong()
                & Slot.CHECK_MASK;
    }

    private static ByteBuffer fields(byte[] hash) {
        return ByteBuffer.wrap(hash).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Keyed BLAKE2s (RFC 7693) of all parts, one after the other. */
    private static byte[] hash(byte[] key, byte[]... parts) {
        Blake2sDigest digest = new Blake2sDigest(key, KEY_BYTES, null, null);
        for (byte[] part : parts) {
            digest.update(part, 0, part.length);
        }
        byte[] hash = new byte[KEY_BYTES];
        digest.doFinal(hash, 0);
        digest.clearKey();
        return hash;
    }

    /** Overwrites the keys; not to be asked afterwards. */
    void wipe() {
        Arrays.fill(toPeer, (byte) 0);
        Arrays.fill(fromPeer, (byte) 0);
    }

    @Override
    public String toString() {
        return "PairSecret";
    }
}
