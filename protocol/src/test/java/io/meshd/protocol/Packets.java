package io.meshd.protocol;

import io.meshd.identity.IpAddress;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/** Builds IP packets the naive way, and judges them the naive way. */
final class Packets {
    static final IpAddress A4 = IpAddress.of(new byte[]{10, 42, 1, 2});
    static final IpAddress B4 = IpAddress.of(new byte[]{10, 42, 2, 3});
    static final IpAddress A6 = new IpAddress(true, 0xfd99_6d67_0000_0000L, 0x0102_0304_0506_0708L);
    static final IpAddress B6 = new IpAddress(true, 0xfd99_6d67_0000_0000L, 0x1112_1314_1516_1718L);

    private Packets() {}

    static byte[] v4(IpAddress source, IpAddress destination, int protocol, int fragmentField, byte[] payload) {
        byte[] packet = ByteBuffer.allocate(20 + payload.length)
                .put((byte) 0x45).put((byte) 0).putShort((short) (20 + payload.length))
                .putShort((short) 0x1234).putShort((short) fragmentField)
                .put((byte) 63).put((byte) protocol).putShort((short) 0)
                .put(source.bytes()).put(destination.bytes()).put(payload).array();
        int checksum = ~naiveSum(packet, 0, 20) & 0xffff;
        packet[10] = (byte) (checksum >>> 8);
        packet[11] = (byte) checksum;
        return packet;
    }

    static byte[] v6(IpAddress source, IpAddress destination, int nextHeader, byte[] payload) {
        return ByteBuffer.allocate(40 + payload.length)
                .putInt(0x6000_0000).putShort((short) payload.length).put((byte) nextHeader).put((byte) 62)
                .put(source.bytes()).put(destination.bytes()).put(payload).array();
    }

    static byte[] ip(boolean v6, int protocol, byte[] payload) {
        return v6 ? v6(A6, B6, protocol, payload) : v4(A4, B4, protocol, 0x4000, payload);
    }

    /** One's complement sum, one word after the other, as RFC 1071 words it. */
    static int naiveSum(byte[] bytes, int offset, int length) {
        int sum = 0;
        for (int i = 0; i < length; i += 2) {
            int low = i + 1 < length ? bytes[offset + i + 1] & 0xff : 0;
            sum += (bytes[offset + i] & 0xff) * 256 + low;
            if (sum > 0xffff) {
                sum -= 0xffff;
            }
        }
        return sum;
    }

    static boolean isHeaderSumRight(byte[] v4) {
        return naiveSum(v4, 0, (v4[0] & 0xf) * 4) == 0xffff;
    }

    /** Whether the transport's checksum, which covers the pseudo-header, is right. */
    static boolean isTransportSumRight(byte[] packet, int transportAt, int protocol) {
        boolean v6 = packet[0] >>> 4 == 6;
        int addressBytes = v6 ? 32 : 8;
        int length = packet.length - transportAt;
        ByteBuffer covered = ByteBuffer.allocate(addressBytes + 8 + length)
                .put(packet, v6 ? 8 : 12, addressBytes).putInt(length).putInt(protocol)
                .put(packet, transportAt, length);
        return naiveSum(covered.array(), 0, covered.capacity()) == 0xffff;
    }

    /** A TCP segment with its checksum in place, in a packet. */
    static byte[] tcp(boolean v6, int flags, byte[] options, byte[] payload) {
        int headerBytes = 20 + options.length;
        byte[] segment = ByteBuffer.allocate(headerBytes + payload.length)
                .putShort((short) 40_000).putShort((short) 443).putInt(7).putInt(0)
                .put((byte) ((headerBytes / 4) << 4)).put((byte) flags).putShort((short) 1000)
                .putShort((short) 0).putShort((short) 0).put(options).put(payload).array();
        byte[] packet = ip(v6, 6, segment);
        int at = packet.length - segment.length;
        int addressBytes = v6 ? 32 : 8;
        ByteBuffer covered = ByteBuffer.allocate(addressBytes + 8 + segment.length)
                .put(packet, v6 ? 8 : 12, addressBytes).putInt(segment.length).putInt(6).put(segment);
        int checksum = ~naiveSum(covered.array(), 0, covered.capacity()) & 0xffff;
        packet[at + 16] = (byte) (checksum >>> 8);
        packet[at + 17] = (byte) checksum;
        return packet;
    }

    static byte[] random(SplittableRandom random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }
}
