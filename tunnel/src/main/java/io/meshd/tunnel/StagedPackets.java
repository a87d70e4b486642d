package io.meshd.tunnel;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** Inner packets that wait for a session, the oldest dropped first (WireGuard's staged queue). Node thread. */
final class StagedPackets {
    /** Most packets that wait for one peer, as in WireGuard. */
    static final int PACKETS_MAX = 128;

    private final ArrayDeque<byte[]> packets = new ArrayDeque<>();

    /** Appends a packet; false when that pushed the oldest one out. */
    boolean add(byte[] packet) {
        boolean fits = packets.size() < PACKETS_MAX;
        if (!fits) {
            packets.removeFirst();
        }
        packets.addLast(packet);
        return fits;
    }

    /** The oldest packet, which stays. */
    byte @Nullable [] peek() {
        return packets.peekFirst();
    }

    /** Removes the oldest packet. */
    void drop() {
        packets.pollFirst();
    }

    boolean isEmpty() {
        return packets.isEmpty();
    }

    int size() {
        return packets.size();
    }

    void clear() {
        packets.clear();
    }
}
