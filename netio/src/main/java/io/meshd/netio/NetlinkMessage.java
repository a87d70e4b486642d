package io.meshd.netio;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Steps through the netlink messages of one datagram, and through attributes. Every length is checked against what is
 * there; what does not fit ends the walk.
 */
final class NetlinkMessage {
    private final ByteBuffer in;
    private final int end;
    private int start;
    private int limit;

    /** Walks over {@code length} bytes from the start of {@code in}, which is in the machine's byte order. */
    NetlinkMessage(ByteBuffer in, int length) {
        this.in = in;
        this.end = Math.min(length, in.capacity());
        this.limit = 0;
    }

    /** Goes to the next message; false at the end or when the rest is no message. */
    boolean next() {
        start = Rtnetlink.aligned(limit);
        if (start > end - Rtnetlink.NLMSG_HEADER) {
            return false;
        }
        int length = in.getInt(start);
        if (length < Rtnetlink.NLMSG_HEADER || length > end - start) {
            return false;
        }
        limit = start + length;
        return true;
    }

    int type() {
        return Short.toUnsignedInt(in.getShort(start + 4));
    }

    int flags() {
        return Short.toUnsignedInt(in.getShort(start + 6));
    }

    int sequence() {
        return in.getInt(start + 8);
    }

    /** Number of bytes after the header. */
    int bodyLength() {
        return limit - body();
    }

    int body() {
        return start + Rtnetlink.NLMSG_HEADER;
    }

    int u8(int offset) {
        return in.get(body() + offset) & 0xff;
    }

    int u16(int offset) {
        return in.getShort(body() + offset) & 0xffff;
    }

    int i32(int offset) {
        return in.getInt(body() + offset);
    }

    /** The attributes behind a fixed part of this length, which the caller has checked to be there. */
    Attributes attributes(int fixedLength) {
        return new Attributes(body() + Rtnetlink.aligned(fixedLength), limit);
    }

    /** Steps through attributes. */
    final class Attributes {
        private static final int TYPE_MASK = 0x3fff;

        private final int stop;
        private int at;
        private int after;

        private Attributes(int first, int stop) {
            this.after = first;
            this.stop = stop;
        }

        boolean next() {
            at = after;
            if (at > stop - Rtnetlink.ATTRIBUTE_HEADER) {
                return false;
            }
            int length = Short.toUnsignedInt(in.getShort(at));
            if (length < Rtnetlink.ATTRIBUTE_HEADER || length > stop - at) {
                return false;
            }
            after = at + Rtnetlink.aligned(length);
            return true;
        }

        int type() {
            return Short.toUnsignedInt(in.getShort(at + 2)) & TYPE_MASK;
        }

        int length() {
            return Short.toUnsignedInt(in.getShort(at)) - Rtnetlink.ATTRIBUTE_HEADER;
        }

        /** A number of 1 or 4 bytes; {@code otherwise} when it has another length. */
        int number(int otherwise) {
            return switch (length()) {
                case 1 -> in.get(at + Rtnetlink.ATTRIBUTE_HEADER) & 0xff;
                case 4 -> in.getInt(at + Rtnetlink.ATTRIBUTE_HEADER);
                default -> otherwise;
            };
        }

        byte[] bytes() {
            byte[] value = new byte[length()];
            in.get(at + Rtnetlink.ATTRIBUTE_HEADER, value);
            return value;
        }

        /** Text up to its zero byte. */
        String text() {
            byte[] value = bytes();
            int length = 0;
            while (length < value.length && value[length] != 0) {
                length++;
            }
            return new String(value, 0, length, StandardCharsets.UTF_8);
        }

        /** The attributes inside this one, behind a fixed part of this length. */
        Attributes nested(int fixedLength) {
            int from = at + Rtnetlink.ATTRIBUTE_HEADER;
            return new Attributes(from + fixedLength, from + length());
        }

        /** Four bytes within this attribute; 0 when it is too short. */
        int i32(int offset) {
            return offset + 4 <= length() ? in.getInt(at + Rtnetlink.ATTRIBUTE_HEADER + offset) : 0;
        }
    }
}
