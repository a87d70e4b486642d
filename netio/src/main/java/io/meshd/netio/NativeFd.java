package io.meshd.netio;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A file descriptor that several threads use and one may close.
 *
 * <p>The number of a closed descriptor can at once belong to another file, so it must not be closed while a system call
 * still uses it: the last user closes it.
 */
final class NativeFd implements AutoCloseable {
    private static final int CLOSED = 1;
    private static final int ONE_USER = 2;

    private final int number;
    private final Runnable closer;
    /** Twice the number of users, plus one once closed. */
    private final AtomicInteger state = new AtomicInteger();

    private NativeFd(int number, Runnable closer) {
        this.number = number;
        this.closer = closer;
    }

    /** Takes over a descriptor, to be closed by the system call. */
    static NativeFd owning(int number) {
        return new NativeFd(number, () -> Libc.close(number));
    }

    /** Guards a descriptor that {@code closer} closes. */
    static NativeFd closedBy(int number, Runnable closer) {
        return new NativeFd(number, closer);
    }

    /** Opens a file, or says what failed. */
    static NativeFd open(String path, int flags) throws IOException {
        int number = Libc.open(path, flags);
        if (number < 0) {
            throw new SystemCallException("open " + path, Errno.last());
        }
        return owning(number);
    }

    /** The number for one or more system calls, until {@link #release()}. */
    int acquire() throws ClosedChannelException {
        if (tryAcquire()) {
            return number;
        }
        throw new ClosedChannelException();
    }

    /** Like {@link #acquire()}, for those who want no exception. */
    boolean tryAcquire() {
        for (;;) {
            int seen = state.get();
            if ((seen & CLOSED) != 0) {
                return false;
            }
            if (state.compareAndSet(seen, seen + ONE_USER)) {
                return true;
            }
        }
    }

    /** The bare number; valid only between acquire and release. */
    int number() {
        return number;
    }

    /** Ends what {@link #acquire()} began. */
    void release() {
        if (state.addAndGet(-ONE_USER) == CLOSED) {
            closer.run();
        }
    }

    boolean isClosed() {
        return (state.get() & CLOSED) != 0;
    }

    /** Refuses new users; the descriptor itself is closed when the last one leaves. */
    @Override
    public void close() {
        for (;;) {
            int seen = state.get();
            if ((seen & CLOSED) != 0) {
                return;
            }
            if (state.compareAndSet(seen, seen | CLOSED)) {
                if (seen == 0) {
                    closer.run();
                }
                return;
            }
        }
    }
}
