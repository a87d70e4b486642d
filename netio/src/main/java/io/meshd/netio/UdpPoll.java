package io.meshd.netio;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Waits for datagrams on many sockets at once: one poll(2) for all, and an eventfd.
 *
 * <p>Only the one reader thread waits; any thread wakes. A socket that is closed meanwhile keeps its descriptor until the
 * wait is over, so who closes one wakes the reader.
 */
public final class UdpPoll implements AutoCloseable {
    private static final int EFD_CLOEXEC_NONBLOCK = 0x80800;
    private static final short POLLIN = 1;
    private static final int POLL_FD_SIZE = 8;
    private static final int EVENTS = 4;
    private static final int REVENTS = 6;

    private final int socketsMax;
    /** Eight bytes for the eventfd's counter, its {@code struct pollfd}, then one for each socket. */
    private final NativeMemory memory;
    private final NativeFd event;

    /** For at most so many sockets at a time. */
    public UdpPoll(int socketsMax) throws IOException {
        this.socketsMax = socketsMax;
        this.memory = new NativeMemory((2 + socketsMax) * POLL_FD_SIZE);
        int number = Libc.eventfd(0, EFD_CLOEXEC_NONBLOCK);
        if (number < 0) {
            throw new SystemCallException("eventfd", Errno.last());
        }
        event = NativeFd.owning(number);
        watch(POLL_FD_SIZE, number);
    }

    private void watch(int at, int number) {
        memory.buffer.putInt(at, number).putShort(at + EVENTS, POLLIN).putShort(at + REVENTS, (short) 0);
    }

    /**
     * Waits until one of the sockets has something to receive, or {@link #wakeup}.
     *
     * @return the sockets that have; none after a wakeup
     */
    public List<UdpSocket> await(List<UdpSocket> sockets) throws IOException {
        if (sockets.size() > socketsMax) {
            throw new IllegalArgumentException(sockets.size() + " sockets where there is room for " + socketsMax);
        }
        event.acquire();
        List<UdpSocket> held = new ArrayList<>(sockets.size());
        try {
            for (UdpSocket socket : sockets) {
                if (socket.fd().tryAcquire()) {
                    held.add(socket);
                    watch((1 + held.size()) * POLL_FD_SIZE, socket.fd().number());
                }
            }
            return poll(held);
        } finally {
            held.forEach(socket -> socket.fd().release());
            event.release();
        }
    }

    private List<UdpSocket> poll(List<UdpSocket> held) throws IOException {
        memory.buffer.putShort(POLL_FD_SIZE + REVENTS, (short) 0);
        while (Libc.poll(memory.address + POLL_FD_SIZE, 1 + held.size(), -1) < 0) {
            int errno = Errno.last();
            if (errno != Errno.EINTR) {
                throw new SystemCallException("poll", errno);
            }
        }
        if (memory.buffer.getShort(POLL_FD_SIZE + REVENTS) != 0) {
            Libc.eventfd_read(event.number(), memory.address);
        }
        List<UdpSocket> ready = new ArrayList<>();
        for (int i = 0; i < held.size(); i++) {
            if (memory.buffer.getShort((2 + i) * POLL_FD_SIZE + REVENTS) != 0) {
                ready.add(held.get(i));
            }
        }
        return ready;
    }

    /** Makes the present or the next wait end at once. */
    public void wakeup() {
        if (event.tryAcquire()) {
            Libc.eventfd_write(event.number(), 1);
            event.release();
        }
    }

    @Override
    public void close() {
        event.close();
    }
}
