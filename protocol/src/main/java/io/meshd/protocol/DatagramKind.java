package io.meshd.protocol;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * What a datagram on the one UDP port is, by its first bytes and its exact length.
 *
 * <p>The kinds exclude each other: a STUN message that begins like a WireGuard message has length field 0, so 20 bytes,
 * and no WireGuard message is that short.
 */
public enum DatagramKind {
    /** WireGuard handshake initiation. */
    INITIATION,
    /** WireGuard handshake response. */
    RESPONSE,
    /** WireGuard cookie reply. */
    COOKIE_REPLY,
    /** WireGuard transport data; a keepalive when it has {@link #DATA_BYTES_MIN} bytes. */
    DATA,
    /** STUN (RFC 8489 section 5). */
    STUN,
    /** Nothing that a node answers. */
    OTHER;

    /** Exact size of an initiation. */
    public static final int INITIATION_BYTES = 148;
    /** Exact size of a response. */
    public static final int RESPONSE_BYTES = 92;
    /** Exact size of a cookie reply. */
    public static final int COOKIE_REPLY_BYTES = 64;
    /** Least size of transport data: header and tag. */
    public static final int DATA_BYTES_MIN = 32;

    private static final VarHandle LITTLE_INT = MethodHandles.byteArrayViewVarHandle(int[].class,
            ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle BIG_INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final int STUN_HEADER_BYTES = 20;
    private static final int STUN_MAGIC_COOKIE = 0x2112_A442;
    private static final int STUN_FIXED_BITS = 0xC000_0000;
    private static final int STUN_ALIGNMENT = 4;

    /** The kind of these bytes. Allocates nothing. */
    public static DatagramKind of(byte[] buffer, int offset, int length) {
        // The shortest kind of all is a bare STUN header.
        if (length < STUN_HEADER_BYTES) {
            return OTHER;
        }
        return switch ((int) LITTLE_INT.get(buffer, offset)) {
            case 1 -> length == INITIATION_BYTES ? INITIATION : stunOrOther(buffer, offset, length);
            case 2 -> length == RESPONSE_BYTES ? RESPONSE : stunOrOther(buffer, offset, length);
            case 3 -> length == COOKIE_REPLY_BYTES ? COOKIE_REPLY : stunOrOther(buffer, offset, length);
            case 4 -> length >= DATA_BYTES_MIN ? DATA : stunOrOther(buffer, offset, length);
            default -> stunOrOther(buffer, offset, length);
        };
    }

    private static DatagramKind stunOrOther(byte[] buffer, int offset, int length) {
        int first = (int) BIG_INT.get(buffer, offset);
        int bodyBytes = first & 0xffff;
        boolean stun = (int) BIG_INT.get(buffer, offset + Integer.BYTES) == STUN_MAGIC_COOKIE
                && (first & STUN_FIXED_BITS) == 0
                && bodyBytes % STUN_ALIGNMENT == 0
                && bodyBytes + STUN_HEADER_BYTES == length;
        return stun ? STUN : OTHER;
    }
}
