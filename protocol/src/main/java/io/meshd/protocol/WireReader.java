package io.meshd.protocol;

import io.meshd.identity.Bytes;
import io.meshd.identity.IpAddress;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads little-endian fields and remembers whether they were all there, so that a decoder checks once, at its end.
 *
 * <p>After the first fault every read gives zero or nothing. Offsets never leave the range given at the start.
 */
final class WireReader {
    private final byte[] buffer;
    private final int end;
    private int at;
    private boolean faulty;

    WireReader(byte[] buffer, int offset, int length) {
        this.buffer = buffer;
        this.at = offset;
        this.end = offset + length;
    }

    /** Notes a fault: a field that is there but means nothing. */
    void fail() {
        faulty = true;
        at = end;
    }

    boolean isFaulty() {
        return faulty;
    }

    int remaining() {
        return end - at;
    }

    /** Moves past {@code length} bytes and says where they began, or -1 when they are not there. */
    int skip(int length) {
        if (length < 0 || length > end - at) {
            fail();
            return -1;
        }
        int start = at;
        at += length;
        return start;
    }

    int u8() {
        int start = skip(Byte.BYTES);
        return start < 0 ? 0 : buffer[start] & 0xff;
    }

    int u16() {
        return (int) little(Short.BYTES);
    }

    int i32() {
        return (int) little(Integer.BYTES);
    }

    long i64() {
        return little(Long.BYTES);
    }

    private long little(int bytes) {
        int start = skip(bytes);
        long value = 0;
        for (int i = start < 0 ? -1 : bytes - 1; i >= 0; i--) {
            value = (value << Byte.SIZE) | (buffer[start + i] & 0xff);
        }
        return value;
    }

    byte[] array(int length) {
        int start = skip(length);
        byte[] bytes = new byte[start < 0 ? 0 : length];
        if (start >= 0) {
            System.arraycopy(buffer, start, bytes, 0, length);
        }
        return bytes;
    }

    Bytes bytes(int length) {
        int start = skip(length);
        return start < 0 ? Bytes.EMPTY : Bytes.copyOf(buffer, start, length);
    }

    /** Text with its length in one byte before it; any byte is a character, for rules of names to refuse. */
    String shortText() {
        return new String(array(u8()), StandardCharsets.ISO_8859_1);
    }

    /** Family (4 or 6) and that many bits; null after a fault. IPv4 in IPv6 clothes is a fault: two forms. */
    @Nullable
    IpAddress address() {
        int family = u8();
        return address(family);
    }

    /** As {@link #address()}, the family being known. */
    @Nullable
    IpAddress address(int family) {
        int length = switch (family) {
            case Wire.FAMILY_V4 -> Wire.V4_BYTES;
            case Wire.FAMILY_V6 -> Wire.V6_BYTES;
            default -> -1;
        };
        byte[] bytes = array(length);
        if (faulty) {
            return null;
        }
        IpAddress address = IpAddress.of(bytes);
        if (Wire.isMappedV4(address)) {
            fail();
            return null;
        }
        return address;
    }
}
