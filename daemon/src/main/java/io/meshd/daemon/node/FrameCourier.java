package io.meshd.daemon.node;

import io.meshd.protocol.Decoded;
import io.meshd.protocol.DropReason;
import io.meshd.protocol.Ecn;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Fragmenter;
import io.meshd.protocol.Frame;
import io.meshd.protocol.FrameCodec;
import io.meshd.protocol.Outbox;
import io.meshd.protocol.Reassembly;
import io.meshd.tunnel.DataPath;
import io.meshd.tunnel.Tunnel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Carries frames inside sessions: encodes, cuts what is too large, seals, and puts together again. Node thread.
 *
 * <p>The one place that would change for a carrier other than our own tunnel.
 */
final class FrameCourier {
    /**
     * Largest inner packet of frames in bytes: whole in an IPv6 path of 1280 bytes, after 40 for IPv6, 8 for UDP and 32
     * for the data message, also through a relay, whose frame and second sealing take 40 and padding.
     */
    static final int PACKET_BYTES_MAX = 1_280 - 40 - 8 - 32 - RelayWalk.OVERHEAD_BYTES - 8;

    private final Tunnel tunnel;
    private final DataPath path;
    private final Counters counters;

    FrameCourier(Tunnel tunnel, Counters counters) {
        this.tunnel = tunnel;
        this.path = tunnel.newDataPath();
        this.counters = counters;
    }

    /** Sends a frame by {@code via}, or by the chosen path when that is null; drops it without session or path. */
    void sendNow(long nowNanos, Neighbour to, @Nullable Endpoint via, Frame frame, Outbox outbox) {
        Endpoint where = via != null ? via : to.chosen();
        if (where == null) {
            where = to.tunnel.endpoint();
        }
        if (where == null) {
            counters.dropped(DropReason.NO_SESSION);
            return;
        }
        if (frame instanceof Frame.MtuProbe(boolean isAnswer, long _, int bytes) && !isAnswer) {
            // Of just this size, whatever the MTU is taken for: that is the question.
            byte[] packet = Arrays.copyOf(FrameCodec.encode(frame), bytes);
            boolean _ = send(nowNanos, to, where, packet, bytes, Outbox.DONT_FRAGMENT, outbox);
            return;
        }
        for (byte[] packet : packets(to, frame)) {
            if (!send(nowNanos, to, where, packet, to.tunnel.mtuBytes(), Ecn.NOT_ECT, outbox)) {
                return;
            }
        }
    }

    private boolean send(long nowNanos, Neighbour to, Endpoint where, byte[] packet, int mtuBytes, int trafficClass,
            Outbox outbox) {
        byte[] datagram = seal(nowNanos, to, packet, mtuBytes);
        if (datagram != null) {
            outbox.transmit(where, datagram, trafficClass);
        }
        return datagram != null;
    }

    /** The datagram that carries an inner packet to a neighbour; null, and counted, without a session. */
    byte @Nullable [] seal(long nowNanos, Neighbour to, byte[] packet) {
        return seal(nowNanos, to, packet, to.tunnel.mtuBytes());
    }

    private byte @Nullable [] seal(long nowNanos, Neighbour to, byte[] packet, int mtuBytes) {
        byte[] datagram = new byte[packet.length + DataPath.OVERHEAD_BYTES + DataPath.PADDING_BYTES];
        int length = path.seal(nowNanos, to.tunnel, packet, 0, packet.length, datagram, 0, mtuBytes);
        if (length < 0) {
            counters.dropped(DropReason.NO_SESSION);
            return null;
        }
        return Arrays.copyOf(datagram, length);
    }

    /** Keeps a frame until there is a session, and asks for one. */
    void stage(long nowNanos, Neighbour to, Frame frame, Outbox outbox) {
        for (byte[] packet : packets(to, frame)) {
            tunnel.stage(nowNanos, to.tunnel, packet, outbox);
        }
    }

    /** Sends an inner packet that is too large for its path in pieces; drops it without session or path. */
    void divide(long nowNanos, Neighbour to, byte[] packet, Outbox outbox) {
        Endpoint where = to.tunnel.endpoint();
        if (where == null) {
            counters.dropped(DropReason.NO_SESSION);
            return;
        }
        for (byte[] piece : pieces(to, packet)) {
            if (!send(nowNanos, to, where, piece, to.tunnel.mtuBytes(), Ecn.NOT_ECT, outbox)) {
                return;
            }
        }
        if (where instanceof Endpoint.Relayed) {
            counters.relayUsage.increment();
        }
    }

    private static List<byte[]> packets(Neighbour to, Frame frame) {
        byte[] whole = FrameCodec.encode(frame);
        return whole.length <= PACKET_BYTES_MAX ? List.of(whole) : pieces(to, whole);
    }

    private static List<byte[]> pieces(Neighbour to, byte[] whole) {
        if (whole.length > Fragmenter.MESSAGE_BYTES_MAX) {
            throw new IllegalArgumentException("a frame of " + whole.length + " bytes");
        }
        List<byte[]> pieces = new ArrayList<>();
        for (Frame.Fragment fragment : to.fragmenter.split(whole, PACKET_BYTES_MAX)) {
            pieces.add(FrameCodec.encode(fragment));
        }
        return pieces;
    }

    /** The frames of an inner packet, those of a message that it completes among them. */
    List<Frame> read(long nowNanos, Neighbour from, byte[] packet, PacketTaker taker) {
        List<Frame> frames = new ArrayList<>();
        for (Frame frame : decode(packet)) {
            if (frame instanceof Frame.Fragment fragment) {
                switch (from.reassembler.accept(nowNanos, fragment)) {
                    case Reassembly.Complete(var message) -> complete(message.toArray(), frames, taker);
                    case Reassembly.Incomplete _ -> {}
                    case Reassembly.Refused(DropReason reason) -> counters.dropped(reason);
                }
            } else {
                frames.add(frame);
            }
        }
        return frames;
    }

    private void complete(byte[] message, List<Frame> frames, PacketTaker taker) {
        if (!FrameCodec.isFrames(message[0])) {
            taker.take(message);
            return;
        }
        for (Frame frame : decode(message)) {
            if (frame instanceof Frame.Fragment) {
                // A fragment of a fragment would let a few bytes cause much work.
                counters.dropped(DropReason.MALFORMED);
            } else {
                frames.add(frame);
            }
        }
    }

    private List<Frame> decode(byte[] packet) {
        return switch (FrameCodec.decode(packet, 0, packet.length)) {
            case Decoded.Message<List<Frame>>(var frames) -> frames;
            case Decoded.Malformed<List<Frame>>(DropReason reason) -> {
                counters.dropped(reason);
                yield List.of();
            }
        };
    }

    /** Takes an IP packet that came in pieces. */
    interface PacketTaker {
        void take(byte[] packet);
    }
}
