package io.meshd.tunnel;

import io.meshd.protocol.FrameCodec;

/** What must be known of an inner packet before it may pass: its family, its true length, its ECN bits. */
public final class InnerPacket {
    /** No IP packet, or one that claims to be longer than what came. */
    public static final int MALFORMED = -1;

    static final int V4_HEADER_BYTES = 20;
    static final int V6_HEADER_BYTES = 40;
    private static final int V4_TOTAL_LENGTH_OFFSET = 2;
    private static final int V6_PAYLOAD_LENGTH_OFFSET = 4;
    private static final int ECN_MASK = 3;

    private InnerPacket() {}

    /** The IP version that the first nibble says: 4, 6, or anything else, which is how meshd frames begin. */
    public static int version(byte[] buffer, int offset) {
        return (buffer[offset] & 0xf0) >>> 4;
    }

    /**
     * Whether this is a packet of a host, after which silence means something: not a keepalive, and no frames, which the
     * node answers by itself where an answer is due.
     */
    static boolean isData(byte[] buffer, int offset, int length) {
        return length > 0 && !FrameCodec.isFrames(buffer[offset]);
    }

    /**
     * The true length of the IP packet in {@code length} bytes from {@code offset} on, without the padding that the
     * sender added, or {@link #MALFORMED}.
     */
    public static int trimmedLength(byte[] buffer, int offset, int length) {
        if (length < V4_HEADER_BYTES) {
            return MALFORMED;
        }
        int claimed = switch (version(buffer, offset)) {
            case 4 -> unsignedShort(buffer, offset + V4_TOTAL_LENGTH_OFFSET);
            case 6 -> V6_HEADER_BYTES + unsignedShort(buffer, offset + V6_PAYLOAD_LENGTH_OFFSET);
            default -> 0;
        };
        int least = version(buffer, offset) == 6 ? V6_HEADER_BYTES : V4_HEADER_BYTES;
        return claimed < least || claimed > length ? MALFORMED : claimed;
    }

    private static int unsignedShort(byte[] buffer, int offset) {
        return ((buffer[offset] & 0xff) << Byte.SIZE) | (buffer[offset + 1] & 0xff);
    }

    /** The ECN bits, which are all that the outer header inherits (RFC 6040); 0 for what is no IP packet. */
    static int ecn(byte[] packet) {
        if (packet.length < V4_HEADER_BYTES) {
            return 0;
        }
        return switch (version(packet, 0)) {
            case 4 -> packet[1] & ECN_MASK;
            case 6 -> (packet[1] >>> 4) & ECN_MASK;
            default -> 0;
        };
    }
}
