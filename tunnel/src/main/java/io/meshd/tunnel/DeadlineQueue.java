package io.meshd.tunnel;

import io.meshd.protocol.Deadlines;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Peers by their next deadline: a binary heap whose members know their place, so that a deadline can move. Node thread.
 */
final class DeadlineQueue {
    private static final int CAPACITY_MIN = 16;

    private @Nullable Peer[] heap = new Peer[CAPACITY_MIN];
    private int size;

    /** Moves a peer to where its next deadline belongs, or out when it has none. */
    void update(Peer peer) {
        PeerMachine machine = peer.machine;
        long atNanos = machine.nextDeadlineNanos();
        if (atNanos == machine.queuedNanos && (machine.queueIndex >= 0 || atNanos == Deadlines.NEVER)) {
            return;
        }
        remove(peer);
        machine.queuedNanos = atNanos;
        if (atNanos != Deadlines.NEVER) {
            if (size == heap.length) {
                heap = Arrays.copyOf(heap, 2 * size);
            }
            place(peer, size++);
            siftUp(peer);
        }
    }

    /** Takes a peer out. */
    void remove(Peer peer) {
        int hole = peer.machine.queueIndex;
        if (hole < 0) {
            return;
        }
        peer.machine.queueIndex = -1;
        peer.machine.queuedNanos = Deadlines.NEVER;
        Peer last = at(--size);
        heap[size] = null;
        if (last != peer) {
            place(last, hole);
            siftUp(last);
            siftDown(last);
        }
    }

    /** The earliest deadline, or {@link Deadlines#NEVER}. */
    long nextNanos() {
        return size == 0 ? Deadlines.NEVER : at(0).machine.queuedNanos;
    }

    /** The peer with the earliest deadline when that has come, or null. */
    @Nullable
    Peer firstDue(long nowNanos) {
        return size > 0 && Deadlines.isDue(at(0).machine.queuedNanos, nowNanos) ? at(0) : null;
    }

    private Peer at(int index) {
        Peer peer = heap[index];
        if (peer == null) {
            throw new IllegalStateException("no peer at " + index + " of " + size);
        }
        return peer;
    }

    private void place(Peer peer, int index) {
        heap[index] = peer;
        peer.machine.queueIndex = index;
    }

    private void siftUp(Peer peer) {
        int index = peer.machine.queueIndex;
        while (index > 0 && isBefore(peer, at((index - 1) / 2))) {
            place(at((index - 1) / 2), index);
            index = (index - 1) / 2;
        }
        place(peer, index);
    }

    private void siftDown(Peer peer) {
        int index = peer.machine.queueIndex;
        while (true) {
            int child = 2 * index + 1;
            if (child + 1 < size && isBefore(at(child + 1), at(child))) {
                child++;
            }
            if (child >= size || !isBefore(at(child), peer)) {
                place(peer, index);
                return;
            }
            place(at(child), index);
            index = child;
        }
    }

    private static boolean isBefore(Peer a, Peer b) {
        return a.machine.queuedNanos - b.machine.queuedNanos < 0;
    }
}
