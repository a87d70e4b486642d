package io.meshd.protocol;

import io.meshd.identity.IpAddress;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Fields of an IPv4 (RFC 791) or IPv6 (RFC 8200) packet in a byte array, read and written in place.
 *
 * <p>Every method but {@link #check} expects a packet that {@code check} accepted, at {@code offset}. Nothing here
 * allocates but the methods that give an {@link IpAddress}.
 */
public final class IpPacket {
    /** Least IPv4 header in bytes. */
    public static final int V4_HEADER_BYTES_MIN = 20;
    /** The fixed IPv6 header in bytes. */
    public static final int V6_HEADER_BYTES = 40;
    /** Protocol number of TCP. */
    public static final int TCP = 6;
    /** Protocol number of UDP. */
    public static final int UDP = 17;
    /** Protocol number of ICMP. */
    public static final int ICMP = 1;
    /** Protocol number of ICMPv6. */
    public static final int ICMPV6 = 58;

    static final int V4_TOTAL_LENGTH_AT = 2;
    static final int V4_FRAGMENT_AT = 6;
    static final int V4_TTL_AT = 8;
    static final int V4_PROTOCOL_AT = 9;
    static final int V4_CHECKSUM_AT = 10;
    static final int V4_SOURCE_AT = 12;
    static final int V4_DESTINATION_AT = 16;
    static final int V4_DONT_FRAGMENT = 0x4000;
    static final int V4_FRAGMENT_OFFSET_MASK = 0x1fff;
    static final int V6_PAYLOAD_LENGTH_AT = 4;
    static final int V6_NEXT_HEADER_AT = 6;
    static final int V6_HOP_LIMIT_AT = 7;
    static final int V6_SOURCE_AT = 8;
    static final int V6_DESTINATION_AT = 24;

    private static final VarHandle BIG_LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle BIG_INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final long INT_MASK = 0xffff_ffffL;
    private static final int V4 = 4;
    private static final int V6 = 6;
    private static final int WORD_BYTES = 4;
    private static final int ECN_MASK = 3;
    private static final int ECN_BITS = 2;

    private IpPacket() {}

    /**
     * The length that the packet states, which may be less than {@code length} (tunnels pad), or -1 when these bytes
     * are no IP packet: another version, a header that does not fit, a stated length beyond the bytes.
     */
    public static int check(byte[] buffer, int offset, int length) {
        if (length < V4_HEADER_BYTES_MIN) {
            return -1;
        }
        return switch (version(buffer, offset)) {
            case V4 -> {
                int total = totalLength(buffer, offset);
                int header = headerLength(buffer, offset);
                yield header >= V4_HEADER_BYTES_MIN && total >= header && total <= length ? total : -1;
            }
            case V6 -> {
                int total = length >= V6_HEADER_BYTES ? totalLength(buffer, offset) : Integer.MAX_VALUE;
                yield total <= length ? total : -1;
            }
            default -> -1;
        };
    }

    /** The version field: the first nibble, whatever it is. */
    public static int version(byte[] buffer, int offset) {
        return (buffer[offset] & 0xff) >>> 4;
    }

    /** Whether the version is 6. */
    public static boolean isV6(byte[] buffer, int offset) {
        return version(buffer, offset) == V6;
    }

    /** The length of header and payload that the packet states, in bytes: for IPv6 up to 65,575. */
    public static int totalLength(byte[] buffer, int offset) {
        return isV6(buffer, offset)
                ? V6_HEADER_BYTES + InternetChecksum.wordAt(buffer, offset + V6_PAYLOAD_LENGTH_AT)
                : InternetChecksum.wordAt(buffer, offset + V4_TOTAL_LENGTH_AT);
    }

    /** The length of the IPv4 header with its options, or of the fixed IPv6 header, in bytes. */
    public static int headerLength(byte[] buffer, int offset) {
        return isV6(buffer, offset) ? V6_HEADER_BYTES : (buffer[offset] & 0xf) * WORD_BYTES;
    }

    /** {@link IpAddress#high()} of the source. */
    public static long sourceHigh(byte[] buffer, int offset) {
        return isV6(buffer, offset) ? (long) BIG_LONG.get(buffer, offset + V6_SOURCE_AT) : 0;
    }

    /** {@link IpAddress#low()} of the source. */
    public static long sourceLow(byte[] buffer, int offset) {
        return isV6(buffer, offset)
                ? (long) BIG_LONG.get(buffer, offset + V6_SOURCE_AT + Long.BYTES)
                : (int) BIG_INT.get(buffer, offset + V4_SOURCE_AT) & INT_MASK;
    }

    /** {@link IpAddress#high()} of the destination. */
    public static long destinationHigh(byte[] buffer, int offset) {
        return isV6(buffer, offset) ? (long) BIG_LONG.get(buffer, offset + V6_DESTINATION_AT) : 0;
    }

    /** {@link IpAddress#low()} of the destination. */
    public static long destinationLow(byte[] buffer, int offset) {
        return isV6(buffer, offset)
                ? (long) BIG_LONG.get(buffer, offset + V6_DESTINATION_AT + Long.BYTES)
                : (int) BIG_INT.get(buffer, offset + V4_DESTINATION_AT) & INT_MASK;
    }

    /** The source address. */
    public static IpAddress source(byte[] buffer, int offset) {
        return new IpAddress(isV6(buffer, offset), sourceHigh(buffer, offset), sourceLow(buffer, offset));
    }

    /** The destination address. */
    public static IpAddress destination(byte[] buffer, int offset) {
        return new IpAddress(isV6(buffer, offset), destinationHigh(buffer, offset), destinationLow(buffer, offset));
    }

    /** The IPv4 protocol, or the first next-header number of IPv6, which may be that of an extension. */
    public static int protocol(byte[] buffer, int offset) {
        return buffer[offset + (isV6(buffer, offset) ? V6_NEXT_HEADER_AT : V4_PROTOCOL_AT)] & 0xff;
    }

    /** Time to live, or hop limit. */
    public static int hopLimit(byte[] buffer, int offset) {
        return buffer[offset + (isV6(buffer, offset) ? V6_HOP_LIMIT_AT : V4_TTL_AT)] & 0xff;
    }

    /** Whether the packet may be fragmented on its way: IPv4 without the don't-fragment bit. */
    public static boolean mayBeFragmented(byte[] buffer, int offset) {
        return !isV6(buffer, offset)
                && (InternetChecksum.wordAt(buffer, offset + V4_FRAGMENT_AT) & V4_DONT_FRAGMENT) == 0;
    }

    /** The IPv4 TOS byte, or the IPv6 traffic class: DSCP and ECN together. */
    public static int trafficClass(byte[] buffer, int offset) {
        return isV6(buffer, offset)
                ? (InternetChecksum.wordAt(buffer, offset) >>> 4) & 0xff
                : buffer[offset + 1] & 0xff;
    }

    /** Sets TOS or traffic class, and mends the IPv4 header checksum. */
    public static void setTrafficClass(byte[] buffer, int offset, int trafficClass) {
        int oldWord = InternetChecksum.wordAt(buffer, offset);
        if (isV6(buffer, offset)) {
            InternetChecksum.setWordAt(buffer, offset, (oldWord & 0xf00f) | ((trafficClass & 0xff) << 4));
        } else {
            int newWord = (oldWord & 0xff00) | (trafficClass & 0xff);
            InternetChecksum.setWordAt(buffer, offset, newWord);
            InternetChecksum.update(buffer, offset + V4_CHECKSUM_AT, oldWord, newWord);
        }
    }

    /** The ECN field: 0 to 3, see {@link Ecn}. */
    public static int ecn(byte[] buffer, int offset) {
        return trafficClass(buffer, offset) & ECN_MASK;
    }

    /** Sets the ECN field, and mends the IPv4 header checksum. */
    public static void setEcn(byte[] buffer, int offset, int ecn) {
        setTrafficClass(buffer, offset, (trafficClass(buffer, offset) & ~ECN_MASK) | (ecn & ECN_MASK));
    }

    /** The DSCP field: 0 to 63. */
    public static int dscp(byte[] buffer, int offset) {
        return trafficClass(buffer, offset) >>> ECN_BITS;
    }

    /** Sets the DSCP field, and mends the IPv4 header checksum. */
    public static void setDscp(byte[] buffer, int offset, int dscp) {
        setTrafficClass(buffer, offset, (dscp << ECN_BITS) | ecn(buffer, offset));
    }
}
