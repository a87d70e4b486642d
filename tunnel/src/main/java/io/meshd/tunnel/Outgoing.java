package io.meshd.tunnel;

import io.meshd.protocol.DropReason;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Event;
import io.meshd.protocol.Outbox;
import java.util.ArrayDeque;

/**
 * The inner packets that the node thread sends to one peer: at once, or when there is a session (WireGuard's staged
 * queue). Node thread.
 */
final class Outgoing {
    /** Most packets that wait for one peer, as in WireGuard. */
    static final int STAGED_MAX = 128;

    private static final byte[] KEEPALIVE = new byte[0];

    private final LocalNode local;
    private final Peer peer;
    private final ArrayDeque<byte[]> staged = new ArrayDeque<>();

    Outgoing(LocalNode local, Peer peer) {
        this.local = local;
        this.peer = peer;
    }

    /** Lets a packet wait; the oldest one goes when there are too many. */
    void stage(byte[] inner, Outbox out) {
        if (staged.size() >= STAGED_MAX) {
            staged.removeFirst();
            out.emit(new Event.Dropped(DropReason.OVERFLOW));
        }
        staged.addLast(inner);
    }

    /** Sends all that waits; false when something still does. */
    boolean flush(long nowNanos, Outbox out) {
        while (!staged.isEmpty()) {
            if (!transmit(nowNanos, staged.getFirst(), out)) {
                return false;
            }
            staged.removeFirst();
        }
        return true;
    }

    /** Sends what waits, or an empty packet when nothing does; false when there is no way to. */
    boolean flushOrKeepalive(long nowNanos, Outbox out) {
        return staged.isEmpty() ? transmit(nowNanos, KEEPALIVE, out) : flush(nowNanos, out);
    }

    private boolean transmit(long nowNanos, byte[] inner, Outbox out) {
        Keypair current = peer.keypairs.current();
        Endpoint to = peer.endpoint();
        if (current == null || to == null) {
            return false;
        }
        int padding = DataPath.padding(inner.length, peer.mtuBytes());
        byte[] datagram = new byte[inner.length + padding + DataPath.OVERHEAD_BYTES];
        int length = current.sealer.seal(nowNanos, local.cipher, inner, 0, inner.length, padding, datagram, 0);
        if (length < 0) {
            return false;
        }
        peer.noteSent(current, nowNanos, length, InnerPacket.isData(inner, 0, inner.length));
        out.transmit(to, datagram, InnerPacket.ecn(inner));
        return true;
    }

    /** Drops all that waits. */
    void drop(Outbox out) {
        for (int i = staged.size(); i > 0; i--) {
            out.emit(new Event.Dropped(DropReason.NO_SESSION));
        }
        staged.clear();
    }

    /** Forgets all that waits, with the peer. */
    void clear() {
        staged.clear();
    }
}
