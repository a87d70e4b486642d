package io.meshd.daemon.sim;

import io.meshd.identity.IpAddress;
import io.meshd.protocol.IpPacket;
import java.nio.ByteBuffer;

/** The inner packets of simulated hosts: UDP with a number inside. */
final class InnerPackets {
    private static final long MAGIC = 0x6d65_7368_6473_696dL;
    private static final int UDP_HEADER_BYTES = 8;
    private static final int HOP_LIMIT = 64;

    /** Least size of an IPv6 packet with a number. */
    static final int BYTES_MIN = IpPacket.V6_HEADER_BYTES + UDP_HEADER_BYTES + 2 * Long.BYTES;

    private InnerPackets() {}

    /** A UDP packet of {@code length} bytes in all that carries {@code number}. */
    static byte[] of(IpAddress source, IpAddress destination, long number, int length) {
        ByteBuffer packet = ByteBuffer.allocate(length);
        if (source.isV6()) {
            packet.putInt(6 << 28).putShort((short) (length - IpPacket.V6_HEADER_BYTES)).put((byte) IpPacket.UDP)
                    .put((byte) HOP_LIMIT);
        } else {
            packet.putShort((short) 0x4500).putShort((short) length).putInt(0).put((byte) HOP_LIMIT)
                    .put((byte) IpPacket.UDP).putShort((short) 0);
        }
        packet.put(source.bytes()).put(destination.bytes());
        packet.putShort((short) 7).putShort((short) 7).putShort((short) packet.remaining()).putShort((short) 0);
        packet.putLong(MAGIC).putLong(number);
        return packet.array();
    }

    /** The number inside, or -1 when this is no such packet: an ICMP error, for example. */
    static long number(byte[] packet) {
        int at = IpPacket.headerLength(packet, 0) + UDP_HEADER_BYTES;
        boolean fits = packet.length >= at + 2 * Long.BYTES && IpPacket.protocol(packet, 0) == IpPacket.UDP;
        return fits && ByteBuffer.wrap(packet).getLong(at) == MAGIC
                ? ByteBuffer.wrap(packet).getLong(at + Long.BYTES)
                : -1;
    }
}
