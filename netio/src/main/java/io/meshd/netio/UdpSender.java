package io.meshd.netio;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Sends datagrams from a {@link UdpPort}, up to 64 in one system call. Belongs to one thread; a port has any number of
 * senders.
 */
public final class UdpSender {
    /** UDP_MAX_SEGMENTS of kernels before 6.9. */
    static final int MAX_SEGMENTS = 64;
    /** The most that one IPv4 datagram can carry: 65,535 less 20 and 8. */
    static final int MAX_BYTES = 65_507;
    private static final int POLL_FD_SIZE = 8;
    private static final short POLLOUT = 4;

    private final @Nullable UdpSocket ipv4;
    private final @Nullable UdpSocket ipv6;
    private final int patienceMillis;
    private final NativeMemory content = new NativeMemory(MAX_BYTES);
    private final MessageHeader header = new MessageHeader(content);
    private final NativeMemory pollFd = new NativeMemory(POLL_FD_SIZE);
    private final SegmentationMemory segmentation;
    private long calls;

    UdpSender(@Nullable UdpSocket ipv4, @Nullable UdpSocket ipv6, boolean segmentationOffload, int patienceMillis) {
        this.ipv4 = ipv4;
        this.ipv6 = ipv6;
        this.patienceMillis = patienceMillis;
        this.segmentation = new SegmentationMemory(segmentationOffload);
    }

    /** Sends one datagram. */
    public SendOutcome send(UdpTarget target, byte[] datagram, int trafficClass) {
        return send(target, datagram, 0, datagram.length, datagram.length, trafficClass, false);
    }

    /**
     * Sends {@code length} bytes as datagrams of {@code segmentSize} bytes each, the last of what is left.
     *
     * @param trafficClass  TOS or traffic class byte of the outer header
     * @param dontFragment  whether a datagram too big for the path is refused or lost instead of fragmented
     */
    public SendOutcome send(UdpTarget target, byte[] buffer, int offset, int length, int segmentSize, int trafficClass,
            boolean dontFragment) {
        if (segmentSize <= 0 || offset < 0 || length < 0 || length > buffer.length - offset) {
            throw new IllegalArgumentException(length + " bytes at " + offset + " in pieces of " + segmentSize);
        }
        UdpSocket own = target.isV6 ? ipv6 : ipv4;
        UdpSocket socket = target.socket == null ? own : target.socket;
        if (socket == null) {
            return SendOutcome.NO_SOCKET;
        }
        if (segmentSize > MAX_BYTES && length > MAX_BYTES) {
            return SendOutcome.TOO_BIG;
        }
        if (!socket.fd().tryAcquire()) {
            return SendOutcome.CLOSED;
        }
        try {
            return sendAll(socket, target, buffer, offset, length, segmentSize, trafficClass, dontFragment);
        } finally {
            socket.fd().release();
        }
    }

    private SendOutcome sendAll(UdpSocket socket, UdpTarget target, byte[] buffer, int offset, int length,
            int segmentSize, int trafficClass, boolean dontFragment) {
        SendOutcome outcome = SendOutcome.SENT;
        int done = 0;
        while (done < length) {
            int left = length - done;
            int piece = Math.min(left, segmentSize);
            if (left > segmentSize && segmentation.allows(target, segmentSize, System.nanoTime())) {
                int segments = Math.min(MAX_SEGMENTS, MAX_BYTES / segmentSize);
                piece = Math.min(left, segments * segmentSize);
            }
            content.buffer.put(0, buffer, offset + done, piece);
            int errno = sendOne(socket, target, piece, segmentSize, trafficClass, dontFragment,
                    outcome == SendOutcome.SENT);
            if (errno == 0) {
                done += piece;
                continue;
            }
            if (piece > segmentSize && withoutSegmentation(target, segmentSize, errno)) {
                continue;
            }
            if (target.hasSource && outcome == SendOutcome.SENT && isAboutSource(errno)) {
                // A plain send says that it is the source, so what segmentation was blamed for before was this.
                segmentation.forget(target);
                outcome = SendOutcome.SENT_FROM_OTHER_SOURCE;
                continue;
            }
            return outcome(errno);
        }
        return outcome;
    }

    /** Whether the failure can come from a source address or interface that this host no longer has. */
    private static boolean isAboutSource(int errno) {
        return switch (errno) {
            // The kernels differ, and the last one also says it where really no route is: a plain send tells.
            case Errno.EINVAL, Errno.EADDRNOTAVAIL, Errno.ENODEV, Errno.ENXIO, Errno.ENETUNREACH -> true;
            default -> false;
        };
    }

    /** Whether the failure was one of UDP_SEGMENT, so that the same is to be sent again without. */
    private boolean withoutSegmentation(UdpTarget target, int segmentSize, int errno) {
        // Kernels before 6.2 say EINVAL where later ones say EMSGSIZE; with a source it can mean that as well, and a
        // plain send tells.
        switch (errno) {
            case Errno.EIO, Errno.ENOPROTOOPT -> segmentation.unsupported();
            case Errno.EMSGSIZE, Errno.EINVAL -> segmentation.tooBig(target, segmentSize, System.nanoTime());
            default -> {
                return false;
            }
        }
        return true;
    }

    /** One sendmsg, with patience; 0 or the error number. */
    private int sendOne(UdpSocket socket, UdpTarget target, int length, int segmentSize, int trafficClass,
            boolean dontFragment, boolean withSource) {
        ByteBuffer out = header.buffer();
        int addressLength = SocketAddresses.write(out, MessageHeader.ADDRESS_AT, target.isV6, target.high, target.low,
                target.port, target.scope);
        int controlLength = ControlMessages.write(out, MessageHeader.CONTROL_AT, target,
                withSource && target.hasSource, trafficClass, length > segmentSize ? segmentSize : 0);
        header.beforeSend(addressLength, controlLength, length);
        boolean refusedBefore = false;
        for (;;) {
            calls++;
            int errno = socket.sendmsg(header.address(), dontFragment);
            switch (errno) {
                case Errno.EINTR -> {
                    continue;
                }
                case Errno.EAGAIN -> {
                    if (!awaitRoom(socket)) {
                        return errno;
                    }
                }
                case Errno.ECONNREFUSED -> {
                    // An ICMP error for something sent before; this call only collected it and sent nothing.
                    if (refusedBefore) {
                        return errno;
                    }
                    refusedBefore = true;
                }
                default -> {
                    return errno;
                }
            }
        }
    }

    private boolean awaitRoom(UdpSocket socket) {
        if (patienceMillis == 0) {
            return false;
        }
        pollFd.buffer.putInt(0, socket.fd().number()).putShort(4, POLLOUT).putShort(6, (short) 0);
        return Libc.poll(pollFd.address, 1, patienceMillis) > 0;
    }

    private static SendOutcome outcome(int errno) {
        return switch (errno) {
            case Errno.EMSGSIZE -> SendOutcome.TOO_BIG;
            case Errno.EAGAIN, Errno.ENOBUFS, Errno.ENOMEM -> SendOutcome.NO_ROOM;
            case Errno.ENETUNREACH, Errno.EHOSTUNREACH, Errno.ENETDOWN, Errno.EHOSTDOWN, Errno.EADDRNOTAVAIL,
                    Errno.ENODEV, Errno.ENXIO ->
                SendOutcome.UNREACHABLE;
            case Errno.EPERM, Errno.EACCES -> SendOutcome.FORBIDDEN;
            default -> SendOutcome.FAILED;
        };
    }

    /** System calls made so far. */
    public long calls() {
        return calls;
    }

    /** Whether segmentation offload is in use; it ends for good with the first device that cannot do it. */
    public boolean usesSegmentation() {
        return !segmentation.isOff();
    }
}
