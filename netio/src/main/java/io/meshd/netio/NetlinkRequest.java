package io.meshd.netio;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Writes one netlink message: header, fixed part, attributes. Requests here are small; the buffer is ample. */
final class NetlinkRequest {
    private final ByteBuffer out;

    /** Begins a message at the start of {@code out}, which is in the machine's byte order. */
    NetlinkRequest(ByteBuffer out, int type, int flags, int sequence) {
        this.out = out;
        out.clear();
        out.putInt(0).putShort((short) type).putShort((short) (flags | Rtnetlink.F_REQUEST)).putInt(sequence).putInt(0);
    }

    NetlinkRequest u8(int value) {
        out.put((byte) value);
        return this;
    }

    NetlinkRequest u16(int value) {
        out.putShort((short) value);
        return this;
    }

    NetlinkRequest u32(int value) {
        out.putInt(value);
        return this;
    }

    NetlinkRequest attributeU8(int type, int value) {
        return attribute(type, new byte[]{(byte) value});
    }

    NetlinkRequest attributeU32(int type, int value) {
        out.putShort((short) (Rtnetlink.ATTRIBUTE_HEADER + 4)).putShort((short) type).putInt(value);
        return this;
    }

    NetlinkRequest attribute(int type, InetAddress value) {
        return attribute(type, value.getAddress());
    }

    /** A name with the zero byte that ends it. */
    NetlinkRequest attribute(int type, String value) {
        byte[] bytes = value.getBytes(StandardCharsets.UTF_8);
        byte[] ended = new byte[bytes.length + 1];
        System.arraycopy(bytes, 0, ended, 0, bytes.length);
        return attribute(type, ended);
    }

    private NetlinkRequest attribute(int type, byte[] value) {
        out.putShort((short) (Rtnetlink.ATTRIBUTE_HEADER + value.length)).putShort((short) type).put(value);
        while (out.position() % 4 != 0) {
            out.put((byte) 0);
        }
        return this;
    }

    /** Opens an attribute that holds attributes; the result goes to {@link #end}. */
    int begin(int type) {
        int start = out.position();
        out.putShort((short) 0).putShort((short) type);
        return start;
    }

    void end(int start) {
        out.putShort(start, (short) (out.position() - start));
    }

    /** Writes the length; returns it. */
    int finish() {
        out.putInt(0, out.position());
        return out.position();
    }
}
