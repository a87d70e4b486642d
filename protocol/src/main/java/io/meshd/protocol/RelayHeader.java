package io.meshd.protocol;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The first bytes of a {@link Frame.RelayedMessage}, for those who move such frames without making an object of each: frame
 * header and channel word, then the message itself.
 *
 * <p>The channel word's top bit is set on the way from the relay. Two peers may relay for each other, each with numbers of
 * its own, and the bit tells whose number it is.
 */
public final class RelayHeader {
    /** Bytes before the message. */
    public static final int BYTES = FrameCodec.HEADER_BYTES + Integer.BYTES;
    /** Greatest number of a channel; the least is 1. */
    public static final int CHANNEL_MAX = 0x7fff_ffff;

    private static final VarHandle LITTLE_INT = MethodHandles.byteArrayViewVarHandle(int[].class,
            ByteOrder.LITTLE_ENDIAN);
    private static final int FROM_RELAY = 0x8000_0000;
    private static final int LENGTH_AT = 2;
    private static final int WORD_AT = FrameCodec.HEADER_BYTES;

    private RelayHeader() {}

    /** Writes the header for a message of this length, which has its place behind it. */
    public static void write(byte[] buffer, int offset, boolean fromRelay, int channel, int messageLength) {
        int bodyLength = messageLength + Integer.BYTES;
        buffer[offset] = FrameCodec.MARKER;
        buffer[offset + 1] = FrameCodec.RELAY_DATA;
        buffer[offset + LENGTH_AT] = (byte) bodyLength;
        buffer[offset + LENGTH_AT + 1] = (byte) (bodyLength >>> Byte.SIZE);
        LITTLE_INT.set(buffer, offset + WORD_AT, word(fromRelay, channel));
    }

    /**
     * The length of the message in an inner packet that begins with a relay data frame, or -1 when it does not. What
     * follows the frame is padding.
     */
    public static int messageLength(byte[] buffer, int offset, int length) {
        if (length < BYTES || buffer[offset] != FrameCodec.MARKER || buffer[offset + 1] != FrameCodec.RELAY_DATA) {
            return -1;
        }
        int bodyLength = (buffer[offset + LENGTH_AT] & 0xff) | (buffer[offset + LENGTH_AT + 1] & 0xff) << Byte.SIZE;
        int messageLength = bodyLength - Integer.BYTES;
        return messageLength > length - BYTES ? -1 : messageLength;
    }

    /** The channel word of a relay data frame. */
    public static int wordAt(byte[] buffer, int offset) {
        return (int) LITTLE_INT.get(buffer, offset + WORD_AT);
    }

    /** Number and direction in one. */
    public static int word(boolean fromRelay, int channel) {
        return fromRelay ? channel | FROM_RELAY : channel;
    }

    /** The number in a channel word. */
    public static int channel(int word) {
        return word & CHANNEL_MAX;
    }

    /** Whether a channel word is on its way from the relay. */
    public static boolean isFromRelay(int word) {
        return word < 0;
    }

    static boolean isChannel(int channel) {
        return channel > 0;
    }

    /** Whether these bytes are one WireGuard message of its exact size: all that a relay carries. */
    public static boolean isMessage(byte[] buffer, int offset, int length) {
        return switch (DatagramKind.of(buffer, offset, length)) {
            case INITIATION, RESPONSE, COOKIE_REPLY, DATA -> true;
            case STUN, OTHER -> false;
        };
    }
}
