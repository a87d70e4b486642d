package io.meshd.daemon.runtime;

import io.meshd.daemon.node.InboundSink;
import io.meshd.daemon.node.PacketWalk;
import io.meshd.netio.DatagramBatch;
import io.meshd.netio.PacketBatch;
import io.meshd.protocol.Endpoint;
import io.meshd.tunnel.Peer;
import java.io.IOException;
import java.net.InetSocketAddress;

/** The receiving side of one socket's reader: opened packets in one batch for the TUN. Belongs to that thread. */
final class InboundLane implements InboundSink {
    /** Datagrams of one batch from a socket, each opened to at most its own size. */
    private static final int ARENA_BYTES = 3 * 65_536;
    private static final int LARGEST_BYTES = 65_536;
    private static final int ENDPOINTS_CACHED = 256;

    private final PacketWalk walk;
    private final Targets targets;
    private final Inbox inbox;
    private final InterfaceWriter writer;
    private final byte[] arena = new byte[ARENA_BYTES];
    private final PacketBatch packets = PacketBatch.view(512);
    private final Endpoint.Direct[] endpoints = new Endpoint.Direct[ENDPOINTS_CACHED];
    private int at;
    private boolean authenticated;

    InboundLane(PacketWalk walk, Targets targets, Inbox inbox, InterfaceWriter writer) {
        this.walk = walk;
        this.targets = targets;
        this.inbox = inbox;
        this.writer = writer;
        packets.borrow(arena);
    }

    /** Takes one batch from the socket all the way to the TUN. */
    void take(long nowNanos, DatagramBatch batch) throws IOException {
        for (int i = 0; i < batch.count(); i++) {
            authenticated = false;
            walk.inbound(nowNanos, batch.arena(), batch.offset(i), batch.length(i), endpoint(batch.source(i)),
                    batch.trafficClass(i), this);
            if (authenticated) {
                targets.heard(nowNanos, batch, i);
            }
            if (ARENA_BYTES - at < LARGEST_BYTES || packets.count() == packets.capacity()) {
                flush();
            }
        }
        flush();
    }

    /** The same endpoint object for the same address, as long as no other address takes its place. */
    @SuppressWarnings("ReferenceEquality")
    private Endpoint.Direct endpoint(InetSocketAddress address) {
        int slot = System.identityHashCode(address) & (ENDPOINTS_CACHED - 1);
        Endpoint.Direct known = endpoints[slot];
        if (known == null || known.address() != address) {
            known = new Endpoint.Direct(address);
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
        authenticated = true;
        if (packets.add(at, length)) {
            at += length;
        }
    }

    @Override
    public void frames(Peer from, Endpoint via, byte[] packet) {
        authenticated = true;
        boolean _ = inbox.offer((node, now) -> node.frames(now, from, via, packet));
    }

    @Override
    public void handshake(byte[] datagram, Endpoint from) {
        boolean _ = inbox.offerHandshake(
                (node, now) -> node.handshake(now, datagram, from, inbox.isUnderLoad()));
    }
}
