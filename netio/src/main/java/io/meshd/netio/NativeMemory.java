package io.meshd.netio;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A block of memory outside the heap with a fixed address, so that a system call can be given the address as a long.
 *
 * <p>The block lives as long as this object is reachable; every owner keeps it in a field and touches it, or the
 * descriptor beside it, again after the call.
 */
final class NativeMemory {
    /** The content, in the machine's byte order. */
    final ByteBuffer buffer;
    /** Where it lies. */
    final long address;
    /** Its size in bytes. */
    final int size;

    NativeMemory(int size) {
        this.size = size;
        buffer = ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
        address = Pointer.nativeValue(Native.getDirectBufferPointer(buffer));
    }
}
