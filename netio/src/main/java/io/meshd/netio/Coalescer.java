package io.meshd.netio;

import java.io.IOException;

/**
 * Joins neighbouring segments of a flow, so that many packets cost one write: the opposite of {@link Segmenter}.
 *
 * <p>Up to four flows are open at a time. Packets of one flow never overtake each other.
 */
final class Coalescer {
    /** Where finished packets go. */
    interface Sink {
        void write(Lane lane) throws IOException;
    }

    /** Flows that alternate within one batch; each costs 64 KiB, and a fifth one only ends the eldest sooner. */
    private static final int LANES = 4;

    private final PacketShape packet = new PacketShape();
    /** The open lanes, the one begun first at index 0; beyond {@code open} they are empty. */
    private final Lane[] lanes = new Lane[LANES];
    private final Lane single;
    private final Sink sink;
    private int open;
    private boolean mergesTcp;
    private boolean mergesUdp;

    Coalescer(boolean hasHeader, boolean mergesTcp, boolean mergesUdp, Sink sink) {
        this.mergesTcp = mergesTcp;
        this.mergesUdp = mergesUdp;
        this.sink = sink;
        single = new Lane(hasHeader);
        for (int i = 0; i < LANES; i++) {
            lanes[i] = new Lane(hasHeader);
        }
    }

    /** From now on merges no more UDP, or no more TCP: the device refused it. */
    void refused(boolean udp) {
        if (udp) {
            mergesUdp = false;
        } else {
            mergesTcp = false;
        }
    }

    /** Takes a packet of at most 65,535 bytes, which is copied. */
    void offer(byte[] arena, int offset, int length) throws IOException {
        packet.parse(arena, offset, length);
        if (!packet.hasFlow) {
            writeSingle();
            return;
        }
        int lane = laneOfFlow();
        boolean merges = packet.protocol == IpHeaders.PROTOCOL_TCP ? mergesTcp : mergesUdp;
        if (!merges || !packet.isMergeable()) {
            flushIfOpen(lane);
            writeSingle();
            return;
        }
        if (lane >= 0) {
            if (lanes[lane].append(packet)) {
                if (lanes[lane].isComplete()) {
                    flush(lane);
                }
                return;
            }
            flush(lane);
        }
        if (packet.hasPush()) {
            writeSingle();
        } else {
            begin();
        }
    }

    /** Writes everything that is still open. */
    void flush() throws IOException {
        while (open > 0) {
            flush(0);
        }
    }

    private int laneOfFlow() {
        for (int i = 0; i < open; i++) {
            if (lanes[i].isFlowOf(packet)) {
                return i;
            }
        }
        return -1;
    }

    private void begin() throws IOException {
        if (open == LANES) {
            flush(0);
        }
        lanes[open].start(packet);
        open++;
    }

    private void flushIfOpen(int index) throws IOException {
        if (index >= 0) {
            flush(index);
        }
    }

    private void flush(int index) throws IOException {
        Lane lane = lanes[index];
        open--;
        System.arraycopy(lanes, index + 1, lanes, index, open - index);
        lanes[open] = lane;
        write(lane);
    }

    private void writeSingle() throws IOException {
        single.start(packet);
        write(single);
    }

    private void write(Lane lane) throws IOException {
        lane.finish();
        try {
            sink.write(lane);
        } finally {
            lane.clear();
        }
    }
}
