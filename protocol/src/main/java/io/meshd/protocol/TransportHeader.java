package io.meshd.protocol;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The 16 bytes before the ciphertext of a WireGuard data message (WireGuard paper, section 5.4.6).
 *
 * <p>Reads and writes straight in the caller's buffer, since one goes by for every packet. All numbers are
 * little-endian: type 4, receiver index, counter.
 */
public final class TransportHeader {
    /** The message type. */
    public static final int TYPE = 4;
    /** Length of this header. */
    public static final int BYTES = 16;
    /** Length of the authentication tag at the end. */
    public static final int TAG_BYTES = 16;
    /** What a data message adds to its padded content, and so the length of a keepalive. */
    public static final int OVERHEAD_BYTES = BYTES + TAG_BYTES;

    private static final int RECEIVER_OFFSET = 4;
    private static final int COUNTER_OFFSET = 8;
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private TransportHeader() {}

    /** Whether these bytes are a data message as far as type, reserved bytes and length can say. */
    public static boolean matches(byte[] buffer, int offset, int length) {
        return length >= OVERHEAD_BYTES && (int) INT.get(buffer, offset) == TYPE;
    }

    /** The receiver index of the data message that begins at {@code offset}. */
    public static int receiver(byte[] buffer, int offset) {
        return (int) INT.get(buffer, offset + RECEIVER_OFFSET);
    }

    /** The counter of the data message that begins at {@code offset}: an unsigned number. */
    public static long counter(byte[] buffer, int offset) {
        return (long) LONG.get(buffer, offset + COUNTER_OFFSET);
    }

    /** Writes a header at {@code offset}. */
    public static void write(byte[] buffer, int offset, int receiver, long counter) {
        INT.set(buffer, offset, TYPE);
        INT.set(buffer, offset + RECEIVER_OFFSET, receiver);
        LONG.set(buffer, offset + COUNTER_OFFSET, counter);
    }
}
