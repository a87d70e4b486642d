package io.meshd.discovery;

import io.meshd.identity.Bytes;
import io.meshd.identity.PublicKey;

/**
 * Reads what {@link SwimWriter} writes, from bytes that nobody vouches for.
 *
 * <p>Never throws on bad input: a read beyond the end or of a bad number makes the reader faulty for good and gives
 * zeros, so a decoder reads on and asks {@link #isFaulty()} once at the end.
 */
final class SwimReader {
    private static final int VARINT_BYTES_MAX = 9;

    private final byte[] buffer;
    private final int end;
    private int at;
    private boolean faulty;

    SwimReader(byte[] buffer, int offset, int length) {
        this.buffer = buffer;
        this.at = offset;
        this.end = offset + length;
    }

    boolean isFaulty() {
        return faulty;
    }

    void fail() {
        faulty = true;
    }

    int remaining() {
        return faulty ? 0 : end - at;
    }

    /** Position in the buffer. */
    int position() {
        return at;
    }

    void skip(int bytes) {
        if (bytes > remaining()) {
            faulty = true;
        } else {
            at += bytes;
        }
    }

    int u8() {
        if (remaining() < 1) {
            faulty = true;
            return 0;
        }
        return buffer[at++] & 0xff;
    }

    /** A number of up to 63 bits, in its shortest form: one value has one form. */
    long varint() {
        long value = 0;
        for (int i = 0; i < VARINT_BYTES_MAX; i++) {
            int b = u8();
            value |= (long) (b & 0x7f) << (7 * i);
            if (b < 0x80) {
                if (b == 0 && i > 0) {
                    faulty = true;
                }
                return faulty ? 0 : value;
            }
        }
        faulty = true;
        return 0;
    }

    /** A number that must lie in 0 to {@code max}. */
    int count(int max) {
        long value = varint();
        if (value > max) {
            faulty = true;
            return 0;
        }
        return (int) value;
    }

    int u32() {
        int value = 0;
        for (int i = 0; i < Integer.BYTES; i++) {
            value |= u8() << (i * Byte.SIZE);
        }
        return value;
    }

    long u64() {
        long value = 0;
        for (int i = 0; i < Long.BYTES; i++) {
            value |= (long) u8() << (i * Byte.SIZE);
        }
        return value;
    }

    PublicKey key() {
        byte[] bytes = new byte[PublicKey.BYTES];
        array(bytes);
        return PublicKey.of(bytes);
    }

    Bytes bytes(int length) {
        byte[] bytes = new byte[Math.min(length, remaining())];
        if (bytes.length < length) {
            faulty = true;
        }
        array(bytes);
        return Bytes.copyOf(bytes);
    }

    private void array(byte[] target) {
        if (remaining() < target.length) {
            faulty = true;
            return;
        }
        System.arraycopy(buffer, at, target, 0, target.length);
        at += target.length;
    }
}
