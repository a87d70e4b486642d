package io.meshd.netio;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.StampedLock;

/** The socket of one family of a {@link UdpPort}. One thread receives; {@link UdpSender}s send. */
public final class UdpSocket {
    /** Errors in a row that cannot be echoes of single datagrams any more: the socket itself is broken. */
    private static final int MAX_FAILURES = 1000;
    /** Empty datagrams after which a batch is handed on all the same: a flood of them must not hold others back. */
    private static final int MAX_USELESS = 64;
    /** IP_PMTUDISC_DONT: routers may fragment. The values of IPv6 are the same. */
    private static final int PMTUDISC_DONT = 0;
    /** IP_PMTUDISC_PROBE: don't-fragment is set, and what the kernel believes about the path is ignored. */
    private static final int PMTUDISC_PROBE = 3;

    private final boolean isV6;
    private final NativeFd fd;
    private final Readiness readiness;
    private final LongAdder truncated = new LongAdder();
    private final LongAdder errors = new LongAdder();

    /** Don't-fragment is an option of the socket: read lock to send as it is, write lock to change it and send. */
    private final StampedLock fragmentationLock = new StampedLock();
    private boolean dontFragment;

    private UdpSocket(boolean isV6, NativeFd fd) throws IOException {
        this.isV6 = isV6;
        this.fd = fd;
        this.readiness = new Readiness(fd);
    }

    /** Takes over a descriptor; closes it when that fails. */
    static UdpSocket owning(boolean isV6, NativeFd fd) throws IOException {
        try {
            return new UdpSocket(isV6, fd);
        } catch (IOException | RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    /** Sets what a new socket needs before it is bound. */
    static void configure(int number, boolean isV6, UdpSettings settings) throws IOException {
        if (isV6) {
            SocketOptions.set(number, SocketOptions.SOL_IPV6, SocketOptions.IPV6_V6ONLY, 1, "make a socket IPv6 only");
        }
        int level = isV6 ? SocketOptions.SOL_IPV6 : SocketOptions.SOL_IP;
        SocketOptions.set(number, level, isV6 ? SocketOptions.IPV6_RECVPKTINFO : SocketOptions.IP_PKTINFO, 1,
                "ask for the local address of datagrams");
        SocketOptions.set(number, level, isV6 ? SocketOptions.IPV6_RECVTCLASS : SocketOptions.IP_RECVTOS, 1,
                "ask for the traffic class of datagrams");
        SocketOptions.set(number, level, mtuDiscover(isV6), PMTUDISC_DONT, "allow datagrams to be fragmented");
        if (settings.mark() != 0) {
            SocketOptions.set(number, SocketOptions.SOL_SOCKET, SocketOptions.SO_MARK, settings.mark(),
                    "set firewall mark 0x" + Integer.toHexString(settings.mark()));
        }
        SocketOptions.receiveBuffer(number, settings.receiveBufferBytes());
        SocketOptions.sendBuffer(number, settings.sendBufferBytes());
        if (settings.segmentationOffload()) {
            // Absent before Linux 5.0; datagrams then come one by one.
            SocketOptions.trySet(number, SocketOptions.SOL_UDP, SocketOptions.UDP_GRO, 1);
        }
    }

    private static int mtuDiscover(boolean isV6) {
        return isV6 ? SocketOptions.IPV6_MTU_DISCOVER : SocketOptions.IP_MTU_DISCOVER;
    }

    public boolean isV6() {
        return isV6;
    }

    /** A batch for this socket's reader, which fits any socket of the family. */
    public DatagramBatch newBatch() {
        return new DatagramBatch(isV6);
    }

    /**
     * Waits for datagrams and empties, then fills the batch. Errors that ICMP messages of others cause are counted and
     * end nothing.
     *
     * @return the number of datagrams; 0 after {@link #wakeup()} or when only useless ones came; -1 when closed
     */
    public int receive(DatagramBatch batch) throws IOException {
        return receive(batch, -1);
    }

    /**
     * The same, but waits at most so long and then returns 0.
     *
     * @param timeoutMillis 0 looks only whether something is there; -1 waits for ever
     */
    public int receive(DatagramBatch batch, int timeoutMillis) throws IOException {
        batch.clear();
        if (batch.isV6() != isV6) {
            throw new IllegalArgumentException("a batch of another family");
        }
        if (!fd.tryAcquire()) {
            return -1;
        }
        try {
            return fill(batch, timeoutMillis);
        } catch (ClosedChannelException e) {
            return -1;
        } finally {
            fd.release();
        }
    }

    private int fill(DatagramBatch batch, int timeoutMillis) throws IOException {
        int failures = 0;
        int useless = 0;
        for (;;) {
            long length = batch.recvmsg(fd.number());
            if (length >= 0) {
                failures = 0;
                int before = batch.count();
                boolean joined = take(batch, (int) length);
                useless += batch.count() == before ? 1 : 0;
                if (joined || !batch.hasRoom() || useless == MAX_USELESS) {
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
                    if (!readiness.await(timeoutMillis)) {
                        return fd.isClosed() ? -1 : 0;
                    }
                    failures = 0;
                }
                default -> {
                    // ECONNREFUSED, EHOSTUNREACH, ENETDOWN …: what became of something sent earlier. It is told once.
                    errors.increment();
                    failures++;
                    if (failures == MAX_FAILURES) {
                        throw new SystemCallException("receive from the UDP port", errno);
                    }
                }
            }
        }
    }

    /** Takes what one call brought; true when it was several datagrams in one. */
    private boolean take(DatagramBatch batch, int length) {
        if (!batch.isWhole(length)) {
            truncated.increment();
            return false;
        }
        return batch.take(length) > 1;
    }

    /** One sendmsg; returns 0 or the error number. */
    int sendmsg(long message, boolean wantDontFragment) {
        long stamp = fragmentationLock.readLock();
        try {
            if (dontFragment != wantDontFragment) {
                fragmentationLock.unlockRead(stamp);
                stamp = fragmentationLock.writeLock();
                setDontFragment(wantDontFragment);
            }
            return Libc.sendmsg(fd.number(), message, MessageHeader.MSG_DONTWAIT) < 0 ? Errno.last() : 0;
        } finally {
            fragmentationLock.unlock(stamp);
        }
    }

    private void setDontFragment(boolean wanted) {
        int level = isV6 ? SocketOptions.SOL_IPV6 : SocketOptions.SOL_IP;
        if (SocketOptions.trySet(fd.number(), level, mtuDiscover(isV6), wanted ? PMTUDISC_PROBE : PMTUDISC_DONT)) {
            dontFragment = wanted;
        }
    }

    NativeFd fd() {
        return fd;
    }

    /** Makes the present or the next {@link #receive} return 0; for any thread. */
    public void wakeup() {
        readiness.wakeup();
    }

    /** Datagrams that came empty or incomplete and were dropped. */
    public long truncatedDatagrams() {
        return truncated.sum();
    }

    /** Errors that the kernel reported instead of a datagram. */
    public long receiveErrors() {
        return errors.sum();
    }

    /** The receive buffer that the kernel granted, in bytes, with its own overhead: about twice what was asked for. */
    public int receiveBufferBytes() throws IOException {
        int number = fd.acquire();
        try {
            return SocketOptions.get(number, SocketOptions.SOL_SOCKET, SocketOptions.SO_RCVBUF);
        } finally {
            fd.release();
        }
    }

    void mark(int mark) throws IOException {
        int number = fd.acquire();
        try {
            SocketOptions.set(number, SocketOptions.SOL_SOCKET, SocketOptions.SO_MARK, mark,
                    "set firewall mark 0x" + Integer.toHexString(mark));
        } finally {
            fd.release();
        }
    }

    void close() {
        readiness.close();
    }
}
