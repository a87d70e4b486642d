package io.meshd.netio;

import java.nio.ByteBuffer;

/**
 * The control messages (cmsg(3)) of UDP: packet info, traffic class and segment size, as read and as written.
 *
 * <p>{@code struct cmsghdr} for 64-bit Linux: length at 0 (8 bytes), level at 8, type at 12, content at 16; the next one
 * begins at a multiple of 8.
 */
final class ControlMessages {
    private static final int HEADER = 16;
    private static final int PKTINFO_V4_SIZE = 12;
    private static final int PKTINFO_V6_SIZE = 20;

    long localHigh;
    long localLow;
    int interfaceIndex;
    int trafficClass;
    /** Size of the pieces that the kernel joined; 0 when it joined nothing. */
    int segmentSize;

    /** Reads what came with a datagram; never fails, whatever the bytes. */
    void read(ByteBuffer in, int start, int length) {
        localHigh = 0;
        localLow = 0;
        interfaceIndex = 0;
        trafficClass = 0;
        segmentSize = 0;
        int at = start;
        int end = start + length;
        while (at <= end - HEADER) {
            long size = in.getLong(at);
            if (size < HEADER || size > end - at) {
                return;
            }
            readOne(in, at, (int) size - HEADER);
            at += (int) (size + 7 & ~7);
        }
    }

    private void readOne(ByteBuffer in, int at, int size) {
        int type = in.getInt(at + 12);
        int content = at + HEADER;
        switch (in.getInt(at + 8)) {
            case SocketOptions.SOL_IP -> {
                if (type == SocketOptions.IP_PKTINFO && size >= PKTINFO_V4_SIZE) {
                    // struct in_pktinfo: interface, then the local address to answer from, then the header's.
                    interfaceIndex = in.getInt(content);
                    localLow = SocketAddresses.v4(in, content + 4);
                } else if (type == SocketOptions.IP_TOS && size >= 1) {
                    trafficClass = in.get(content) & 0xff;
                }
            }
            case SocketOptions.SOL_IPV6 -> {
                if (type == SocketOptions.IPV6_PKTINFO && size >= PKTINFO_V6_SIZE) {
                    localHigh = SocketAddresses.networkOrder(in.getLong(content));
                    localLow = SocketAddresses.networkOrder(in.getLong(content + 8));
                    interfaceIndex = in.getInt(content + 16);
                } else if (type == SocketOptions.IPV6_TCLASS && size >= 4) {
                    trafficClass = in.getInt(content) & 0xff;
                }
            }
            case SocketOptions.SOL_UDP -> {
                if (type == SocketOptions.UDP_GRO && size >= 4) {
                    segmentSize = in.getInt(content);
                }
            }
            default -> {
                // Nothing else was asked for.
            }
        }
    }

    /**
     * Writes what a send needs and returns the length of it.
     *
     * @param segmentSize 0 for a single datagram
     */
    static int write(ByteBuffer out, int start, UdpTarget target, boolean withSource, int trafficClass,
            int segmentSize) {
        int at = start;
        if (withSource) {
            at = target.isV6 ? packetInfoV6(out, at, target) : packetInfoV4(out, at, target);
        }
        if (trafficClass != 0) {
            int level = target.isV6 ? SocketOptions.SOL_IPV6 : SocketOptions.SOL_IP;
            int type = target.isV6 ? SocketOptions.IPV6_TCLASS : SocketOptions.IP_TOS;
            out.putInt(begin(out, at, level, type, 4), trafficClass);
            at += HEADER + 8;
        }
        if (segmentSize != 0) {
            int content = begin(out, at, SocketOptions.SOL_UDP, SocketOptions.UDP_SEGMENT, 2);
            out.putShort(content, (short) segmentSize);
            at += HEADER + 8;
        }
        return at - start;
    }

    private static int packetInfoV4(ByteBuffer out, int at, UdpTarget target) {
        int content = begin(out, at, SocketOptions.SOL_IP, SocketOptions.IP_PKTINFO, PKTINFO_V4_SIZE);
        out.putInt(content, target.interfaceIndex);
        out.putInt(content + 4, SocketAddresses.networkOrder((int) target.sourceLow));
        out.putInt(content + 8, 0);
        return at + HEADER + 16;
    }

    private static int packetInfoV6(ByteBuffer out, int at, UdpTarget target) {
        int content = begin(out, at, SocketOptions.SOL_IPV6, SocketOptions.IPV6_PKTINFO, PKTINFO_V6_SIZE);
        out.putLong(content, SocketAddresses.networkOrder(target.sourceHigh));
        out.putLong(content + 8, SocketAddresses.networkOrder(target.sourceLow));
        out.putInt(content + 16, target.interfaceIndex);
        return at + HEADER + 24;
    }

    private static int begin(ByteBuffer out, int at, int level, int type, int size) {
        out.putLong(at, HEADER + size);
        out.putInt(at + 8, level);
        out.putInt(at + 12, type);
        return at + HEADER;
    }
}
