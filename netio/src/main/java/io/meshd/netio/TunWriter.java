package io.meshd.netio;

import java.io.IOException;

/**
 * Gives packets to the host through a TUN, neighbours of one flow in one write.
 *
 * <p>Belongs to one thread; several writers of one device may work at the same time.
 */
public final class TunWriter {
    private static final int MAX_PACKET = 65_535;

    private final NativeFd fd;
    private final String name;
    private final Coalescer coalescer;
    private long written;
    private long writes;
    private long refused;

    TunWriter(NativeFd fd, String name, boolean hasHeader, TunOffload offload) {
        this.fd = fd;
        this.name = name;
        boolean tcp = offload != TunOffload.NONE;
        boolean udp = offload == TunOffload.TCP_AND_UDP;
        coalescer = new Coalescer(hasHeader, tcp, udp, this::write);
    }

    /**
     * Writes all packets of the batch. Those that the host refuses (interface down, no memory, not an IP packet) are
     * counted, not thrown.
     *
     * @throws TunException                         when the interface was removed
     * @throws java.nio.channels.ClosedChannelException when the device is closed
     */
    public void write(PacketBatch batch) throws IOException {
        fd.acquire();
        try {
            byte[] arena = batch.arena();
            for (int i = 0; i < batch.count(); i++) {
                int length = batch.length(i);
                if (length == 0 || length > MAX_PACKET) {
                    refused++;
                } else {
                    coalescer.offer(arena, batch.offset(i), length);
                }
            }
            coalescer.flush();
        } finally {
            fd.release();
        }
    }

    /** Packets that the host took. */
    public long packetsWritten() {
        return written;
    }

    /** System calls that this needed. */
    public long writes() {
        return writes;
    }

    /** Packets that the host refused. */
    public long packetsRefused() {
        return refused;
    }

    private void write(Lane lane) throws IOException {
        writes++;
        while (Libc.write(fd.number(), lane.address(), lane.bytes()) < 0) {
            int errno = Errno.last();
            if (errno == Errno.EBADFD) {
                throw TunException.gone(name);
            }
            if (errno != Errno.EINTR) {
                refused += lane.count();
                if (errno == Errno.EINVAL && lane.count() > 1) {
                    coalescer.refused(lane.isUdp());
                }
                return;
            }
        }
        written += lane.count();
    }
}
