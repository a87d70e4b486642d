package io.meshd.protocol;

import io.meshd.identity.IpAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * ICMP errors about packets that the tunnel does not carry (RFC 792, RFC 1191, RFC 1812, RFC 4443).
 *
 * <p>Answers are null where the standards forbid one (RFC 1812 section 4.3.2.7, RFC 4443 section 2.4e): about ICMP
 * errors, to or from addresses that are no single host, about fragments other than the first. How many answers a source
 * may cause in a second is for the caller to bound.
 */
public final class IcmpPackets {
    /** Why a destination is not reached. */
    public enum Unreachable {
        /** No route: nobody owns the address. */
        NETWORK(0, 0),
        /** Its owner is known but not there. */
        HOST(1, 3),
        /** Policy forbids it. */
        PROHIBITED(13, 1);

        private final int v4Code;
        private final int v6Code;

        Unreachable(int v4Code, int v6Code) {
            this.v4Code = v4Code;
            this.v6Code = v6Code;
        }
    }

    /** RFC 1812 section 4.3.2.3: as much of the packet as keeps the answer within this. */
    private static final int V4_ANSWER_BYTES_MAX = 576;
    /** RFC 4443 section 2.4c: as much of the packet as keeps the answer within the least MTU of IPv6. */
    private static final int V6_ANSWER_BYTES_MAX = 1280;
    /** RFC 8200 section 5. */
    private static final int V6_MTU_MIN = 1280;
    private static final int ICMP_HEADER_BYTES = 8;
    private static final int ICMP_CHECKSUM_AT = 2;
    private static final int HOP_LIMIT = 64;
    /** RFC 1812 section 4.3.2.5: internetwork control. */
    private static final int V4_TRAFFIC_CLASS = 0xC0;

    private static final int V4_UNREACHABLE = 3;
    private static final int V4_FRAGMENTATION_NEEDED = 4;
    private static final int V6_UNREACHABLE = 1;
    private static final int V6_PACKET_TOO_BIG = 2;

    private IcmpPackets() {}

    /**
     * The answer that a packet's destination is unreachable, or null when none is due.
     *
     * @param from an address of this node, of the packet's family
     */
    public static byte @Nullable [] unreachable(Unreachable reason, byte[] buffer, int offset, int length,
            IpAddress from) {
        int total = IpPacket.check(buffer, offset, length);
        if (total < 0 || !IcmpRules.deserveAnswer(buffer, offset, total)) {
            return null;
        }
        return IpPacket.isV6(buffer, offset)
                ? v6Error(V6_UNREACHABLE, reason.v6Code, 0, buffer, offset, total, from)
                : v4Error(V4_UNREACHABLE, reason.v4Code, 0, buffer, offset, total, from);
    }

    /**
     * The answer that a packet is larger than {@code mtu} bytes, or null when none is due; also null for an IPv4 packet
     * that may be fragmented, since the sender will not heed it.
     *
     * @param from an address of this node, of the packet's family
     * @param mtu  what fits, in bytes; below 1280 IPv6 is told 1280, its least
     */
    public static byte @Nullable [] tooBig(byte[] buffer, int offset, int length, IpAddress from, int mtu) {
        int total = IpPacket.check(buffer, offset, length);
        if (total < 0 || !IcmpRules.deserveAnswer(buffer, offset, total)
                || IpPacket.mayBeFragmented(buffer, offset)) {
            return null;
        }
        return IpPacket.isV6(buffer, offset)
                ? v6Error(V6_PACKET_TOO_BIG, 0, Math.max(mtu, V6_MTU_MIN), buffer, offset, total, from)
                : v4Error(V4_UNREACHABLE, V4_FRAGMENTATION_NEEDED, mtu & Wire.U16_MAX, buffer, offset, total, from);
    }

    /** {@code parameter} fills the second word of the ICMP header: unused, or the next hop's MTU (RFC 1191). */
    private static byte[] v4Error(int type, int code, int parameter, byte[] buffer, int offset, int total,
            IpAddress from) {
        requireFamily(from, false);
        int icmpAt = IpPacket.V4_HEADER_BYTES_MIN;
        int quoted = Math.min(total, V4_ANSWER_BYTES_MAX - icmpAt - ICMP_HEADER_BYTES);
        byte[] answer = new byte[icmpAt + ICMP_HEADER_BYTES + quoted];
        ByteBuffer.wrap(answer)
                .put((byte) 0x45).put((byte) V4_TRAFFIC_CLASS).putShort((short) answer.length)
                .putShort((short) 0).putShort((short) IpPacket.V4_DONT_FRAGMENT)
                .put((byte) HOP_LIMIT).put((byte) IpPacket.ICMP).putShort((short) 0)
                .put(from.bytes()).put(buffer, offset + IpPacket.V4_SOURCE_AT, Wire.V4_BYTES)
                .put((byte) type).put((byte) code).putShort((short) 0).putInt(parameter)
                .put(buffer, offset, quoted);
        InternetChecksum.setWordAt(answer, IpPacket.V4_CHECKSUM_AT, InternetChecksum.of(answer, 0, icmpAt));
        InternetChecksum.setWordAt(answer, icmpAt + ICMP_CHECKSUM_AT,
                InternetChecksum.of(answer, icmpAt, answer.length - icmpAt));
        return answer;
    }

    private static byte[] v6Error(int type, int code, int parameter, byte[] buffer, int offset, int total,
            IpAddress from) {
        requireFamily(from, true);
        int icmpAt = IpPacket.V6_HEADER_BYTES;
        int quoted = Math.min(total, V6_ANSWER_BYTES_MAX - icmpAt - ICMP_HEADER_BYTES);
        byte[] answer = new byte[icmpAt + ICMP_HEADER_BYTES + quoted];
        int icmpBytes = answer.length - icmpAt;
        ByteBuffer.wrap(answer)
                .putInt(0x6000_0000).putShort((short) icmpBytes).put((byte) IpPacket.ICMPV6).put((byte) HOP_LIMIT)
                .put(from.bytes()).put(buffer, offset + IpPacket.V6_SOURCE_AT, Wire.V6_BYTES)
                .put((byte) type).put((byte) code).putShort((short) 0).putInt(parameter)
                .put(buffer, offset, quoted);
        long pseudoHeader = InternetChecksum.pseudoHeader(answer, 0, IpPacket.ICMPV6, icmpBytes);
        InternetChecksum.setWordAt(answer, icmpAt + ICMP_CHECKSUM_AT,
                InternetChecksum.of(InternetChecksum.add(pseudoHeader, answer, icmpAt, icmpBytes)));
        return answer;
    }

    private static void requireFamily(IpAddress from, boolean v6) {
        if (from.isV6() != v6) {
            throw new IllegalArgumentException("an answer from " + from + " to another address family");
        }
    }
}
