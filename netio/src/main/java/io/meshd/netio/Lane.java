package io.meshd.netio;

import java.nio.ByteBuffer;

/**
 * One super-packet in the making: neighbouring segments of one flow, behind the virtio_net_hdr that explains them.
 *
 * <p>The rules are those of the kernel's {@code inet_gro_receive}, {@code ipv6_gro_receive}, {@code tcp_gro_receive} and
 * {@code udp_gro_receive}, a little stricter: whatever is merged, the kernel can split into the same packets again. (One
 * difference can remain: packets with don't-fragment and one constant identification may count up afterwards, which has
 * no meaning for them: RFC 6864 section 4.1.)
 */
final class Lane {
    /** The kernel takes more since 6.9 (UDP_MAX_SEGMENTS), but any that knows UDP_L4 takes these. */
    private static final int MAX_UDP_SEGMENTS = 64;
    private static final int MAX_PACKET = 65_535;

    private final NativeMemory memory = new NativeMemory(VirtioNetHeader.SIZE + MAX_PACKET);
    private final int packetStart;
    /** IP and transport header of the first segment; later the finished ones. */
    private final byte[] header = new byte[IpHeaders.V6_HEADER + 60];

    private boolean isV6;
    private int protocol;
    private int networkLength;
    private int headerLength;
    private long sourceHigh;
    private long sourceLow;
    private long destinationHigh;
    private long destinationLow;
    private int ports;

    private int count;
    private int segmentSize;
    private int length;
    private int nextSequence;
    private int firstIdentification;
    private boolean identificationCounts;
    private boolean push;

    Lane(boolean hasHeader) {
        packetStart = hasHeader ? VirtioNetHeader.SIZE : 0;
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** Number of packets in it. */
    int count() {
        return count;
    }

    boolean isUdp() {
        return protocol == IpHeaders.PROTOCOL_UDP;
    }

    boolean isFlowOf(PacketShape packet) {
        return count > 0 && packet.ports == ports && packet.protocol == protocol && packet.isV6 == isV6
                && packet.sourceHigh == sourceHigh && packet.sourceLow == sourceLow
                && packet.destinationHigh == destinationHigh && packet.destinationLow == destinationLow;
    }

    /** Begins with a packet, mergeable or not. */
    void start(PacketShape packet) {
        count = 1;
        length = packet.length;
        memory.buffer.put(packetStart, packet.arena, packet.start, packet.length);
        if (!packet.hasFlow) {
            return;
        }
        isV6 = packet.isV6;
        protocol = packet.protocol;
        networkLength = packet.networkLength;
        headerLength = packet.headerLength;
        sourceHigh = packet.sourceHigh;
        sourceLow = packet.sourceLow;
        destinationHigh = packet.destinationHigh;
        destinationLow = packet.destinationLow;
        ports = packet.ports;
        System.arraycopy(packet.arena, packet.start, header, 0, headerLength);
        segmentSize = packet.payloadLength;
        nextSequence = protocol == IpHeaders.PROTOCOL_TCP ? packet.sequence() + packet.payloadLength : 0;
        firstIdentification = isV6 ? 0 : packet.identification();
        push = false;
    }

    /** Adds the flow's next segment if it may be one; the packet is mergeable and of this flow. */
    boolean append(PacketShape packet) {
        if (packet.payloadLength > segmentSize || length + packet.payloadLength > MAX_PACKET
                || packet.headerLength != headerLength || !sameNetworkHeader(packet) || !sameTransportHeader(packet)) {
            return false;
        }
        memory.buffer.put(packetStart + length, packet.arena, packet.start + headerLength, packet.payloadLength);
        length += packet.payloadLength;
        nextSequence += packet.payloadLength;
        push |= packet.hasPush();
        count++;
        return true;
    }

    private boolean sameNetworkHeader(PacketShape packet) {
        byte[] arena = packet.arena;
        int start = packet.start;
        if (isV6) {
            return IpHeaders.i32(arena, start) == IpHeaders.i32(header, 0)
                    && arena[start + IpHeaders.V6_HOP_LIMIT] == header[IpHeaders.V6_HOP_LIMIT];
        }
        return arena[start + IpHeaders.V4_TOS] == header[IpHeaders.V4_TOS]
                && arena[start + IpHeaders.V4_TTL] == header[IpHeaders.V4_TTL]
                && arena[start + IpHeaders.V4_FRAGMENT] == header[IpHeaders.V4_FRAGMENT]
                && identificationFits(packet.identification());
    }

    // Counting up, or constant where don't-fragment takes its meaning away; the second packet says which.
    private boolean identificationFits(int identification) {
        boolean counts = identification == ((firstIdentification + count) & 0xffff);
        boolean constant = identification == firstIdentification
                && IpHeaders.u16(header, IpHeaders.V4_FRAGMENT) == IpHeaders.V4_DONT_FRAGMENT;
        if (count == 1) {
            identificationCounts = counts;
        }
        return identificationCounts ? counts : constant;
    }

    private boolean sameTransportHeader(PacketShape packet) {
        if (protocol == IpHeaders.PROTOCOL_UDP) {
            return count < MAX_UDP_SEGMENTS;
        }
        byte[] arena = packet.arena;
        int transport = packet.start + networkLength;
        if (packet.sequence() != nextSequence
                || IpHeaders.i32(arena, transport + IpHeaders.TCP_ACKNOWLEDGEMENT) != IpHeaders.i32(header,
                        networkLength + IpHeaders.TCP_ACKNOWLEDGEMENT)
                || IpHeaders.u16(arena, transport + IpHeaders.TCP_WINDOW) != IpHeaders.u16(header,
                        networkLength + IpHeaders.TCP_WINDOW)
                || IpHeaders.u16(arena, transport + IpHeaders.TCP_URGENT) != IpHeaders.u16(header,
                        networkLength + IpHeaders.TCP_URGENT)) {
            return false;
        }
        int flags = (arena[transport + IpHeaders.TCP_FLAGS] ^ header[networkLength + IpHeaders.TCP_FLAGS]) & 0xff;
        return (flags & ~IpHeaders.TCP_PSH) == 0 && sameOptions(arena, transport);
    }

    private boolean sameOptions(byte[] arena, int transport) {
        for (int at = IpHeaders.TCP_MIN_HEADER; at < headerLength - networkLength; at += 4) {
            if (IpHeaders.i32(arena, transport + at) != IpHeaders.i32(header, networkLength + at)) {
                return false;
            }
        }
        return true;
    }

    /** Whether no further segment may follow: the last one was short or pushed, or the super-packet is full. */
    boolean isComplete() {
        return push || length + segmentSize > MAX_PACKET || (length - headerLength) % segmentSize != 0
                || (isUdp() && count == MAX_UDP_SEGMENTS);
    }

    /** Finishes the headers; {@link #address()} and {@link #bytes()} then say what to write. */
    void finish() {
        if (packetStart == 0) {
            return;
        }
        ByteBuffer buffer = memory.buffer;
        buffer.putLong(0, 0).putShort(VirtioNetHeader.CSUM_OFFSET, (short) 0);
        if (count == 1) {
            return;
        }
        boolean udp = isUdp();
        int transportLength = length - networkLength;
        int gsoType = udp
                ? VirtioNetHeader.GSO_UDP_L4
                : isV6 ? VirtioNetHeader.GSO_TCPV6 : VirtioNetHeader.GSO_TCPV4;
        int field = udp ? IpHeaders.UDP_CHECKSUM : IpHeaders.TCP_CHECKSUM;
        buffer.put(VirtioNetHeader.FLAGS, (byte) VirtioNetHeader.F_NEEDS_CSUM);
        buffer.put(VirtioNetHeader.GSO_TYPE, (byte) gsoType);
        buffer.putShort(VirtioNetHeader.HDR_LEN, (short) headerLength);
        buffer.putShort(VirtioNetHeader.GSO_SIZE, (short) segmentSize);
        buffer.putShort(VirtioNetHeader.CSUM_START, (short) networkLength);
        buffer.putShort(VirtioNetHeader.CSUM_OFFSET, (short) field);
        if (isV6) {
            IpHeaders.u16(header, IpHeaders.V6_PAYLOAD_LENGTH, transportLength);
        } else {
            IpHeaders.u16(header, IpHeaders.V4_TOTAL_LENGTH, length);
            IpHeaders.u16(header, IpHeaders.V4_CHECKSUM, 0);
            InternetChecksum.store(header, IpHeaders.V4_CHECKSUM, InternetChecksum.sum(header, 0, networkLength));
        }
        if (udp) {
            IpHeaders.u16(header, networkLength + IpHeaders.UDP_LENGTH, transportLength);
        } else if (push) {
            header[networkLength + IpHeaders.TCP_FLAGS] |= IpHeaders.TCP_PSH;
        }
        InternetChecksum.storePartial(header, networkLength + field,
                IpHeaders.pseudoHeader(header, 0, isV6, protocol, transportLength));
        buffer.put(packetStart, header, 0, headerLength);
    }

    /** Where the write begins. */
    long address() {
        return memory.address;
    }

    /** How many bytes to write. */
    int bytes() {
        return packetStart + length;
    }

    /** What would be written: for tests. */
    ByteBuffer content() {
        return memory.buffer;
    }

    void clear() {
        count = 0;
    }
}
