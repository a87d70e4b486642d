package io.meshd.netio;

import java.io.IOException;

/** What this process may do (capabilities(7)). */
public final class Capabilities {
    private static final int VERSION_3 = 0x20080522;
    private static final int CAP_NET_ADMIN = 12;

    private Capabilities() {}

    /** Whether CAP_NET_ADMIN is effective: needed for TUN, routes, firewall mark and forced buffer sizes. */
    public static boolean hasNetAdmin() throws IOException {
        return (effective() & 1L << CAP_NET_ADMIN) != 0;
    }

    /** The effective set as bits. */
    static long effective() throws IOException {
        // struct __user_cap_header_struct (8 bytes), then two __user_cap_data_struct of three 32-bit sets each.
        NativeMemory memory = new NativeMemory(32);
        memory.buffer.putInt(0, VERSION_3).putInt(4, 0);
        if (Libc.capget(memory.address, memory.address + 8) != 0) {
            throw new SystemCallException("capget", Errno.last());
        }
        return Integer.toUnsignedLong(memory.buffer.getInt(8)) | (long) memory.buffer.getInt(20) << 32;
    }
}
