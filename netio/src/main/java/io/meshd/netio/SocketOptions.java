package io.meshd.netio;

import java.io.IOException;
import java.lang.ref.Reference;

/** setsockopt(2) and getsockopt(2) for options that are an int. */
final class SocketOptions {
    static final int SOL_SOCKET = 1;
    static final int SO_SNDBUF = 7;
    static final int SO_RCVBUF = 8;
    static final int SO_SNDBUFFORCE = 32;
    static final int SO_RCVBUFFORCE = 33;
    static final int SO_MARK = 36;

    static final int SOL_IP = 0;
    static final int IP_TOS = 1;
    static final int IP_PKTINFO = 8;
    static final int IP_MTU_DISCOVER = 10;
    static final int IP_RECVTOS = 13;

    static final int SOL_IPV6 = 41;
    static final int IPV6_MTU_DISCOVER = 23;
    static final int IPV6_V6ONLY = 26;
    static final int IPV6_RECVPKTINFO = 49;
    static final int IPV6_PKTINFO = 50;
    static final int IPV6_RECVTCLASS = 66;
    static final int IPV6_TCLASS = 67;

    static final int SOL_UDP = 17;
    static final int UDP_SEGMENT = 103;
    static final int UDP_GRO = 104;

    private static final int INT = 4;

    private SocketOptions() {}

    /** Sets an option; false when the kernel refuses, and {@link Errno#last()} says why. */
    static boolean trySet(int fd, int level, int name, int value) {
        NativeMemory memory = new NativeMemory(INT);
        memory.buffer.putInt(0, value);
        try {
            return Libc.setsockopt(fd, level, name, memory.address, INT) == 0;
        } finally {
            Reference.reachabilityFence(memory);
        }
    }

    /** Sets an option that must work. */
    static void set(int fd, int level, int name, int value, String attempted) throws IOException {
        if (!trySet(fd, level, name, value)) {
            throw new SystemCallException(attempted, Errno.last());
        }
    }

    static int get(int fd, int level, int name) throws IOException {
        NativeMemory memory = new NativeMemory(2 * INT);
        memory.buffer.putInt(INT, INT);
        if (Libc.getsockopt(fd, level, name, memory.address, memory.address + INT) != 0) {
            throw new SystemCallException("read socket option " + name + " of level " + level, Errno.last());
        }
        return memory.buffer.getInt(0);
    }

    /** Makes the receive buffer this big, or as big as the process may; the kernel counts its overhead in as well. */
    static void receiveBuffer(int fd, int bytes) {
        if (!trySet(fd, SOL_SOCKET, SO_RCVBUFFORCE, bytes)) {
            trySet(fd, SOL_SOCKET, SO_RCVBUF, bytes);
        }
    }

    /** Makes the send buffer this big, or as big as the process may. */
    static void sendBuffer(int fd, int bytes) {
        if (!trySet(fd, SOL_SOCKET, SO_SNDBUFFORCE, bytes)) {
            trySet(fd, SOL_SOCKET, SO_SNDBUF, bytes);
        }
    }
}
