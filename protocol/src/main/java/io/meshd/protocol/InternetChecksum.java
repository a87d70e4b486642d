package io.meshd.protocol;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The Internet checksum (RFC 1071), eight bytes at a time, and its incremental form (RFC 1624).
 *
 * <p>Sums are partial and unfolded, so that they can be added up over several ranges; all but the last range must have
 * an even number of bytes.
 */
public final class InternetChecksum {
    private static final VarHandle BIG_LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle BIG_SHORT = MethodHandles.byteArrayViewVarHandle(short[].class,
            ByteOrder.BIG_ENDIAN);
    private static final long LOW_HALF = 0xffff_ffffL;
    private static final int WORD_MASK = 0xffff;

    private InternetChecksum() {}

    /**
     * {@code sum} and the 16-bit words of a range; an odd last byte counts as the high half of a word.
     *
     * <p>Adds 32-bit halves of 64-bit words: no carry is lost before 2^31 of them, far more than a packet has.
     */
    public static long add(long sum, byte[] buffer, int offset, int length) {
        int at = offset;
        int end = offset + length;
        for (; end - at >= Long.BYTES; at += Long.BYTES) {
            long words = (long) BIG_LONG.get(buffer, at);
            sum += (words >>> Integer.SIZE) + (words & LOW_HALF);
        }
        for (; end - at >= Short.BYTES; at += Short.BYTES) {
            sum += wordAt(buffer, at);
        }
        return at < end ? sum + ((buffer[at] & 0xffL) << Byte.SIZE) : sum;
    }

    /** The 16-bit one's complement sum that the partial sum stands for: what a checksum is the complement of. */
    public static int fold(long sum) {
        long folded = (sum >>> Integer.SIZE) + (sum & LOW_HALF);
        while (folded >>> Short.SIZE != 0) {
            folded = (folded >>> Short.SIZE) + (folded & WORD_MASK);
        }
        return (int) folded;
    }

    /** The checksum for a partial sum: 0 to 65,535. */
    public static int of(long sum) {
        return ~fold(sum) & WORD_MASK;
    }

    /** The checksum of a range. */
    public static int of(byte[] buffer, int offset, int length) {
        return of(add(0, buffer, offset, length));
    }

    /**
     * The partial sum of the pseudo-header (RFC 9293 section 3.1, RFC 8200 section 8.1) of an IP packet.
     *
     * @param transportBytes length of the transport's header and payload
     */
    public static long pseudoHeader(byte[] packet, int offset, int protocol, int transportBytes) {
        int addressesAt = offset + (IpPacket.isV6(packet, offset)
                ? IpPacket.V6_SOURCE_AT
                : IpPacket.V4_SOURCE_AT);
        int addressBytes = IpPacket.isV6(packet, offset) ? 2 * Wire.V6_BYTES : 2 * Wire.V4_BYTES;
        return add(protocol + (long) transportBytes, packet, addressesAt, addressBytes);
    }

    /** Mends the checksum stored at {@code checksumAt} after one word that it covers changed (RFC 1624 equation 3). */
    public static void update(byte[] buffer, int checksumAt, int oldWord, int newWord) {
        long sum = (~wordAt(buffer, checksumAt) & WORD_MASK) + (~oldWord & WORD_MASK) + (long) (newWord & WORD_MASK);
        setWordAt(buffer, checksumAt, of(sum));
    }

    static int wordAt(byte[] buffer, int at) {
        return (short) BIG_SHORT.get(buffer, at) & WORD_MASK;
    }

    static void setWordAt(byte[] buffer, int at, int value) {
        BIG_SHORT.set(buffer, at, (short) value);
    }
}
