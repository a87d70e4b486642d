package io.meshd.netio;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;

/**
 * The system calls, bound by JNA's direct mapping.
 *
 * <p>Pointers and sizes are longs, so that a call allocates nothing; this limits the module to 64-bit Linux. All numbers
 * and structure layouts used with it are the same on x86_64 and aarch64 (Linux UAPI headers, asm-generic). After a
 * result of -1 {@link Errno#last()} tells why.
 */
final class Libc {
    static {
        // The C library is already in the process: no search by file name, which differs between C libraries.
        Native.register(Libc.class, NativeLibrary.getProcess());
    }

    private Libc() {}

    static native int open(String path, int flags);

    static native int close(int fd);

    static native long read(int fd, long buffer, long count);

    static native long write(int fd, long buffer, long count);

    static native int ioctl(int fd, long request, long argument);

    static native int poll(long pollFds, long count, int timeoutMillis);

    static native int socket(int domain, int type, int protocol);

    static native int bind(int fd, long address, int length);

    static native long recvmsg(int fd, long message, int flags);

    static native long sendmsg(int fd, long message, int flags);

    static native long sendto(int fd, long buffer, long length, int flags, long address, int addressLength);

    static native int setsockopt(int fd, int level, int name, long value, int length);

    static native int getsockopt(int fd, int level, int name, long value, long length);

    static native int eventfd(int initial, int flags);

    static native int eventfd_write(int fd, long value);

    static native int eventfd_read(int fd, long value);

    static native int clock_gettime(int clock, long timespec);

    static native int capget(long header, long content);

    static native String strerror(int errno);
}
