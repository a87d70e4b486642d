package io.meshd.nat;

import io.meshd.protocol.Deadlines;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which peer's paths have the earliest deadline.
 *
 * <p>A binary heap in which every peer knows its place, so that a deadline that moves costs O(log n) and leaves nothing
 * stale behind: deadlines move with every batch of packets.
 */
final class DeadlineHeap {
    /** Place of a peer that is not in the heap. */
    static final int NOWHERE = -1;

    private final List<PeerPaths> heap = new ArrayList<>();

    void add(PeerPaths peer) {
        peer.place = heap.size();
        peer.filedNanos = peer.nextDeadlineNanos();
        heap.add(peer);
        rise(peer.place);
    }

    void remove(PeerPaths peer) {
        int place = peer.place;
        PeerPaths last = heap.removeLast();
        peer.place = NOWHERE;
        if (last != peer) {
            put(last, place);
            settle(place);
        }
    }

    /** A peer's deadline may have moved. */
    void file(PeerPaths peer) {
        long nextNanos = peer.nextDeadlineNanos();
        if (peer.place != NOWHERE && nextNanos != peer.filedNanos) {
            peer.filedNanos = nextNanos;
            settle(peer.place);
        }
    }

    /** The peer with the earliest deadline. */
    @Nullable
    PeerPaths first() {
        return heap.isEmpty() ? null : heap.getFirst();
    }

    long nextDeadlineNanos() {
        return heap.isEmpty() ? Deadlines.NEVER : heap.getFirst().filedNanos;
    }

    private void settle(int place) {
        rise(place);
        sink(place);
    }

    private void rise(int from) {
        int place = from;
        while (place > 0 && isBefore(place, (place - 1) / 2)) {
            swap(place, (place - 1) / 2);
            place = (place - 1) / 2;
        }
    }

    private void sink(int from) {
        int place = from;
        while (true) {
            int least = place;
            for (int child = 2 * place + 1; child <= 2 * place + 2 && child < heap.size(); child++) {
                least = isBefore(child, least) ? child : least;
            }
            if (least == place) {
                return;
            }
            swap(place, least);
            place = least;
        }
    }

    private boolean isBefore(int a, int b) {
        long atA = heap.get(a).filedNanos;
        long atB = heap.get(b).filedNanos;
        return atA != atB && Deadlines.earlier(atA, atB) == atA;
    }

    private void swap(int a, int b) {
        PeerPaths peer = heap.get(a);
        put(heap.get(b), a);
        put(peer, b);
    }

    private void put(PeerPaths peer, int place) {
        heap.set(place, peer);
        peer.place = place;
    }
}
