package io.meshd.netio;

import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.atomic.LongAdder;

/**
 * A TUN: the network interface whose packets this program carries.
 *
 * <p>One thread reads; each thread that writes has its own {@link TunWriter}. Closing removes the interface, unless
 * somebody made it persistent.
 */
public final class TunDevice implements AutoCloseable {
    private static final String DEVICE = "/dev/net/tun";
    private static final int O_RDWR_NONBLOCK_CLOEXEC = 0x2 | 0x800 | 0x80000;

    private static final long TUNSETIFF = 0x400454caL;
    private static final long TUNSETOFFLOAD = 0x400454d0L;
    private static final long TUNSETVNETHDRSZ = 0x400454d8L;
    private static final short IFF_TUN_NO_PI = 0x0001 | 0x1000;
    private static final short IFF_VNET_HDR = 0x4000;
    private static final int TUN_F_CSUM_TSO4_TSO6 = 0x01 | 0x02 | 0x04;
    private static final int TUN_F_USO4_USO6 = 0x20 | 0x40;
    private static final int IFREQ_SIZE = 40;
    private static final int IFREQ_FLAGS = 16;
    /** One packet of any size that a TUN hands out, with its header. */
    private static final int READ_BYTES = VirtioNetHeader.SIZE + 65_535 + 64;

    private final NativeFd fd;
    private final String name;
    private final int interfaceIndex;
    private final TunOffload offload;
    private final boolean hasHeader;
    private final Readiness readiness;
    private final NativeMemory memory = new NativeMemory(READ_BYTES);
    private final Segmenter segmenter;
    private final LongAdder unreadable = new LongAdder();

    private TunDevice(NativeFd fd, TunSettings settings, TunOffload offload, boolean hasHeader) throws IOException {
        this.fd = fd;
        this.name = settings.name();
        this.offload = offload;
        this.hasHeader = hasHeader;
        this.segmenter = new Segmenter(memory.buffer, hasHeader);
        try (Netlink netlink = Netlink.open()) {
            Link link = netlink.link(name);
            if (link == null) {
                throw TunException.gone(name);
            }
            interfaceIndex = link.index();
            netlink.setMtu(interfaceIndex, settings.mtu());
            withoutLinkLocal(netlink);
        }
        this.readiness = new Readiness(fd);
    }

    private void withoutLinkLocal(Netlink netlink) throws IOException {
        try {
            netlink.disableLinkLocal(interfaceIndex);
        } catch (NetlinkException e) {
            // Where IPv6 is off there is no link-local address either.
            if (e.isForbidden()) {
                throw e;
            }
        }
    }

    /**
     * Creates the interface, or attaches to a persistent TUN of this name. It has its MTU, no addresses, and is down:
     * {@link Netlink} does the rest.
     */
    public static TunDevice open(TunSettings settings) throws IOException {
        String problem = InterfaceNames.problem(settings.name());
        if (problem != null) {
            throw new TunException(TunException.Reason.BAD_NAME, problem);
        }
        int number = Libc.open(DEVICE, O_RDWR_NONBLOCK_CLOEXEC);
        if (number < 0) {
            throw TunException.opening(DEVICE, Errno.last());
        }
        NativeFd fd = NativeFd.owning(number);
        try {
            boolean hasHeader = attach(number, settings);
            TunOffload offload = hasHeader ? negotiate(number) : TunOffload.NONE;
            return new TunDevice(fd, settings, offload, hasHeader);
        } catch (IOException | RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    /** Creates the interface; true when packets will have a virtio_net_hdr. */
    private static boolean attach(int number, TunSettings settings) throws IOException {
        NativeMemory request = new NativeMemory(IFREQ_SIZE);
        for (int i = 0; i < settings.name().length(); i++) {
            request.buffer.put(i, (byte) settings.name().charAt(i));
        }
        short flags = settings.offload() ? (short) (IFF_TUN_NO_PI | IFF_VNET_HDR) : IFF_TUN_NO_PI;
        request.buffer.putShort(IFREQ_FLAGS, flags);
        try {
            if (Libc.ioctl(number, TUNSETIFF, request.address) != 0) {
                throw TunException.creating(settings.name(), Errno.last());
            }
            if (!settings.offload()) {
                return false;
            }
            request.buffer.putInt(0, VirtioNetHeader.SIZE);
            if (Libc.ioctl(number, TUNSETVNETHDRSZ, request.address) != 0) {
                throw new SystemCallException("set the header size of TUN interface " + settings.name(), Errno.last());
            }
            return true;
        } finally {
            Reference.reachabilityFence(request);
        }
    }

    private static TunOffload negotiate(int number) {
        if (Libc.ioctl(number, TUNSETOFFLOAD, TUN_F_CSUM_TSO4_TSO6 | TUN_F_USO4_USO6) == 0) {
            return TunOffload.TCP_AND_UDP;
        }
        return Libc.ioctl(number, TUNSETOFFLOAD, TUN_F_CSUM_TSO4_TSO6) == 0 ? TunOffload.TCP : TunOffload.NONE;
    }

    /** Name of the interface, as it was opened. */
    public String name() {
        return name;
    }

    /** Number of the interface, for {@link Netlink}. */
    public int interfaceIndex() {
        return interfaceIndex;
    }

    /** What the kernel agreed to. */
    public TunOffload offload() {
        return offload;
    }

    /** Packets that the kernel handed out and that made no sense or fitted no batch. */
    public long unreadablePackets() {
        return unreadable.sum();
    }

    /** A writer for the calling thread's use. */
    public TunWriter newWriter() {
        return new TunWriter(fd, name, hasHeader, offload);
    }

    /**
     * Waits for packets and empties, then fills the batch: with the segments of one super-packet, or with the single
     * packets that are there. What does not fit comes with the next call.
     *
     * @return the number of packets; 0 after {@link #wakeup()}; -1 when closed
     * @throws TunException when the interface was removed
     */
    public int read(PacketBatch batch) throws IOException {
        batch.clear();
        if (segmenter.isPending()) {
            emit(batch);
            if (!batch.isEmpty()) {
                return batch.count();
            }
        }
        if (!fd.tryAcquire()) {
            return -1;
        }
        try {
            return fill(batch);
        } catch (ClosedChannelException e) {
            return -1;
        } finally {
            fd.release();
        }
    }

    private int fill(PacketBatch batch) throws IOException {
        for (;;) {
            long length = Libc.read(fd.number(), memory.address, memory.size);
            if (length >= 0) {
                if (!segmenter.begin((int) length)) {
                    unreadable.increment();
                    continue;
                }
                boolean whole = emit(batch);
                if (!batch.isEmpty() && (!whole || segmenter.isSuperPacket() || batch.count() == batch.capacity())) {
                    return batch.count();
                }
                continue;
            }
            int errno = Errno.last();
            switch (errno) {
                case Errno.EINTR -> {
                    continue;
                }
                case Errno.EAGAIN -> {
                    if (!batch.isEmpty()) {
                        return batch.count();
                    }
                    if (!readiness.await(-1)) {
                        return fd.isClosed() ? -1 : 0;
                    }
                }
                case Errno.EBADFD -> throw TunException.gone(name);
                default -> throw new SystemCallException("read from TUN interface " + name, errno);
            }
        }
    }

    /** Moves segments over; a packet that fits not even an empty batch is lost, lest it block for ever. */
    private boolean emit(PacketBatch batch) {
        boolean whole = segmenter.emit(batch);
        if (!whole && batch.isEmpty()) {
            segmenter.discard();
            unreadable.increment();
        }
        return whole;
    }

    /** Makes the present or the next {@link #read} return 0; for any thread. */
    public void wakeup() {
        readiness.wakeup();
    }

    /** Whether {@link #close()} was called. */
    public boolean isClosed() {
        return fd.isClosed();
    }

    /** Ends the reader and removes the interface. */
    @Override
    public void close() {
        readiness.close();
    }
}
