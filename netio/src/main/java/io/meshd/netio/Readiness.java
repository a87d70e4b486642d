package io.meshd.netio;

import java.io.IOException;

/**
 * Waits until one descriptor is readable or another thread calls {@link #wakeup()}: poll(2) on the descriptor and an
 * eventfd.
 *
 * <p>Only the one reader thread waits; any thread wakes.
 */
final class Readiness implements AutoCloseable {
    private static final int EFD_CLOEXEC_NONBLOCK = 0x80800;
    private static final short POLLIN = 1;
    private static final int POLL_FD_SIZE = 8;
    private static final int REVENTS = 6;

    /** Two {@code struct pollfd}, then eight bytes for the eventfd's counter. */
    private final NativeMemory memory = new NativeMemory(3 * POLL_FD_SIZE);
    private final NativeFd watched;
    private final NativeFd event;

    Readiness(NativeFd watched) throws IOException {
        this.watched = watched;
        int number = Libc.eventfd(0, EFD_CLOEXEC_NONBLOCK);
        if (number < 0) {
            throw new SystemCallException("eventfd", Errno.last());
        }
        event = NativeFd.owning(number);
        memory.buffer.putInt(0, watched.number()).putShort(4, POLLIN);
        memory.buffer.putInt(POLL_FD_SIZE, number).putShort(POLL_FD_SIZE + 4, POLLIN);
    }

    /**
     * Waits; the caller holds the watched descriptor.
     *
     * @param timeoutMillis -1 for ever
     * @return true when the descriptor is readable or in error, false after a wakeup or when the time has passed
     */
    boolean await(int timeoutMillis) throws IOException {
        event.acquire();
        try {
            memory.buffer.putShort(REVENTS, (short) 0).putShort(POLL_FD_SIZE + REVENTS, (short) 0);
            while (Libc.poll(memory.address, 2, timeoutMillis) < 0) {
                int errno = Errno.last();
                if (errno != Errno.EINTR) {
                    throw new SystemCallException("poll", errno);
                }
            }
            if (memory.buffer.getShort(POLL_FD_SIZE + REVENTS) != 0) {
                Libc.eventfd_read(event.number(), memory.address + 2 * POLL_FD_SIZE);
                return false;
            }
            return memory.buffer.getShort(REVENTS) != 0;
        } finally {
            event.release();
        }
    }

    /** Makes the present or the next wait end at once. */
    void wakeup() {
        if (event.tryAcquire()) {
            Libc.eventfd_write(event.number(), 1);
            event.release();
        }
    }

    /** Closes the watched descriptor and wakes its reader. */
    @Override
    public void close() {
        watched.close();
        wakeup();
        event.close();
    }
}
