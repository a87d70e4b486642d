package io.meshd.netio;

import java.util.Arrays;

/**
 * Remembers where UDP_SEGMENT does not work, so that not every send fails first.
 *
 * <p>EIO means a device without checksum offload: off for good. EMSGSIZE means that one segment with its headers is larger
 * than the MTU of the way to this destination, where plain sends are fragmented: off for such sizes to this destination
 * for a while, since routes change. Belongs to one {@link UdpSender}.
 */
final class SegmentationMemory {
    /** More destinations than have an odd MTU at a time; a collision only costs a failing call. */
    private static final int SLOTS = 64;
    private static final long FORGET_NANOS = 60_000_000_000L;

    private final long[] highs = new long[SLOTS];
    private final long[] lows = new long[SLOTS];
    private final int[] sizes = new int[SLOTS];
    private final long[] times = new long[SLOTS];
    private boolean off;

    SegmentationMemory(boolean enabled) {
        off = !enabled;
        Arrays.fill(sizes, Integer.MAX_VALUE);
    }

    boolean allows(UdpTarget target, int segmentSize, long nowNanos) {
        int slot = slot(target);
        boolean refused = segmentSize >= sizes[slot] && lows[slot] == target.low && highs[slot] == target.high
                && nowNanos - times[slot] < FORGET_NANOS;
        return !off && !refused;
    }

    void tooBig(UdpTarget target, int segmentSize, long nowNanos) {
        int slot = slot(target);
        highs[slot] = target.high;
        lows[slot] = target.low;
        sizes[slot] = segmentSize;
        times[slot] = nowNanos;
    }

    /** It was not the size after all. */
    void forget(UdpTarget target) {
        sizes[slot(target)] = Integer.MAX_VALUE;
    }

    void unsupported() {
        off = true;
    }

    boolean isOff() {
        return off;
    }

    private static int slot(UdpTarget target) {
        long mixed = (target.high * 31 + target.low) * 0x9e37_79b9_7f4a_7c15L;
        return (int) (mixed >>> 58);
    }
}
