package io.meshd.daemon.runtime;

import io.meshd.daemon.node.OutboundSink;
import io.meshd.daemon.node.InboundSink;
import io.meshd.daemon.node.PacketWalk;
import io.meshd.netio.DatagramBatch;
import io.meshd.netio.PacketBatch;
import io.meshd.netio.UdpTarget;
import io.meshd.protocol.Endpoint;
import io.meshd.tunnel.Peer;
import io.meshd.tunnel.Tunnel;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * The receiving side of one socket's reader: opened packets in one batch for the TUN. Belongs to that thread.
 *
 * <p>A flood of handshakes ends here: who must first prove its address is answered from here, and only what passed the
 * gate is queued for the node thread.
 */
final class InboundLane implements InboundSink {
    /** Datagrams of one batch from a socket, each opened to at most its own size. */
    private static final int ARENA_BYTES = 3 * 65_536;
    private static final int LARGEST_BYTES = 65_536;
    private static final int ENDPOINTS_CACHED = 256;
    private static final int NO_INTERFACE = -1;

    private final DatagramBatch batch;
    private final PacketWalk walk;
    private final Targets targets;
    private final Inbox inbox;
    private final Outside outside;
    private final PortSender sender;
    private final @Nullable MeshInterface tun;
    private final InterfaceWriter writer;
    /** What is carried on for others. */
    private final OutboundLane onward;
    private final byte[] arena = new byte[ARENA_BYTES];
    private final PacketBatch packets = PacketBatch.view(512);
    private final Endpoint.Direct[] endpoints = new Endpoint.Direct[ENDPOINTS_CACHED];
    private int at;
    /** Which datagram of the batch is being walked. */
    private int walked;
    private Endpoint.@Nullable Direct walkedFrom;

    /**
     * A lane of its own for one thread.
     *
     * @param batch  what the thread receives into
     * @param sender that thread's own, for cookie replies: without patience, so that no flood holds the reader up
     * @param onward that thread's own as well, for what is carried on for others
     * @param tun    the interface that packets go to, or null when there is none
     */
    InboundLane(DatagramBatch batch, PacketWalk walk, Targets targets, Inbox inbox, Outside outside, PortSender sender,
            OutboundLane onward, @Nullable MeshInterface tun) {
        this.batch = batch;
        this.walk = walk;
        this.targets = targets;
        this.inbox = inbox;
        this.outside = outside;
        this.sender = sender;
        this.onward = onward;
        this.tun = tun;
        this.writer = tun == null ? InterfaceWriter.NOWHERE : tun.newWriter();
        packets.borrow(arena);
    }

    /**
     * Takes the batch all the way to the TUN.
     *
     * @param socket the number of the local socket that it came by
     */
    void take(long nowNanos, int socket) throws IOException {
        onward.begin(nowNanos);
        int inside = tun == null ? NO_INTERFACE : tun.index();
        for (int i = 0; i < batch.count(); i++) {
            if (batch.interfaceIndex(i) == inside) {
                walk.refuseFromInside();
                continue;
            }
            walked = i;
            Endpoint.Direct from = endpoint(batch.source(i), socket);
            walkedFrom = from;
            boolean authentic = walk.inbound(nowNanos, batch.arena(), batch.offset(i), batch.length(i), from,
                    batch.trafficClass(i), this);
            if (authentic) {
                targets.heard(nowNanos, batch, i, from);
            }
            if (ARENA_BYTES - at < LARGEST_BYTES || packets.count() == packets.capacity()) {
                flush();
            }
        }
        flush();
        onward.flush();
    }

    /** The same endpoint object for the same address, as long as no other address takes its place. */
    @SuppressWarnings("ReferenceEquality")
    private Endpoint.Direct endpoint(InetSocketAddress address, int socket) {
        int slot = System.identityHashCode(address) + socket & (ENDPOINTS_CACHED - 1);
        Endpoint.Direct known = endpoints[slot];
        if (known == null || known.address() != address || known.socket() != socket) {
            known = new Endpoint.Direct(address, socket);
            endpoints[slot] = known;
        }
        return known;
    }

    private void flush() throws IOException {
        if (!packets.isEmpty()) {
            writer.write(packets);
        }
        packets.borrow(arena);
        at = 0;
    }

    @Override
    public byte[] room() {
        return arena;
    }

    @Override
    public int at() {
        return at;
    }

    @Override
    public void opened(int length) {
        if (packets.add(at, length)) {
            at += length;
        }
    }

    @Override
    public boolean frames(Peer from, Endpoint via, byte[] packet) {
        return inbox.offer((node, now) -> node.frames(now, from, via, packet));
    }

    @Override
    public boolean isUnderLoad() {
        return inbox.isUnderLoad();
    }

    @Override
    public void cookieReply(Endpoint to, byte[] reply) {
        // What cannot be sent is lost: the other side tries again.
        UdpTarget wayBack = wayBack();
        if (wayBack != null) {
            var _ = sender.send(wayBack, reply, Tunnel.HANDSHAKE_TRAFFIC_CLASS);
        }
    }

    /** To where the datagram that is being walked came from, and by its local socket; null when that is closed. */
    private @Nullable UdpTarget wayBack() {
        Endpoint.Direct from = walkedFrom;
        return from == null ? null : targets.by(from, UdpTarget.replyTo(batch, walked));
    }

    @Override
    public boolean handshake(byte[] datagram, Endpoint from) {
        UdpTarget wayBack = wayBack();
        return inbox.offerHandshake((node, now) -> outside.answering(from, wayBack,
                () -> node.handshake(now, datagram, from)));
    }

    @Override
    public OutboundSink onward() {
        return onward;
    }

    @Override
    public boolean stun(byte[] datagram, Endpoint from) {
        return inbox.offerStun((node, now) -> node.stun(now, datagram, from));
    }
}
