package io.meshd.netio;

import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * The JDK's form of recently seen source addresses, so that a steady peer costs no allocation and keeps one identical
 * object.
 *
 * <p>Bounded: sets of two entries; a third address in a set takes the place of the one not used last. Spoofed sources can
 * only push others out, which then are made again.
 */
final class SourceCache {
    private static final int SETS = 512;

    private final @Nullable InetSocketAddress[] objects = new @Nullable InetSocketAddress[2 * SETS];
    private final long[] highs = new long[2 * SETS];
    private final long[] lows = new long[2 * SETS];
    /** Port, and scope above it. */
    private final long[] ends = new long[2 * SETS];
    private final boolean isV6;

    SourceCache(boolean isV6) {
        this.isV6 = isV6;
    }

    InetSocketAddress get(long high, long low, int port, int scope) {
        long end = (long) scope << 16 | port;
        int first = 2 * (int) (hash(high, low, end) & SETS - 1);
        InetSocketAddress found = at(first, high, low, end);
        if (found != null) {
            return found;
        }
        found = at(first + 1, high, low, end);
        if (found == null) {
            found = SocketAddresses.socketAddress(isV6, high, low, port, scope);
        }
        // The one used last stands first.
        objects[first + 1] = objects[first];
        highs[first + 1] = highs[first];
        lows[first + 1] = lows[first];
        ends[first + 1] = ends[first];
        objects[first] = found;
        highs[first] = high;
        lows[first] = low;
        ends[first] = end;
        return found;
    }

    private @Nullable InetSocketAddress at(int slot, long high, long low, long end) {
        return lows[slot] == low && highs[slot] == high && ends[slot] == end ? objects[slot] : null;
    }

    private static long hash(long high, long low, long end) {
        long mixed = (high * 31 + low) * 31 + end;
        mixed *= 0x9e37_79b9_7f4a_7c15L;
        return mixed >>> 48;
    }
}
