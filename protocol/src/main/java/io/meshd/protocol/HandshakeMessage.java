package io.meshd.protocol;

import io.meshd.identity.Bytes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The three WireGuard messages that set up a session (WireGuard paper, sections 5.4.2, 5.4.3 and 5.4.7).
 *
 * <p>Each begins with its type as a little-endian 32-bit number, which makes the three reserved bytes zero. A message
 * with any other length than its own is no message. Nothing in here is secret and nothing is authenticated yet.
 */
public sealed interface HandshakeMessage {
    /** Length of {@code mac1} and of {@code mac2} in bytes. */
    int MAC_BYTES = 16;
    /** Length of an X25519 public key in bytes. */
    int KEY_BYTES = 32;

    /** The datagram: exactly what {@link #parse} reads. */
    byte[] encode();

    /** The message in a datagram, or null when its type, its reserved bytes or its length are not those of one. */
    static @Nullable HandshakeMessage parse(byte[] datagram) {
        if (datagram.length < Integer.BYTES) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(datagram).order(ByteOrder.LITTLE_ENDIAN);
        return switch (in.getInt()) {
            case Initiation.TYPE -> datagram.length == Initiation.BYTES ? Initiation.read(in) : null;
            case Response.TYPE -> datagram.length == Response.BYTES ? Response.read(in) : null;
            case CookieReply.TYPE -> datagram.length == CookieReply.BYTES ? CookieReply.read(in) : null;
            default -> null;
        };
    }

    private static Bytes take(ByteBuffer in, int length) {
        byte[] taken = new byte[length];
        in.get(taken);
        return Bytes.copyOf(taken);
    }

    private static ByteBuffer begin(int type, int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(type);
    }

    private static void requireLength(Bytes field, int length, String name) {
        if (field.length() != length) {
            throw new IllegalArgumentException(name + " has " + length + " bytes, not " + field.length());
        }
    }

    /**
     * The first message, from the initiator.
     *
     * @param sender             the index by which the initiator wants to be addressed
     * @param ephemeral          its ephemeral public key
     * @param encryptedStatic    its static public key, sealed: 48 bytes
     * @param encryptedTimestamp its TAI64N timestamp, sealed: 28 bytes
     * @param mac1               proof that it knows the responder's public key
     * @param mac2               proof of a cookie, or zeros
     */
    record Initiation(int sender, Bytes ephemeral, Bytes encryptedStatic, Bytes encryptedTimestamp, Bytes mac1,
            Bytes mac2) implements HandshakeMessage {
        /** The message type. */
        public static final int TYPE = 1;
        /** Length of the datagram. */
        public static final int BYTES = 148;
        /** Where {@code mac1} begins: it covers all bytes before. */
        public static final int MAC1_OFFSET = BYTES - 2 * MAC_BYTES;
        /** Where {@code mac2} begins: it covers all bytes before. */
        public static final int MAC2_OFFSET = BYTES - MAC_BYTES;
        /** Length of {@link #encryptedStatic}. */
        public static final int STATIC_BYTES = 48;
        /** Length of {@link #encryptedTimestamp}. */
        public static final int TIMESTAMP_BYTES = 28;

        public Initiation {
            requireLength(ephemeral, KEY_BYTES, "an ephemeral key");
            requireLength(encryptedStatic, STATIC_BYTES, "a sealed static key");
            requireLength(encryptedTimestamp, TIMESTAMP_BYTES, "a sealed timestamp");
            requireLength(mac1, MAC_BYTES, "mac1");
            requireLength(mac2, MAC_BYTES, "mac2");
        }

        private static Initiation read(ByteBuffer in) {
            return new Initiation(in.getInt(), take(in, KEY_BYTES), take(in, STATIC_BYTES), take(in, TIMESTAMP_BYTES),
                    take(in, MAC_BYTES), take(in, MAC_BYTES));
        }

        @Override
        public byte[] encode() {
            return begin(TYPE, BYTES).putInt(sender).put(ephemeral.toArray()).put(encryptedStatic.toArray())
                    .put(encryptedTimestamp.toArray()).put(mac1.toArray()).put(mac2.toArray()).array();
        }
    }

    /**
     * The second message, from the responder.
     *
     * @param sender         the index by which the responder wants to be addressed
     * @param receiver       the initiator's index
     * @param ephemeral      the responder's ephemeral public key
     * @param encryptedEmpty nothing, sealed: 16 bytes
     * @param mac1           proof that it knows the initiator's public key
     * @param mac2           proof of a cookie, or zeros
     */
    record Response(int sender, int receiver, Bytes ephemeral, Bytes encryptedEmpty, Bytes mac1,
            Bytes mac2) implements HandshakeMessage {
        /** The message type. */
        public static final int TYPE = 2;
        /** Length of the datagram. */
        public static final int BYTES = 92;
        /** Where {@code mac1} begins: it covers all bytes before. */
        public static final int MAC1_OFFSET = BYTES - 2 * MAC_BYTES;
        /** Where {@code mac2} begins: it covers all bytes before. */
        public static final int MAC2_OFFSET = BYTES - MAC_BYTES;
        /** Length of {@link #encryptedEmpty}. */
        public static final int EMPTY_BYTES = 16;

        public Response {
            requireLength(ephemeral, KEY_BYTES, "an ephemeral key");
            requireLength(encryptedEmpty, EMPTY_BYTES, "a sealed empty payload");
            requireLength(mac1, MAC_BYTES, "mac1");
            requireLength(mac2, MAC_BYTES, "mac2");
        }

        private static Response read(ByteBuffer in) {
            return new Response(in.getInt(), in.getInt(), take(in, KEY_BYTES), take(in, EMPTY_BYTES),
                    take(in, MAC_BYTES), take(in, MAC_BYTES));
        }

        @Override
        public byte[] encode() {
            return begin(TYPE, BYTES).putInt(sender).putInt(receiver).put(ephemeral.toArray())
                    .put(encryptedEmpty.toArray()).put(mac1.toArray()).put(mac2.toArray()).array();
        }
    }

    /**
     * What a responder under load answers instead: come again with this cookie.
     *
     * @param receiver        the index of whoever sent the message that this answers
     * @param nonce           24 random bytes
     * @param encryptedCookie the cookie, sealed: 32 bytes
     */
    record CookieReply(int receiver, Bytes nonce, Bytes encryptedCookie) implements HandshakeMessage {
        /** The message type. */
        public static final int TYPE = 3;
        /** Length of the datagram. */
        public static final int BYTES = 64;
        /** Length of {@link #nonce}. */
        public static final int NONCE_BYTES = 24;
        /** Length of {@link #encryptedCookie}. */
        public static final int COOKIE_BYTES = 32;

        public CookieReply {
            requireLength(nonce, NONCE_BYTES, "a cookie nonce");
            requireLength(encryptedCookie, COOKIE_BYTES, "a sealed cookie");
        }

        private static CookieReply read(ByteBuffer in) {
            return new CookieReply(in.getInt(), take(in, NONCE_BYTES), take(in, COOKIE_BYTES));
        }

        @Override
        public byte[] encode() {
            return begin(TYPE, BYTES).putInt(receiver).put(nonce.toArray()).put(encryptedCookie.toArray()).array();
        }
    }
}
