package io.meshd.netio;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/** Builds IP packets for tests, slowly and by the letter of the RFCs. */
final class Packets {
    static final int FIN = 1;
    static final int SYN = 2;
    static final int RST = 4;
    static final int PSH = 8;
    static final int ACK = 16;
    static final int URG = 32;
    static final int ECE = 64;
    static final int CWR = 128;

    private Packets() {}

    /** A packet to be: change fields, then {@link #build()}. */
    static final class Builder {
        boolean v6;
        boolean udp;
        int tos;
        int ttl = 64;
        int id = 1;
        boolean dontFragment = true;
        int flowLabel;
        int source = 1;
        int destination = 2;
        int sourcePort = 1000;
        int destinationPort = 2000;
        int sequence = 77;
        int acknowledgement = 99;
        int flags = ACK;
        int window = 512;
        byte[] options = {};
        byte[] payload = {};

        byte[] build() {
            byte[] transport = udp ? udpHeader() : tcpHeader();
            int length = transport.length + payload.length;
            byte[] network = v6 ? v6Header(length) : v4Header(length);
            byte[] packet = Arrays.copyOf(network, network.length + length);
            System.arraycopy(transport, 0, packet, network.length, transport.length);
            System.arraycopy(payload, 0, packet, network.length + transport.length, payload.length);
            fixChecksums(packet);
            return packet;
        }

        private byte[] v4Header(int length) {
            return ByteBuffer.allocate(20)
                    .put((byte) 0x45).put((byte) tos).putShort((short) (20 + length))
                    .putShort((short) id).putShort((short) (dontFragment ? 0x4000 : 0))
                    .put((byte) ttl).put((byte) (udp ? 17 : 6)).putShort((short) 0)
                    .putInt(0x0a000000 | source).putInt(0x0a000000 | destination).array();
        }

        private byte[] v6Header(int length) {
            return ByteBuffer.allocate(40)
                    .putInt(6 << 28 | tos << 20 | flowLabel).putShort((short) length)
                    .put((byte) (udp ? 17 : 6)).put((byte) ttl)
                    .putLong(0xfd00L << 48).putLong(source).putLong(0xfd00L << 48).putLong(destination).array();
        }

        private byte[] tcpHeader() {
            return ByteBuffer.allocate(20 + options.length)
                    .putShort((short) sourcePort).putShort((short) destinationPort)
                    .putInt(sequence).putInt(acknowledgement)
                    .put((byte) ((5 + options.length / 4) << 4)).put((byte) flags).putShort((short) window)
                    .putShort((short) 0).putShort((short) 0).put(options).array();
        }

        private byte[] udpHeader() {
            return ByteBuffer.allocate(8).putShort((short) sourcePort).putShort((short) destinationPort)
                    .putShort((short) (8 + payload.length)).putShort((short) 0).array();
        }
    }

    static byte[] bytes(RandomGenerator random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    static boolean isV6(byte[] packet) {
        return packet[0] >> 4 == 6;
    }

    static int networkLength(byte[] packet) {
        return isV6(packet) ? 40 : (packet[0] & 0xf) * 4;
    }

    static int protocol(byte[] packet) {
        return packet[isV6(packet) ? 6 : 9];
    }

    static int checksumField(byte[] packet) {
        return networkLength(packet) + (protocol(packet) == 17 ? 6 : 16);
    }

    /** Sets both checksums of an unfragmented TCP or UDP packet. */
    static void fixChecksums(byte[] packet) {
        ByteBuffer buffer = ByteBuffer.wrap(packet);
        int network = networkLength(packet);
        if (!isV6(packet)) {
            buffer.putShort(10, (short) 0);
            buffer.putShort(10, (short) ~naiveSum(packet, 0, network, 0));
        }
        int field = checksumField(packet);
        buffer.putShort(field, (short) 0);
        int sum = ~naiveSum(packet, network, packet.length - network, pseudoSum(packet)) & 0xffff;
        buffer.putShort(field, (short) (sum == 0 && protocol(packet) == 17 ? 0xffff : sum));
    }

    /** Puts into the transport checksum what a packet for an offload has there: the pseudo header's sum. */
    static void makePartial(byte[] packet) {
        ByteBuffer.wrap(packet).putShort(checksumField(packet), (short) naiveSum(packet, 0, 0, pseudoSum(packet)));
    }

    static boolean checksumsValid(byte[] packet) {
        byte[] fixed = packet.clone();
        fixChecksums(fixed);
        return Arrays.equals(fixed, packet);
    }

    private static int pseudoSum(byte[] packet) {
        int length = packet.length - networkLength(packet);
        int addresses = isV6(packet) ? naiveSum(packet, 8, 32, 0) : naiveSum(packet, 12, 8, 0);
        return addresses + protocol(packet) + length;
    }

    /** RFC 1071 word by word, big-endian. */
    static int naiveSum(byte[] content, int offset, int length, int start) {
        int sum = start;
        for (int i = 0; i < length; i++) {
            int value = content[offset + i] & 0xff;
            sum += i % 2 == 0 ? value << 8 : value;
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        sum = (sum & 0xffff) + (sum >>> 16);
        return (sum & 0xffff) + (sum >>> 16);
    }
}
