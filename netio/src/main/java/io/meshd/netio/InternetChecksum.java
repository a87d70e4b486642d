package io.meshd.netio;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The checksum of IP, TCP and UDP (RFC 1071), eight bytes at a time.
 *
 * <p>Sums are kept little-endian whatever the machine, since the order of bytes does not matter to a one's complement
 * sum (RFC 1071 section 2 B). An unfolded sum fits a long for any packet.
 */
final class InternetChecksum {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final long LOW = 0xffff_ffffL;

    private InternetChecksum() {}

    /** The unfolded sum over a range whose first byte has an even position in what is summed. */
    static long sum(byte[] content, int offset, int length) {
        int at = offset;
        int end = offset + length;
        long low = 0;
        long high = 0;
        for (; at <= end - 32; at += 32) {
            long a = (long) LONG.get(content, at);
            long b = (long) LONG.get(content, at + 8);
            long c = (long) LONG.get(content, at + 16);
            long d = (long) LONG.get(content, at + 24);
            low += (a & LOW) + (b & LOW) + (c & LOW) + (d & LOW);
            high += (a >>> 32) + (b >>> 32) + (c >>> 32) + (d >>> 32);
        }
        for (; at <= end - 4; at += 4) {
            low += (int) INT.get(content, at) & LOW;
        }
        if (at <= end - 2) {
            low += (short) SHORT.get(content, at) & 0xffff;
            at += 2;
        }
        if (at < end) {
            low += content[at] & 0xff;
        }
        return low + high;
    }

    /** What a 16-bit number in network order adds to a sum. */
    static long word(int value) {
        return Short.reverseBytes((short) value) & 0xffff;
    }

    /** The sum in 16 bits. */
    static int fold(long sum) {
        long folded = (sum & LOW) + (sum >>> 32);
        folded = (folded & 0xffff) + (folded >>> 16);
        folded = (folded & 0xffff) + (folded >>> 16);
        folded = (folded & 0xffff) + (folded >>> 16);
        return (int) folded;
    }

    /** Stores the complement of a sum, as a finished checksum field. */
    static void store(byte[] content, int offset, long sum) {
        SHORT.set(content, offset, (short) ~fold(sum));
    }

    /** Stores the complement of a sum in a UDP header, where zero would mean "none" (RFC 768). */
    static void storeUdp(byte[] content, int offset, long sum) {
        int complement = ~fold(sum) & 0xffff;
        SHORT.set(content, offset, (short) (complement == 0 ? 0xffff : complement));
    }

    /** Stores the sum itself, as an offload wants it: the device adds the rest and complements. */
    static void storePartial(byte[] content, int offset, long sum) {
        SHORT.set(content, offset, (short) fold(sum));
    }

    /** Whether a sum that includes the checksum field says that the content is whole. */
    static boolean isValid(long sum) {
        return fold(sum) == 0xffff;
    }
}
