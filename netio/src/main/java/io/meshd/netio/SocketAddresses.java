package io.meshd.netio;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Addresses as two longs, and as {@code struct sockaddr_in} (16 bytes) and {@code sockaddr_in6} (28 bytes).
 *
 * <p>The low long of an IPv4 address has its 32 bits, the high one is 0. Both structures begin with the family in the
 * machine's order and the port in network order; the address stands at 4 and 8.
 */
final class SocketAddresses {
    static final int V4_SIZE = 16;
    static final int V6_SIZE = 28;
    private static final int PORT = 2;
    private static final int V4_ADDRESS = 4;
    private static final int V6_ADDRESS = 8;
    private static final int V6_SCOPE = 24;
    private static final long V4_MASK = 0xffff_ffffL;

    private SocketAddresses() {}

    static long networkOrder(long value) {
        return ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? value : Long.reverseBytes(value);
    }

    static int networkOrder(int value) {
        return ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? value : Integer.reverseBytes(value);
    }

    private static short networkOrder(short value) {
        return ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? value : Short.reverseBytes(value);
    }

    /** Writes a socket address at {@code at}; returns its size. */
    static int write(ByteBuffer out, int at, boolean isV6, long high, long low, int port, int scope) {
        out.putShort(at, (short) (isV6 ? Rtnetlink.AF_INET6 : Rtnetlink.AF_INET));
        out.putShort(at + PORT, networkOrder((short) port));
        if (isV6) {
            out.putInt(at + 4, 0);
            out.putLong(at + V6_ADDRESS, networkOrder(high));
            out.putLong(at + V6_ADDRESS + 8, networkOrder(low));
            out.putInt(at + V6_SCOPE, scope);
            return V6_SIZE;
        }
        out.putInt(at + V4_ADDRESS, networkOrder((int) low));
        out.putLong(at + 8, 0);
        return V4_SIZE;
    }

    static int port(ByteBuffer in, int at) {
        return Short.toUnsignedInt(networkOrder(in.getShort(at + PORT)));
    }

    static long high(ByteBuffer in, int at, boolean isV6) {
        return isV6 ? networkOrder(in.getLong(at + V6_ADDRESS)) : 0;
    }

    static long low(ByteBuffer in, int at, boolean isV6) {
        return isV6 ? networkOrder(in.getLong(at + V6_ADDRESS + 8)) : v4(in, at + V4_ADDRESS);
    }

    static int scope(ByteBuffer in, int at, boolean isV6) {
        return isV6 ? in.getInt(at + V6_SCOPE) : 0;
    }

    /** The IPv4 address that stands at {@code at}, in the low half of a long. */
    static long v4(ByteBuffer in, int at) {
        return networkOrder(in.getInt(at)) & V4_MASK;
    }

    static long high(InetAddress address) {
        byte[] bytes = address.getAddress();
        return bytes.length == 4 ? 0 : ByteBuffer.wrap(bytes).getLong();
    }

    static long low(InetAddress address) {
        byte[] bytes = address.getAddress();
        return bytes.length == 4 ? ByteBuffer.wrap(bytes).getInt() & V4_MASK : ByteBuffer.wrap(bytes).getLong(8);
    }

    static boolean isV6(InetAddress address) {
        return address instanceof Inet6Address;
    }

    /** The JDK's form; {@code scope} 0 for none. */
    static InetAddress address(boolean isV6, long high, long low, int scope) {
        try {
            if (!isV6) {
                return InetAddress.getByAddress(ByteBuffer.allocate(4).putInt((int) low).array());
            }
            byte[] bytes = ByteBuffer.allocate(16).putLong(high).putLong(low).array();
            return Inet6Address.getByAddress(null, bytes, scope == 0 ? -1 : scope);
        } catch (UnknownHostException e) {
            throw new AssertionError("4 or 16 bytes are always an address", e);
        }
    }

    static InetSocketAddress socketAddress(boolean isV6, long high, long low, int port, int scope) {
        return new InetSocketAddress(address(isV6, high, low, scope), port);
    }
}
