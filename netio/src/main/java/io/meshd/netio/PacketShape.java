package io.meshd.netio;

/**
 * What the coalescer must know of one IP packet: its flow, and whether it could be part of a super-packet.
 *
 * <p>One object is refilled for each packet. Belongs to one {@link TunWriter}.
 */
final class PacketShape {
    private static final int TCP_MERGEABLE_FLAGS = IpHeaders.TCP_ACK | IpHeaders.TCP_PSH | IpHeaders.TCP_ECE;

    byte[] arena = {};
    int start;
    int length;
    boolean isV6;
    int protocol;
    /** Length of the IP header: 20 or 40, others are not merged. */
    int networkLength;
    /** Lengths of IP and transport header together. */
    int headerLength;
    int payloadLength;
    /** Whether ports and addresses below are valid: an unfragmented TCP or UDP packet. */
    boolean hasFlow;
    long sourceHigh;
    long sourceLow;
    long destinationHigh;
    long destinationLow;
    int ports;

    /** Looks at a packet; never fails, whatever the bytes. */
    void parse(byte[] content, int offset, int size) {
        arena = content;
        start = offset;
        length = size;
        hasFlow = false;
        if (size < IpHeaders.V4_MIN_HEADER) {
            return;
        }
        int version = (content[offset] & 0xf0) >> 4;
        boolean known = version == 4 ? parseV4() : version == 6 && parseV6();
        if (known) {
            parseTransport();
        }
    }

    // Like the kernel's inet_gro_receive: no options, no fragments, the length as stated.
    private boolean parseV4() {
        isV6 = false;
        networkLength = IpHeaders.V4_MIN_HEADER;
        protocol = IpHeaders.u8(arena, start + IpHeaders.V4_PROTOCOL);
        sourceHigh = IpHeaders.i64(arena, start + IpHeaders.V4_SOURCE);
        sourceLow = 0;
        destinationHigh = 0;
        destinationLow = 0;
        return arena[start] == 0x45 && IpHeaders.u16(arena, start + IpHeaders.V4_TOTAL_LENGTH) == length
                && (IpHeaders.u16(arena, start + IpHeaders.V4_FRAGMENT) & ~IpHeaders.V4_DONT_FRAGMENT) == 0;
    }

    private boolean parseV6() {
        if (length < IpHeaders.V6_HEADER) {
            return false;
        }
        isV6 = true;
        networkLength = IpHeaders.V6_HEADER;
        protocol = IpHeaders.u8(arena, start + IpHeaders.V6_NEXT_HEADER);
        sourceHigh = IpHeaders.i64(arena, start + IpHeaders.V6_SOURCE);
        sourceLow = IpHeaders.i64(arena, start + IpHeaders.V6_SOURCE + 8);
        destinationHigh = IpHeaders.i64(arena, start + IpHeaders.V6_SOURCE + 16);
        destinationLow = IpHeaders.i64(arena, start + IpHeaders.V6_SOURCE + 24);
        return IpHeaders.u16(arena, start + IpHeaders.V6_PAYLOAD_LENGTH) == length - IpHeaders.V6_HEADER;
    }

    private void parseTransport() {
        int transport = start + networkLength;
        int left = length - networkLength;
        int transportLength;
        if (protocol == IpHeaders.PROTOCOL_TCP && left >= IpHeaders.TCP_MIN_HEADER) {
            transportLength = (arena[transport + IpHeaders.TCP_DATA_OFFSET] & 0xf0) >> 2;
            if (transportLength < IpHeaders.TCP_MIN_HEADER || transportLength > left) {
                return;
            }
        } else if (protocol == IpHeaders.PROTOCOL_UDP && left >= IpHeaders.UDP_HEADER) {
            transportLength = IpHeaders.UDP_HEADER;
        } else {
            return;
        }
        hasFlow = true;
        ports = IpHeaders.i32(arena, transport);
        headerLength = networkLength + transportLength;
        payloadLength = length - headerLength;
    }

    /** Whether this packet could be one segment of a super-packet; sums it up, so it is asked once. */
    boolean isMergeable() {
        if (!hasFlow || payloadLength == 0) {
            return false;
        }
        boolean headersFit = protocol == IpHeaders.PROTOCOL_TCP ? tcpFits() : udpFits();
        return headersFit && checksumsValid();
    }

    // Data with ACK, perhaps PSH or a steady ECE. SYN, FIN, RST, URG, CWR and the reserved bits each end a merge.
    private boolean tcpFits() {
        int transport = start + networkLength;
        int flags = IpHeaders.u8(arena, transport + IpHeaders.TCP_FLAGS);
        return (flags & IpHeaders.TCP_ACK) != 0 && (flags & ~TCP_MERGEABLE_FLAGS) == 0
                && (arena[transport + IpHeaders.TCP_DATA_OFFSET] & 0x0f) == 0;
    }

    private boolean udpFits() {
        int transport = start + networkLength;
        return IpHeaders.u16(arena, transport + IpHeaders.UDP_LENGTH) == length - networkLength
                && IpHeaders.u16(arena, transport + IpHeaders.UDP_CHECKSUM) != 0;
    }

    // A merged packet gets fresh checksums, so a wrong one must not be merged: the error would be lost.
    private boolean checksumsValid() {
        if (!isV6 && !InternetChecksum.isValid(InternetChecksum.sum(arena, start, networkLength))) {
            return false;
        }
        int transportLength = length - networkLength;
        return InternetChecksum.isValid(IpHeaders.pseudoHeader(arena, start, isV6, protocol, transportLength)
                + InternetChecksum.sum(arena, start + networkLength, transportLength));
    }

    boolean hasPush() {
        return protocol == IpHeaders.PROTOCOL_TCP
                && (arena[start + networkLength + IpHeaders.TCP_FLAGS] & IpHeaders.TCP_PSH) != 0;
    }

    int sequence() {
        return IpHeaders.i32(arena, start + networkLength + IpHeaders.TCP_SEQUENCE);
    }

    int identification() {
        return IpHeaders.u16(arena, start + IpHeaders.V4_ID);
    }
}
