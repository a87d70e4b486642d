package io.meshd.netio;

import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;

/**
 * Where a service manager listens for how its service goes (sd_notify(3)): a unix datagram socket, which the JDK has not.
 *
 * <p>Any thread. No call waits.
 */
public final class NotifySocket implements AutoCloseable {
    private static final int AF_UNIX = 1;
    private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
    private static final int MSG_DONTWAIT_NOSIGNAL = 0x40 | 0x4000;
    /** {@code struct sockaddr_un}: the family, then this much for the name. */
    private static final int NAME_AT = 2;
    private static final int NAME_BYTES_MAX = 108;
    private static final int TEXT_BYTES_MAX = 4 * 1024;

    private final NativeFd fd;
    private final NativeMemory address = new NativeMemory(NAME_AT + NAME_BYTES_MAX);
    private final int addressBytes;
    private final NativeMemory text = new NativeMemory(TEXT_BYTES_MAX);

    private NotifySocket(NativeFd fd, byte[] name) {
        this.fd = fd;
        address.buffer.putShort(0, (short) AF_UNIX).put(NAME_AT, name);
        // A name in the file system ends with a zero byte when there is room for one; an abstract one is as long as it is.
        addressBytes = Math.min(NAME_AT + name.length + (name[0] == 0 ? 0 : 1), NAME_AT + NAME_BYTES_MAX);
    }

    /**
     * A socket to the manager at this address.
     *
     * @param address an absolute path, or an abstract name behind an "@", as in the variable {@code NOTIFY_SOCKET}
     */
    public static NotifySocket to(String address) throws IOException {
        byte[] name = address.getBytes(StandardCharsets.UTF_8);
        if (name.length < 2 || name.length > NAME_BYTES_MAX || (name[0] != '/' && name[0] != '@')) {
            throw new IOException("no address of a unix socket: " + address);
        }
        if (name[0] == '@') {
            name[0] = 0;
        }
        int number = Libc.socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
        if (number < 0) {
            throw new SystemCallException("open a unix socket", Errno.last());
        }
        return new NotifySocket(NativeFd.owning(number), name);
    }

    /**
     * Sends assignments, one a line.
     *
     * @throws IOException when the manager does not take it: it is gone, or has not read for long
     */
    public synchronized void send(String assignments) throws IOException {
        byte[] bytes = assignments.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > TEXT_BYTES_MAX) {
            throw new IllegalArgumentException(bytes.length + " bytes are more than a manager reads");
        }
        text.buffer.put(0, bytes);
        int number = fd.acquire();
        try {
            if (Libc.sendto(number, text.address, bytes.length, MSG_DONTWAIT_NOSIGNAL, address.address,
                    addressBytes) < 0) {
                throw new SystemCallException("tell the service manager", Errno.last());
            }
        } finally {
            fd.release();
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public void close() {
        fd.close();
    }
}
