package io.meshd.protocol;

/** Which packets an ICMP error may be sent about (RFC 1812 section 4.3.2.7, RFC 4443 section 2.4e). */
final class IcmpRules {
    private static final int V4_UNREACHABLE = 3;
    private static final int V4_SOURCE_QUENCH = 4;
    private static final int V4_REDIRECT = 5;
    private static final int V4_TIME_EXCEEDED = 11;
    private static final int V4_PARAMETER_PROBLEM = 12;
    private static final int V6_INFORMATIONAL_MIN = 128;
    private static final int V6_REDIRECT = 137;

    private static final int V4_MULTICAST_MIN = 224;
    private static final int V4_LOOPBACK = 127;
    private static final int V4_FIRST_BYTE_SHIFT = 24;
    private static final int V6_FIRST_BYTE_SHIFT = 56;
    private static final int V6_MULTICAST = 0xff;
    private static final long V6_LOOPBACK_LOW = 1;

    private IcmpRules() {}

    static boolean deserveAnswer(byte[] buffer, int offset, int total) {
        boolean v6 = IpPacket.isV6(buffer, offset);
        if (v6 ? !isV6Unicast(buffer, offset) : !isV4Unicast(buffer, offset)) {
            return false;
        }
        long upper = UpperLayer.find(buffer, offset, total);
        if (upper == UpperLayer.NONE) {
            return false;
        }
        if (UpperLayer.protocol(upper) != (v6 ? IpPacket.ICMPV6 : IpPacket.ICMP)) {
            return true;
        }
        if (UpperLayer.offset(upper) >= offset + total) {
            return false;
        }
        int type = buffer[UpperLayer.offset(upper)] & 0xff;
        return v6 ? type >= V6_INFORMATIONAL_MIN && type != V6_REDIRECT : !isV4Error(type);
    }

    private static boolean isV4Error(int type) {
        return switch (type) {
            case V4_UNREACHABLE, V4_SOURCE_QUENCH, V4_REDIRECT, V4_TIME_EXCEEDED, V4_PARAMETER_PROBLEM -> true;
            default -> false;
        };
    }

    /** The source is one host, the destination neither multicast nor broadcast. */
    private static boolean isV4Unicast(byte[] buffer, int offset) {
        int sourceFirst = (int) (IpPacket.sourceLow(buffer, offset) >>> V4_FIRST_BYTE_SHIFT);
        int destinationFirst = (int) (IpPacket.destinationLow(buffer, offset) >>> V4_FIRST_BYTE_SHIFT);
        return sourceFirst != 0 && sourceFirst != V4_LOOPBACK && sourceFirst < V4_MULTICAST_MIN
                && destinationFirst < V4_MULTICAST_MIN;
    }

    private static boolean isV6Unicast(byte[] buffer, int offset) {
        long sourceHigh = IpPacket.sourceHigh(buffer, offset);
        long sourceLow = IpPacket.sourceLow(buffer, offset);
        boolean unspecifiedOrLoopback = sourceHigh == 0 && (sourceLow == 0 || sourceLow == V6_LOOPBACK_LOW);
        return !unspecifiedOrLoopback
                && sourceHigh >>> V6_FIRST_BYTE_SHIFT != V6_MULTICAST
                && IpPacket.destinationHigh(buffer, offset) >>> V6_FIRST_BYTE_SHIFT != V6_MULTICAST;
    }
}
