package io.meshd.netio;

import java.nio.ByteBuffer;

/**
 * {@code struct msghdr} with one {@code iovec}, a socket address and room for control messages, for recvmsg(2) and
 * sendmsg(2).
 *
 * <p>Layout for 64-bit Linux (glibc and musl agree on little-endian machines): name at 0, namelen at 8, iov at 16, iovlen at
 * 24, control at 32, controllen at 40, flags at 48; the rest of the block follows behind it.
 */
final class MessageHeader {
    static final int SIZE = 56;
    static final int NAME_LENGTH = 8;
    static final int CONTROL = 32;
    static final int CONTROL_LENGTH = 40;
    static final int FLAGS = 48;
    static final int IO_VECTOR = 56;
    static final int IO_LENGTH = 64;
    /** Where the socket address begins, in {@link #buffer()}. */
    static final int ADDRESS_AT = 72;
    static final int ADDRESS_CAPACITY = 32;
    /** Where control messages begin, in {@link #buffer()}. */
    static final int CONTROL_AT = 104;
    static final int CONTROL_CAPACITY = 256;

    static final int MSG_TRUNC = 0x20;
    static final int MSG_CTRUNC = 0x8;
    static final int MSG_DONTWAIT = 0x40;

    private final NativeMemory memory = new NativeMemory(CONTROL_AT + CONTROL_CAPACITY);

    /** A header whose single part is {@code content}. */
    MessageHeader(NativeMemory content) {
        ByteBuffer buffer = memory.buffer;
        buffer.putLong(0, memory.address + ADDRESS_AT);
        buffer.putLong(16, memory.address + IO_VECTOR);
        buffer.putLong(24, 1);
        buffer.putLong(CONTROL, memory.address + CONTROL_AT);
        buffer.putLong(IO_VECTOR, content.address);
        buffer.putLong(IO_LENGTH, content.size);
    }

    long address() {
        return memory.address;
    }

    ByteBuffer buffer() {
        return memory.buffer;
    }

    /** Prepares for the next recvmsg, which overwrites these fields. */
    void beforeReceive() {
        memory.buffer.putInt(NAME_LENGTH, ADDRESS_CAPACITY);
        memory.buffer.putLong(CONTROL_LENGTH, CONTROL_CAPACITY);
        memory.buffer.putInt(FLAGS, 0);
    }

    /** Flags that the kernel set. */
    int flags() {
        return memory.buffer.getInt(FLAGS);
    }

    /** Prepares for a sendmsg with addresses and control messages of these lengths, already written. */
    void beforeSend(int addressLength, int controlLength, int contentLength) {
        memory.buffer.putInt(NAME_LENGTH, addressLength);
        memory.buffer.putLong(CONTROL_LENGTH, controlLength);
        memory.buffer.putLong(IO_LENGTH, contentLength);
    }
}
