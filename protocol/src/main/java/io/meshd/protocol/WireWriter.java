package io.meshd.protocol;

import io.meshd.identity.Bytes;
import io.meshd.identity.IpAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Writes little-endian fields into a buffer that grows. The counterpart of {@link WireReader}. */
final class WireWriter {
    private byte[] buffer;
    private int length;

    WireWriter(int expectedBytes) {
        this.buffer = new byte[expectedBytes];
    }

    int length() {
        return length;
    }

    byte[] toArray() {
        return Arrays.copyOf(buffer, length);
    }

    WireWriter u8(int value) {
        return little(value, Byte.BYTES);
    }

    WireWriter u16(int value) {
        return little(value, Short.BYTES);
    }

    WireWriter i32(int value) {
        return little(value, Integer.BYTES);
    }

    WireWriter i64(long value) {
        return little(value, Long.BYTES);
    }

    private WireWriter little(long value, int bytes) {
        int start = grow(bytes);
        for (int i = 0; i < bytes; i++) {
            buffer[start + i] = (byte) (value >>> (i * Byte.SIZE));
        }
        return this;
    }

    WireWriter array(byte[] bytes) {
        int start = grow(bytes.length);
        System.arraycopy(bytes, 0, buffer, start, bytes.length);
        return this;
    }

    WireWriter bytes(Bytes bytes) {
        int start = grow(bytes.length());
        bytes.copyInto(buffer, start);
        return this;
    }

    WireWriter shortText(String text) {
        byte[] characters = text.getBytes(StandardCharsets.ISO_8859_1);
        return u8(characters.length).array(characters);
    }

    WireWriter address(IpAddress address) {
        return u8(address.isV6() ? Wire.FAMILY_V6 : Wire.FAMILY_V4).array(address.bytes());
    }

    WireWriter endpoint(InetSocketAddress endpoint) {
        return address(IpAddress.of(endpoint.getAddress())).u16(endpoint.getPort());
    }

    /** Overwrites two bytes that were written before: a length that is known only afterwards. */
    void patchU16(int at, int value) {
        buffer[at] = (byte) value;
        buffer[at + 1] = (byte) (value >>> Byte.SIZE);
    }

    private int grow(int bytes) {
        int start = length;
        length += bytes;
        if (length > buffer.length) {
            buffer = Arrays.copyOf(buffer, Math.max(length, 2 * buffer.length));
        }
        return start;
    }
}
