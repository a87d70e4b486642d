package io.meshd.netio;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Where things stand in IPv4, IPv6, TCP and UDP headers (RFC 791, 8200, 9293, 768), and access in network order. */
final class IpHeaders {
    static final int PROTOCOL_TCP = 6;
    static final int PROTOCOL_UDP = 17;

    static final int V4_MIN_HEADER = 20;
    static final int V4_TOS = 1;
    static final int V4_TOTAL_LENGTH = 2;
    static final int V4_ID = 4;
    static final int V4_FRAGMENT = 6;
    static final int V4_DONT_FRAGMENT = 0x4000;
    static final int V4_TTL = 8;
    static final int V4_PROTOCOL = 9;
    static final int V4_CHECKSUM = 10;
    static final int V4_SOURCE = 12;

    static final int V6_HEADER = 40;
    static final int V6_PAYLOAD_LENGTH = 4;
    static final int V6_NEXT_HEADER = 6;
    static final int V6_HOP_LIMIT = 7;
    static final int V6_SOURCE = 8;

    static final int TCP_MIN_HEADER = 20;
    static final int TCP_SEQUENCE = 4;
    static final int TCP_ACKNOWLEDGEMENT = 8;
    static final int TCP_DATA_OFFSET = 12;
    static final int TCP_FLAGS = 13;
    static final int TCP_WINDOW = 14;
    static final int TCP_CHECKSUM = 16;
    static final int TCP_URGENT = 18;
    static final int TCP_FIN = 0x01;
    static final int TCP_PSH = 0x08;
    static final int TCP_ACK = 0x10;
    static final int TCP_ECE = 0x40;
    static final int TCP_CWR = 0x80;

    static final int UDP_HEADER = 8;
    static final int UDP_LENGTH = 4;
    static final int UDP_CHECKSUM = 6;

    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private IpHeaders() {}

    static int u8(byte[] content, int offset) {
        return content[offset] & 0xff;
    }

    static int u16(byte[] content, int offset) {
        return (short) SHORT.get(content, offset) & 0xffff;
    }

    static int i32(byte[] content, int offset) {
        return (int) INT.get(content, offset);
    }

    static long i64(byte[] content, int offset) {
        return (long) LONG.get(content, offset);
    }

    static void u16(byte[] content, int offset, int value) {
        SHORT.set(content, offset, (short) value);
    }

    static void i32(byte[] content, int offset, int value) {
        INT.set(content, offset, value);
    }

    /** The sum of the pseudo header, for the packet that begins at {@code packet} (RFC 9293 section 3.1, RFC 8200 8.1). */
    static long pseudoHeader(byte[] content, int packet, boolean isV6, int protocol, int transportLength) {
        long addresses = isV6
                ? InternetChecksum.sum(content, packet + V6_SOURCE, 32)
                : InternetChecksum.sum(content, packet + V4_SOURCE, 8);
        return addresses + InternetChecksum.word(protocol) + InternetChecksum.word(transportLength);
    }
}
