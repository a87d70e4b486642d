package io.meshd.netio;

import java.io.IOException;
import java.lang.ref.Reference;

/** An rtnetlink socket. Belongs to one thread at a time; closing is for any. */
final class NetlinkSocket implements AutoCloseable {
    private static final int SOCK_RAW_CLOEXEC_NONBLOCK = 3 | 0x80000 | 0x800;
    private static final int SOL_NETLINK = 270;
    private static final int NETLINK_EXT_ACK = 11;
    private static final int NETLINK_GET_STRICT_CHK = 12;
    private static final int SOCKADDR_NL_SIZE = 12;
    private static final int SOCKADDR_NL_PID = 4;
    /** The kernel fills datagrams of a dump up to 32 KiB. */
    private static final int RECEIVE_BYTES = 64 * 1024;
    private static final int SEND_BYTES = 1024;

    final NativeMemory request = new NativeMemory(SEND_BYTES);
    final NativeMemory reply = new NativeMemory(RECEIVE_BYTES);
    private final MessageHeader header = new MessageHeader(reply);
    private final NativeMemory kernelAddress = new NativeMemory(SOCKADDR_NL_SIZE);
    private final NativeFd fd;
    private final Readiness readiness;

    /** Opens a socket that hears these groups. */
    NetlinkSocket(int groups) throws IOException {
        int number = Libc.socket(Rtnetlink.AF_NETLINK, SOCK_RAW_CLOEXEC_NONBLOCK, 0);
        if (number < 0) {
            throw new SystemCallException("open an rtnetlink socket", Errno.last());
        }
        fd = NativeFd.owning(number);
        kernelAddress.buffer.putShort(0, (short) Rtnetlink.AF_NETLINK);
        try {
            bind(number, groups);
            // Both are absent from old kernels, which then say less and filter nothing.
            SocketOptions.trySet(number, SOL_NETLINK, NETLINK_EXT_ACK, 1);
            SocketOptions.trySet(number, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);
            readiness = new Readiness(fd);
        } catch (IOException | RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    private static void bind(int number, int groups) throws IOException {
        NativeMemory address = new NativeMemory(SOCKADDR_NL_SIZE);
        address.buffer.putShort(0, (short) Rtnetlink.AF_NETLINK).putInt(8, groups);
        try {
            if (Libc.bind(number, address.address, SOCKADDR_NL_SIZE) != 0) {
                throw new SystemCallException("bind an rtnetlink socket", Errno.last());
            }
        } finally {
            Reference.reachabilityFence(address);
        }
    }

    void receiveBufferBytes(int bytes) throws IOException {
        int number = fd.acquire();
        try {
            SocketOptions.receiveBuffer(number, bytes);
        } finally {
            fd.release();
        }
    }

    /** Sends the request in {@link #request}. */
    void send(String attempted, int length) throws IOException {
        int number = fd.acquire();
        try {
            if (Libc.sendto(number, request.address, length, 0, kernelAddress.address, SOCKADDR_NL_SIZE) < 0) {
                throw new NetlinkException(attempted, Errno.last(), "");
            }
        } finally {
            fd.release();
        }
    }

    /**
     * Waits for one datagram of the kernel, which lies in {@link #reply} afterwards.
     *
     * @return its length; 0 after a wakeup or when the time has passed; -1 when datagrams were lost
     */
    int receive(int timeoutMillis) throws IOException {
        int number = fd.acquire();
        try {
            for (;;) {
                header.beforeReceive();
                long length = Libc.recvmsg(number, header.address(), 0);
                if (length >= 0) {
                    if ((header.flags() & MessageHeader.MSG_TRUNC) != 0) {
                        return -1;
                    }
                    // Any process may send to a netlink socket; only the kernel has port id 0.
                    if (length > 0 && header.buffer().getInt(MessageHeader.ADDRESS_AT + SOCKADDR_NL_PID) == 0) {
                        return (int) length;
                    }
                    continue;
                }
                switch (Errno.last()) {
                    case Errno.EINTR -> {
                        continue;
                    }
                    case Errno.ENOBUFS -> {
                        return -1;
                    }
                    case Errno.EAGAIN -> {
                        if (!readiness.await(timeoutMillis)) {
                            return 0;
                        }
                    }
                    default -> throw new SystemCallException("receive from rtnetlink", Errno.last());
                }
            }
        } finally {
            fd.release();
        }
    }

    boolean isClosed() {
        return fd.isClosed();
    }

    @Override
    public void close() {
        readiness.close();
    }
}
