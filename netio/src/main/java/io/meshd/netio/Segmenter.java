package io.meshd.netio;

import java.nio.ByteBuffer;

/**
 * Splits what one read of a TUN brought, up to 64 KiB of one flow, into packets as they would be on a wire.
 *
 * <p>What the kernel would do in {@code skb_segment}: lengths, IPv4 identification and TCP sequence numbers count up,
 * FIN and PSH stay with the last segment, CWR with the first, and every checksum is finished. Belongs to the reader.
 */
final class Segmenter {
    private final ByteBuffer source;
    private final boolean hasHeader;

    private int gsoType;
    private int gsoSize;
    private int checksumStart;
    private int checksumOffset;
    private boolean checksumPending;
    private boolean isV6;
    private int headerLength;
    private int packetStart;
    private int end;
    /** Where the next segment's payload begins; {@code end} when nothing is left. */
    private int payload;
    private int index;
    private boolean pending;

    /**
     * Splits what will lie at the start of {@code source}.
     *
     * @param hasHeader whether a virtio_net_hdr comes first
     */
    Segmenter(ByteBuffer source, boolean hasHeader) {
        this.source = source;
        this.hasHeader = hasHeader;
    }

    /** Looks at a new packet of this many bytes, header included; false when it makes no sense. */
    boolean begin(int length) {
        pending = false;
        packetStart = hasHeader ? VirtioNetHeader.SIZE : 0;
        end = length;
        index = 0;
        if (length < packetStart + IpHeaders.V4_MIN_HEADER) {
            return false;
        }
        gsoType = VirtioNetHeader.GSO_NONE;
        checksumPending = false;
        isV6 = source.get(packetStart) >> 4 == 6;
        pending = !hasHeader || parseHeader();
        return pending;
    }

    private boolean parseHeader() {
        gsoType = source.get(VirtioNetHeader.GSO_TYPE) & 0xff & ~VirtioNetHeader.GSO_ECN;
        gsoSize = Short.toUnsignedInt(source.getShort(VirtioNetHeader.GSO_SIZE));
        checksumStart = Short.toUnsignedInt(source.getShort(VirtioNetHeader.CSUM_START));
        checksumOffset = Short.toUnsignedInt(source.getShort(VirtioNetHeader.CSUM_OFFSET));
        checksumPending = (source.get(VirtioNetHeader.FLAGS) & VirtioNetHeader.F_NEEDS_CSUM) != 0;
        int length = end - packetStart;
        if (gsoType == VirtioNetHeader.GSO_NONE) {
            return !checksumPending || checksumStart + checksumOffset + 2 <= length;
        }
        return checksumPending && gsoSize > 0 && checksumStart >= ipHeaderMinimum() && parseTransport(length);
    }

    private int ipHeaderMinimum() {
        return isV6 ? IpHeaders.V6_HEADER : IpHeaders.V4_MIN_HEADER;
    }

    // hdr_len is not used: for forwarded packets the kernel states the length of its linear part there.
    private boolean parseTransport(int length) {
        int transport;
        switch (gsoType) {
            case VirtioNetHeader.GSO_TCPV4, VirtioNetHeader.GSO_TCPV6 -> {
                if (checksumStart + IpHeaders.TCP_MIN_HEADER > length || checksumOffset != IpHeaders.TCP_CHECKSUM
                        || (gsoType == VirtioNetHeader.GSO_TCPV6) != isV6) {
                    return false;
                }
                transport = (source.get(packetStart + checksumStart + IpHeaders.TCP_DATA_OFFSET) & 0xf0) >> 2;
                if (transport < IpHeaders.TCP_MIN_HEADER) {
                    return false;
                }
            }
            case VirtioNetHeader.GSO_UDP_L4 -> {
                transport = IpHeaders.UDP_HEADER;
                if (checksumOffset != IpHeaders.UDP_CHECKSUM) {
                    return false;
                }
            }
            default -> {
                return false;
            }
        }
        headerLength = checksumStart + transport;
        payload = packetStart + headerLength;
        return payload < end;
    }

    /** Whether a packet was begun and not wholly put into a batch. */
    boolean isPending() {
        return pending;
    }

    /** Whether the packet at hand stands for several. */
    boolean isSuperPacket() {
        return gsoType != VirtioNetHeader.GSO_NONE;
    }

    /** Drops what is left. */
    void discard() {
        pending = false;
    }

    /** Puts as much into the batch as fits; true when nothing is left. */
    boolean emit(PacketBatch batch) {
        if (!isSuperPacket()) {
            pending = !emitWhole(batch);
            return !pending;
        }
        while (payload < end) {
            int size = Math.min(gsoSize, end - payload);
            int offset = batch.reserve(headerLength + size);
            if (offset < 0) {
                return false;
            }
            source.get(packetStart, batch.arena(), offset, headerLength);
            source.get(payload, batch.arena(), offset + headerLength, size);
            payload += size;
            finish(batch.arena(), offset, size);
            index++;
        }
        pending = false;
        return true;
    }

    private boolean emitWhole(PacketBatch batch) {
        int length = end - packetStart;
        int offset = batch.reserve(length);
        if (offset < 0) {
            return false;
        }
        byte[] arena = batch.arena();
        source.get(packetStart, arena, offset, length);
        if (checksumPending) {
            // The field already holds the pseudo header's sum, so it is summed with the rest.
            long sum = InternetChecksum.sum(arena, offset + checksumStart, length - checksumStart);
            int field = offset + checksumStart + checksumOffset;
            if (checksumOffset == IpHeaders.UDP_CHECKSUM) {
                InternetChecksum.storeUdp(arena, field, sum);
            } else {
                InternetChecksum.store(arena, field, sum);
            }
        }
        return true;
    }

    private void finish(byte[] arena, int packet, int size) {
        finishNetwork(arena, packet, size);
        int transport = packet + checksumStart;
        int transportLength = headerLength - checksumStart + size;
        boolean udp = gsoType == VirtioNetHeader.GSO_UDP_L4;
        int field = transport + checksumOffset;
        if (udp) {
            IpHeaders.u16(arena, transport + IpHeaders.UDP_LENGTH, transportLength);
        } else {
            finishTcp(arena, transport);
        }
        IpHeaders.u16(arena, field, 0);
        int protocol = udp ? IpHeaders.PROTOCOL_UDP : IpHeaders.PROTOCOL_TCP;
        long sum = IpHeaders.pseudoHeader(arena, packet, isV6, protocol, transportLength)
                + InternetChecksum.sum(arena, transport, transportLength);
        if (udp) {
            InternetChecksum.storeUdp(arena, field, sum);
        } else {
            InternetChecksum.store(arena, field, sum);
        }
    }

    private void finishNetwork(byte[] arena, int packet, int size) {
        int length = headerLength + size;
        if (isV6) {
            IpHeaders.u16(arena, packet + IpHeaders.V6_PAYLOAD_LENGTH, length - IpHeaders.V6_HEADER);
            return;
        }
        IpHeaders.u16(arena, packet + IpHeaders.V4_TOTAL_LENGTH, length);
        IpHeaders.u16(arena, packet + IpHeaders.V4_ID, IpHeaders.u16(arena, packet + IpHeaders.V4_ID) + index);
        IpHeaders.u16(arena, packet + IpHeaders.V4_CHECKSUM, 0);
        // csum_start is where the IPv4 header ends, options included.
        InternetChecksum.store(arena, packet + IpHeaders.V4_CHECKSUM,
                InternetChecksum.sum(arena, packet, checksumStart));
    }

    private void finishTcp(byte[] arena, int transport) {
        int sequence = transport + IpHeaders.TCP_SEQUENCE;
        IpHeaders.i32(arena, sequence, IpHeaders.i32(arena, sequence) + index * gsoSize);
        int flags = IpHeaders.u8(arena, transport + IpHeaders.TCP_FLAGS);
        if (payload < end) {
            flags &= ~(IpHeaders.TCP_FIN | IpHeaders.TCP_PSH);
        }
        if (index > 0) {
            flags &= ~IpHeaders.TCP_CWR;
        }
        arena[transport + IpHeaders.TCP_FLAGS] = (byte) flags;
    }
}
