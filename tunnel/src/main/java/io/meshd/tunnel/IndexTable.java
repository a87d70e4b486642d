package io.meshd.tunnel;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Who is meant by a receiver index: lock-free to read for every packet, without boxing or chains.
 *
 * <p>Indices are random and this side picks them, so each gets a slot of its own: an index whose low bits name a taken
 * slot is not handed out. Writers hold the lock; readers of any thread need none.
 */
final class IndexTable {
    /** The STUN magic cookie as a little-endian number: a message to this index would look like STUN. */
    static final int NEVER_HANDED_OUT = 0x42A41221;

    private static final int SLOTS_MIN = 256;
    // Four sessions and one handshake for each of 65,536 peers, at a quarter full.
    private static final int SLOTS_MAX = 1 << 21;
    private static final int SLOTS_PER_ENTRY = 4;
    // An honest peer under load answers each copy of an initiation: five waves, to every endpoint.
    private static final int COOKIES_MAX = 5 * (Peer.ENDPOINTS_MAX + 1);

    private final RandomGenerator random;
    private volatile AtomicReferenceArray<@Nullable Entry> slots = new AtomicReferenceArray<>(SLOTS_MIN);
    private int size;

    /** An index in use: for a handshake in flight, then for the session that came of it. */
    static final class Entry {
        final int index;
        final Peer peer;
        volatile @Nullable Keypair keypair;

        // Whoever sees a handshake go by knows its index, and no MAC stands before a cookie reply.
        private final AtomicInteger cookies = new AtomicInteger(COOKIES_MAX);

        Entry(int index, Peer peer) {
            this.index = index;
            this.peer = peer;
        }

        /** Whether one more cookie reply to this index may cost the node thread a decryption. Any thread. */
        boolean mayTakeCookie() {
            return cookies.get() > 0 && cookies.decrementAndGet() >= 0;
        }
    }

    IndexTable(RandomGenerator random) {
        this.random = random;
    }

    /** Whom this index names, or null. */
    @Nullable
    Entry find(int index) {
        AtomicReferenceArray<@Nullable Entry> table = slots;
        Entry entry = table.get(index & (table.length() - 1));
        return entry != null && entry.index == index ? entry : null;
    }

    /** Picks an unused random index. */
    synchronized Entry reserve(Peer peer) {
        if (size >= slots.length() / SLOTS_PER_ENTRY) {
            grow();
        }
        while (true) {
            int index = random.nextInt();
            int slot = index & (slots.length() - 1);
            if (index != NEVER_HANDED_OUT && slots.get(slot) == null) {
                Entry entry = new Entry(index, peer);
                slots.set(slot, entry);
                size++;
                return entry;
            }
        }
    }

    /** Frees an index; freeing one twice does nothing. */
    synchronized void release(int index) {
        if (find(index) != null) {
            slots.set(index & (slots.length() - 1), null);
            size--;
        }
    }

    synchronized int size() {
        return size;
    }

    // Two entries never meet in the larger table, since its slots refine the smaller one's.
    private void grow() {
        AtomicReferenceArray<@Nullable Entry> old = slots;
        if (old.length() >= SLOTS_MAX) {
            throw new IllegalStateException("more sessions than the peer limit allows");
        }
        AtomicReferenceArray<@Nullable Entry> larger = new AtomicReferenceArray<>(old.length() * 2);
        for (int i = 0; i < old.length(); i++) {
            Entry entry = old.get(i);
            if (entry != null) {
                larger.set(entry.index & (larger.length() - 1), entry);
            }
        }
        slots = larger;
    }
}
