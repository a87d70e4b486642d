package io.meshd.daemon.runtime;

import io.meshd.daemon.node.OutboundSink;
import io.meshd.netio.SendOutcome;
import io.meshd.netio.UdpTarget;
import io.meshd.protocol.Endpoint;
import io.meshd.tunnel.Peer;
import org.jspecify.annotations.Nullable;

/**
 * The sending side of the TUN's reader: sealed datagrams one behind the other, those for one address in one system call.
 *
 * <p>Belongs to that thread. A run is datagrams of one size, of which only the last may be shorter (UDP_SEGMENT).
 */
final class OutboundLane implements OutboundSink {
    private static final int RUN_DATAGRAMS_MAX = 64;
    private static final int RUN_BYTES_MAX = 65_507;
    /** Room for a whole run and for one datagram more, of any size. */
    private static final int ARENA_BYTES = 2 * 65_536 + 64;

    private final PortSender sender;
    private final Targets targets;
    private final Inbox inbox;
    private final Consumer answers;
    private final byte[] arena = new byte[ARENA_BYTES];
    private long nowNanos;
    private int runStart;
    private int runEnd;
    private int segment;
    private int datagrams;
    private boolean closedRun;
    private @Nullable Endpoint to;
    private @Nullable Endpoint standby;
    private int trafficClass;

    /** Takes ICMP errors for the host. */
    interface Consumer {
        void accept(byte[] packet);
    }

    OutboundLane(PortSender sender, Targets targets, Inbox inbox, Consumer answers) {
        this.sender = sender;
        this.targets = targets;
        this.inbox = inbox;
        this.answers = answers;
    }

    /** A new batch begins. */
    void begin(long now) {
        nowNanos = now;
    }

    @Override
    public byte[] room() {
        return arena;
    }

    @Override
    public int at() {
        return runEnd;
    }

    @Override
    @SuppressWarnings("ReferenceEquality")
    public void sealed(Endpoint where, @Nullable Endpoint copyTo, int length, int outerClass) {
        // The node thread publishes the same object until the path changes; an equal one only costs a system call.
        boolean joins = datagrams > 0 && !closedRun && datagrams < RUN_DATAGRAMS_MAX && length <= segment
                && runEnd - runStart + length <= RUN_BYTES_MAX && where == to && copyTo == standby
                && outerClass == trafficClass;
        if (!joins) {
            moveAfterRun(length);
            to = where;
            standby = copyTo;
            trafficClass = outerClass;
            segment = length;
        }
        closedRun = length < segment;
        runEnd += length;
        datagrams++;
    }

    /** Sends the run so far, and makes the datagram that lies behind it the beginning of the next. */
    private void moveAfterRun(int length) {
        int start = runEnd;
        flush();
        if (start != runEnd) {
            System.arraycopy(arena, start, arena, runEnd, length);
        }
    }

    /** Sends what waits; called after each batch. */
    void flush() {
        if (datagrams > 0) {
            transmit(to);
            transmit(standby);
        }
        runStart = 0;
        runEnd = 0;
        datagrams = 0;
        closedRun = false;
    }

    private void transmit(@Nullable Endpoint where) {
        if (where instanceof Endpoint.Direct direct) {
            UdpTarget target = targets.to(nowNanos, direct);
            if (target == null) {
                return;
            }
            SendOutcome outcome = sender.send(target, arena, runStart, runEnd - runStart, segment, trafficClass, false);
            if (outcome == SendOutcome.SENT_FROM_OTHER_SOURCE) {
                targets.forget(direct);
            }
        }
    }

    @Override
    public void stage(Peer peer, byte[] packet) {
        // Full means that the node thread is far behind; the packet is lost, as in any full queue.
        boolean _ = inbox.offer((node, now) -> node.stage(now, peer, packet));
    }

    @Override
    public void divide(Peer peer, byte[] packet) {
        boolean _ = inbox.offer((node, now) -> node.divide(now, peer, packet));
    }

    @Override
    public void answer(byte[] packet) {
        answers.accept(packet);
    }
}
