package io.meshd.tunnel;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The peers that data-path threads want the node thread to look at: a stack linked through the peers themselves, so
 * that asking allocates nothing. Any thread pushes, the node thread takes all at once.
 */
final class Attention {
    private final AtomicReference<@Nullable Peer> top = new AtomicReference<>();

    /** Asks for a look at a peer; does nothing when that was asked before and not done yet. */
    void ask(Peer peer) {
        if (!peer.asksForAttention.compareAndSet(false, true)) {
            return;
        }
        Peer below;
        do {
            below = top.get();
            peer.belowInAttention = below;
        } while (!top.compareAndSet(below, peer));
    }

    boolean isAsked() {
        return top.get() != null;
    }

    /** Takes all peers: the first that asked, linked to the others; null when none did. */
    @Nullable
    Peer takeAll() {
        Peer taken = top.getAndSet(null);
        Peer first = null;
        while (taken != null) {
            Peer below = taken.belowInAttention;
            taken.belowInAttention = first;
            first = taken;
            taken = below;
        }
        return first;
    }
}
