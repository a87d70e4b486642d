package io.meshd.protocol;

import io.meshd.identity.Bytes;
import java.util.ArrayList;
import java.util.List;

/** Cuts inner packets that are larger than the path carries into {@link Frame.Fragment}s. One for each peer. */
public final class Fragmenter {
    /** Longest message in bytes: what the length fields of IP allow. */
    public static final int MESSAGE_BYTES_MAX = Wire.U16_MAX;

    private int nextMessageId;

    /** A fragmenter whose first message has this id; random, so that a restart does not continue an old message. */
    public Fragmenter(int firstMessageId) {
        this.nextMessageId = firstMessageId;
    }

    /**
     * The pieces of a message, nearly equal in size, each of which makes an inner packet of at most
     * {@code packetBytesMax} bytes.
     *
     * @param message an IP packet or a frame sequence, without {@link Frame.Fragment}
     * @throws IllegalArgumentException when the message is empty, longer than {@link #MESSAGE_BYTES_MAX}, or would need
     *         more than {@link FrameCodec#FRAGMENTS_MAX} pieces
     */
    public List<Frame.Fragment> split(byte[] message, int packetBytesMax) {
        int pieceBytesMax = packetBytesMax - FrameCodec.FRAGMENT_OVERHEAD_BYTES;
        if (message.length == 0 || message.length > MESSAGE_BYTES_MAX) {
            throw new IllegalArgumentException("a message has 1 to 65,535 bytes, not " + message.length);
        }
        if (pieceBytesMax <= 0 || Math.ceilDiv(message.length, pieceBytesMax) > FrameCodec.FRAGMENTS_MAX) {
            throw new IllegalArgumentException(message.length + " bytes do not fit into " + FrameCodec.FRAGMENTS_MAX
                    + " packets of " + packetBytesMax);
        }
        int count = Math.ceilDiv(message.length, pieceBytesMax);
        int pieceBytes = Math.ceilDiv(message.length, count);
        List<Frame.Fragment> pieces = new ArrayList<>(count);
        for (int at = 0; at < message.length; at += pieceBytes) {
            Bytes piece = Bytes.copyOf(message, at, Math.min(pieceBytes, message.length - at));
            pieces.add(new Frame.Fragment(nextMessageId, pieces.size(), count, piece));
        }
        nextMessageId++;
        return pieces;
    }
}
