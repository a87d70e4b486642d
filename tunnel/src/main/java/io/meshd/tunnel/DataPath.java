package io.meshd.tunnel;

import io.meshd.protocol.DropReason;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.TransportHeader;
import org.jspecify.annotations.Nullable;

/**
 * Seals and opens data messages: what one thread needs for the packets of all peers.
 *
 * <p>Make one for each thread with {@link Tunnel#newDataPath}; it belongs to that thread, which need not be the node
 * thread. It allocates nothing but what the cipher does. What timers must know it leaves with the peer, and
 * {@link Tunnel#wantsCollect} then says that the node thread is to call {@link Tunnel#collect}.
 */
public final class DataPath {
    /** What sealing adds to the padded inner packet. */
    public static final int OVERHEAD_BYTES = TransportHeader.OVERHEAD_BYTES;
    /** Inner packets are padded with zeros to a multiple of this, as far as the MTU allows. */
    public static final int PADDING_BYTES = 16;
    /** {@link #seal} has no session to seal with: the packet goes to {@link Tunnel#stage}. */
    public static final int NO_SESSION = -1;
    /** {@link #open} refused the message for the reason in {@link #dropReason}. */
    public static final int DROPPED = -1;

    private final IndexTable indices;
    private final TransportCipher cipher = new TransportCipher();
    private @Nullable Peer peer;
    private DropReason dropReason = DropReason.MALFORMED;

    DataPath(IndexTable indices) {
        this.indices = indices;
    }

    /**
     * Opens a data message. The order of checks is WireGuard's: length and type, receiver index, age, tag, window; only
     * then do peer and timers hear of it. The caller goes on with {@link InnerPacket#trimmedLength} and
     * {@link Routes#sourceOwner}.
     *
     * @param from        where it came from; best the same object as long as it is the same address
     * @param inner       where the inner packet goes: room for {@code length} − 32 bytes, not in the datagram itself
     * @param innerOffset where it begins there
     * @return the padded length of the inner packet, 0 for a keepalive; or {@link #DROPPED}
     */
    public int open(long nowNanos, byte[] datagram, int offset, int length, Endpoint from, byte[] inner,
            int innerOffset) {
        return open(nowNanos, datagram, offset, length, from, null, inner, innerOffset);
    }

    /**
     * Opens a data message that a relay brought, of the peer for which the relay says that it is: one of any other peer
     * was led astray and teaches nothing.
     */
    public int openRelayed(long nowNanos, byte[] datagram, int offset, int length, Endpoint from, Peer expected,
            byte[] inner, int innerOffset) {
        return open(nowNanos, datagram, offset, length, from, expected, inner, innerOffset);
    }

    private int open(long nowNanos, byte[] datagram, int offset, int length, Endpoint from, @Nullable Peer expected,
            byte[] inner, int innerOffset) {
        peer = null;
        if (!TransportHeader.matches(datagram, offset, length)) {
            return drop(DropReason.MALFORMED);
        }
        IndexTable.Entry entry = indices.find(TransportHeader.receiver(datagram, offset));
        Keypair keypair = entry == null ? null : entry.keypair;
        if (keypair == null || !keypair.opener.isUsable(nowNanos)) {
            return drop(DropReason.NO_SESSION);
        }
        if (expected != null && keypair.peer != expected) {
            return drop(DropReason.UNAUTHORIZED_PEER);
        }
        long counter = TransportHeader.counter(datagram, offset);
        if (Long.compareUnsigned(counter, Limits.REJECT_AFTER_MESSAGES) >= 0) {
            return drop(DropReason.REPLAY);
        }
        int innerLength = keypair.opener.open(cipher, counter, datagram, offset + TransportHeader.BYTES,
                length - TransportHeader.BYTES, inner, innerOffset);
        if (innerLength < 0) {
            return drop(DropReason.MALFORMED);
        }
        Peer sender = keypair.peer;
        DropReason seen = reason(keypair.opener.accept(counter), sender.isStock());
        if (seen != null) {
            return drop(seen);
        }
        sender.noteReceived(keypair, nowNanos, from, length, InnerPacket.isData(inner, innerOffset, innerLength));
        peer = sender;
        return innerLength;
    }

    // Meshd peers send copies of one sealed message over two paths, so a second one is no sign of an attack.
    private static @Nullable DropReason reason(ReplayWindow.Verdict verdict, boolean stock) {
        return switch (verdict) {
            case NEW -> null;
            case SEEN -> stock ? DropReason.REPLAY : DropReason.DUPLICATE;
            case REFUSED -> DropReason.REPLAY;
        };
    }

    private int drop(DropReason reason) {
        dropReason = reason;
        return DROPPED;
    }

    /**
     * Who sent the message that {@link #open} just opened.
     *
     * @throws IllegalStateException when it opened none
     */
    public Peer peer() {
        Peer sender = peer;
        if (sender == null) {
            throw new IllegalStateException("the last message was dropped");
        }
        return sender;
    }

    /** Why {@link #open} just refused a message. */
    public DropReason dropReason() {
        return dropReason;
    }

    /**
     * Seals an inner packet. Send it to {@link Peer#endpoint()}, which may be null.
     *
     * @param inner          the packet, which may not share its array with the datagram
     * @param datagram       where the data message goes: room for the packet, its padding and 32 bytes
     * @param datagramOffset where it begins there
     * @param mtuBytes       MTU of the tunnel; the packet is not padded beyond it
     * @return the length of the data message, or {@link #NO_SESSION}
     */
    public int seal(long nowNanos, Peer to, byte[] inner, int offset, int length, byte[] datagram, int datagramOffset,
            int mtuBytes) {
        Keypair current = to.keypairs.current();
        if (current == null) {
            return NO_SESSION;
        }
        int sealed = current.sealer.seal(nowNanos, cipher, inner, offset, length, padding(length, mtuBytes), datagram,
                datagramOffset);
        if (sealed < 0) {
            return NO_SESSION;
        }
        to.noteSent(current, nowNanos, sealed, InnerPacket.isData(inner, offset, length));
        return sealed;
    }

    /** How many zeros follow an inner packet of this length. */
    static int padding(int length, int mtuBytes) {
        int padded = (length + PADDING_BYTES - 1) & -PADDING_BYTES;
        return Math.max(length, Math.min(padded, mtuBytes)) - length;
    }
}
