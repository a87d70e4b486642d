package io.meshd.discovery;

import io.meshd.identity.Bytes;
import io.meshd.identity.PublicKey;
import java.util.Arrays;

/** Writes the numbers and keys of membership messages: varints (LEB128), fixed words little-endian. */
final class SwimWriter {
    private byte[] buffer = new byte[128];
    private int size;

    int size() {
        return size;
    }

    byte[] toArray() {
        return Arrays.copyOf(buffer, size);
    }

    void u8(int value) {
        reserve(1);
        buffer[size++] = (byte) value;
    }

    /** A number that is not negative, in 1 to 9 bytes. */
    void varint(long value) {
        long rest = value;
        while (rest > 0x7f) {
            u8((int) (rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        u8((int) rest);
    }

    void u32(int value) {
        for (int i = 0; i < Integer.BYTES; i++) {
            u8(value >>> (i * Byte.SIZE));
        }
    }

    void u64(long value) {
        for (int i = 0; i < Long.BYTES; i++) {
            u8((int) (value >>> (i * Byte.SIZE)));
        }
    }

    void key(PublicKey key) {
        array(key.bytes());
    }

    void bytes(Bytes bytes) {
        reserve(bytes.length());
        bytes.copyInto(buffer, size);
        size += bytes.length();
    }

    void array(byte[] bytes) {
        reserve(bytes.length);
        System.arraycopy(bytes, 0, buffer, size, bytes.length);
        size += bytes.length;
    }

    private void reserve(int bytes) {
        if (size + bytes > buffer.length) {
            buffer = Arrays.copyOf(buffer, Math.max(2 * buffer.length, size + bytes));
        }
    }
}
