package io.meshd.netio;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Sends datagrams to a Unix socket by its path, and never waits: what does not go at once does not go. The receiver may
 * be started anew in between. Any thread.
 */
public final class UnixDatagrams implements AutoCloseable {
    /** The longest datagram; senders have some 200 KiB of buffer, and one of half that size would often find it full. */
    public static final int MAX_BYTES = 48 * 1024;

    private static final int AF_UNIX = 1;
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int MSG_NOSIGNAL = 0x4000;
    /** sockaddr_un: two bytes of family, then the path, which ends with a zero. */
    private static final int PATH_OFFSET = 2;
    private static final int PATH_MAX_BYTES = 107;

    private final NativeFd fd;
    private final NativeMemory address;
    private final NativeMemory content = new NativeMemory(MAX_BYTES);

    private UnixDatagrams(NativeFd fd, NativeMemory address) {
        this.fd = fd;
        this.address = address;
    }

    /**
     * Makes a socket; that there is a receiver is not asked.
     *
     * @throws IOException when there can be no socket, or the path is too long
     */
    public static UnixDatagrams to(Path receiver) throws IOException {
        byte[] path = receiver.toString().getBytes(StandardCharsets.UTF_8);
        if (path.length > PATH_MAX_BYTES) {
            throw new IOException("the path of the socket is too long: " + receiver);
        }
        int number = Libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (number < 0) {
            throw new SystemCallException("socket", Errno.last());
        }
        NativeMemory address = new NativeMemory(PATH_OFFSET + path.length + 1);
        address.buffer.putShort(0, (short) AF_UNIX).put(PATH_OFFSET, path);
        return new UnixDatagrams(NativeFd.owning(number), address);
    }

    /** Sends one datagram of at most {@link #MAX_BYTES}; false when it could not be sent. */
    public synchronized boolean send(byte[] datagram) {
        if (datagram.length > MAX_BYTES || !fd.tryAcquire()) {
            return false;
        }
        try {
            content.buffer.put(0, datagram);
            return Libc.sendto(fd.number(), content.address, datagram.length, MSG_DONTWAIT | MSG_NOSIGNAL,
                    address.address, address.size) == datagram.length;
        } finally {
            fd.release();
        }
    }

    @Override
    public void close() {
        fd.close();
    }
}
