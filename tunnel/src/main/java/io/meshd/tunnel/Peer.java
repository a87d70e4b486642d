package io.meshd.tunnel;

import io.meshd.identity.TunnelKey;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * A peer as every thread may see it: its sessions, its path and what passed.
 *
 * <p>Made by {@link Tunnel#add}. Setters are for the node thread; everything else may be read from any thread, each
 * value by itself. A removed peer stays harmless: nothing can be sealed for it or opened from it.
 */
public final class Peer {
    /** Most endpoints that one initiation goes to. */
    public static final int ENDPOINTS_MAX = 32;
    /** MTU of a peer of which nothing better is known: WireGuard's 1420 bytes. */
    public static final int MTU_BYTES_DEFAULT = 1420;

    // More addresses than that between two looks of the node thread are news that can wait for the next packet.
    private static final int HEARD_FROM_MAX = 8;

    final Activity activity = new Activity();
    final Keypairs keypairs;
    final PeerMachine machine;
    final AtomicBoolean asksForAttention = new AtomicBoolean();
    @Nullable
    Peer belowInAttention;

    /** Set by data-path threads, cleared by the node thread when it acts on them. */
    volatile boolean wantsRekey;
    volatile @Nullable Keypair confirmed;

    private final TunnelKey key;
    private final boolean stock;
    private final Attention attention;
    private final AtomicReferenceArray<@Nullable Endpoint> heardFrom = new AtomicReferenceArray<>(HEARD_FROM_MAX);
    private volatile @Nullable Endpoint endpoint;
    private volatile List<Endpoint> otherEndpoints = List.of();
    private volatile int mtuBytes = MTU_BYTES_DEFAULT;
    private volatile long endpointHeardNanos = Deadlines.NEVER;
    private volatile long lastHandshakeNanos = Deadlines.NEVER;

    Peer(LocalNode local, PeerSettings settings) {
        this.key = settings.key();
        this.stock = settings.stock();
        this.attention = local.attention;
        this.keypairs = new Keypairs(local.indices);
        this.machine = new PeerMachine(local, this);
    }

    /** Who it is. */
    public TunnelKey key() {
        return key;
    }

    /** Whether it is a plain WireGuard device. */
    public boolean isStock() {
        return stock;
    }

    /** Where data goes, or null while nobody knows. For a stock peer this follows the peer by itself. */
    public @Nullable Endpoint endpoint() {
        return endpoint;
    }

    /** Where initiations go as well. */
    public List<Endpoint> otherEndpoints() {
        return otherEndpoints;
    }

    /**
     * Says where the peer is to be found. Node thread; follow with {@link Tunnel#connect} to use new ones at once.
     *
     * @param chosen where data goes from now on, or null when no path is left
     * @param others where initiations go as well, best first; beyond {@link #ENDPOINTS_MAX} they are ignored, and all
     *               of them are for a stock peer
     */
    public void setPaths(@Nullable Endpoint chosen, List<Endpoint> others) {
        if (chosen == null || !chosen.equals(endpoint)) {
            endpointHeardNanos = Deadlines.NEVER;
        }
        otherEndpoints = stock ? List.of() : List.copyOf(others.subList(0, Math.min(others.size(), ENDPOINTS_MAX)));
        endpoint = chosen;
    }

    /** MTU of the tunnel towards this peer in bytes: no padding goes beyond it. */
    public int mtuBytes() {
        return mtuBytes;
    }

    /** Sets the MTU of the tunnel towards this peer. Node thread. */
    public void setMtuBytes(int bytes) {
        mtuBytes = bytes;
    }

    /** Whether data can be sealed for it now. */
    public boolean hasSession(long nowNanos) {
        Keypair current = keypairs.current();
        return current != null && current.sealer.isUsable(nowNanos);
    }

    /** When the last session came into use, or {@link Deadlines#NEVER}. */
    public long lastHandshakeNanos() {
        return lastHandshakeNanos;
    }

    /** When something authenticated last came from it, by whichever path, or {@link Deadlines#NEVER}. */
    public long lastHeardNanos() {
        return activity.lastHeardNanos();
    }

    /** When something authenticated and new last came by the chosen path, or {@link Deadlines#NEVER}. */
    public long endpointHeardNanos() {
        return endpointHeardNanos;
    }

    /** Since when data goes to it without any sign of life coming back, or {@link Deadlines#NEVER}. */
    public long unansweredSinceNanos() {
        return activity.unansweredSinceNanos();
    }

    /** Datagrams received from it that were authenticated, handshakes and keepalives among them. */
    public long packetsReceived() {
        return activity.packetsReceived.sum();
    }

    /** Bytes of those datagrams, without outer headers. */
    public long bytesReceived() {
        return activity.bytesReceived.sum();
    }

    /** Datagrams made for it, handshakes and keepalives among them; a copy sealed once counts once. */
    public long packetsSent() {
        return activity.packetsSent.sum();
    }

    /** Bytes of those datagrams, without outer headers. */
    public long bytesSent() {
        return activity.bytesSent.sum();
    }

    /** Notes a datagram made for it with this session. Any thread. */
    void noteSent(Keypair keypair, long nowNanos, int bytes, boolean data) {
        boolean asks = activity.sent(nowNanos, bytes, data);
        if (keypair.wantsRekeyAfterSend(nowNanos)) {
            wantsRekey = true;
            asks = true;
        }
        if (asks) {
            attention.ask(this);
        }
    }

    /** Notes a data message that was authenticated and new to the window. Any thread. */
    void noteReceived(Keypair keypair, long nowNanos, Endpoint from, int bytes, boolean data) {
        boolean asks = keypairs.isNext(keypair) && confirm(keypair, nowNanos, from);
        asks |= noteHeardFrom(nowNanos, from);
        Keypair current = keypairs.current();
        if (current != null && current.wantsRekeyAfterReceive(nowNanos)) {
            wantsRekey = true;
            asks = true;
        }
        asks |= activity.received(nowNanos, bytes, data);
        if (asks) {
            attention.ask(this);
        }
    }

    // Without a session before, nothing better is known than where this packet came from.
    private boolean confirm(Keypair keypair, long nowNanos, Endpoint from) {
        boolean adopts = endpoint == null || !hasSession(nowNanos);
        if (!keypairs.confirm(keypair)) {
            return false;
        }
        if (adopts) {
            endpoint = from;
        }
        keypair.confirmedVia = from;
        confirmed = keypair;
        return true;
    }

    /**
     * Notes where an authenticated, fresh message came from. A stock peer's endpoint moves there; with a meshd peer
     * the paths are chosen elsewhere. Any thread, no allocation.
     *
     * @return whether this is news to tell
     */
    boolean noteHeardFrom(long nowNanos, Endpoint from) {
        Endpoint known = endpoint;
        if (from.equals(known)) {
            if (endpointHeardNanos != nowNanos) {
                endpointHeardNanos = nowNanos;
            }
            return false;
        }
        if (stock) {
            endpoint = from;
            endpointHeardNanos = nowNanos;
        }
        return remember(from);
    }

    private boolean remember(Endpoint from) {
        for (int i = 0; i < HEARD_FROM_MAX; i++) {
            Endpoint noted = heardFrom.get(i);
            if (from.equals(noted)) {
                return false;
            }
            if (noted == null && heardFrom.compareAndSet(i, null, from)) {
                return true;
            }
        }
        return false;
    }

    /** Takes the addresses noted so far, one at a time; null when there are no more. Node thread. */
    @Nullable
    Endpoint takeHeardFrom() {
        for (int i = 0; i < HEARD_FROM_MAX; i++) {
            Endpoint noted = heardFrom.getAndSet(i, null);
            if (noted != null) {
                return noted;
            }
        }
        return null;
    }

    /** Makes this the chosen endpoint. Node thread. */
    void adopt(long nowNanos, Endpoint from) {
        endpoint = from;
        endpointHeardNanos = nowNanos;
    }

    void setLastHandshakeNanos(long nowNanos) {
        lastHandshakeNanos = nowNanos;
    }

    @Override
    public String toString() {
        return "Peer " + key;
    }
}
