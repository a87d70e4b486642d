package io.meshd.protocol;

/**
 * Lowers the maximum segment size (RFC 9293 section 3.7.1) in TCP SYN packets, so that connections never send what the
 * tunnel would have to refuse.
 */
public final class TcpMss {
    private static final int TCP_HEADER_BYTES_MIN = 20;
    private static final int DATA_OFFSET_AT = 12;
    private static final int FLAGS_AT = 13;
    private static final int CHECKSUM_AT = 16;
    private static final int SYN = 0x02;
    private static final int OPTION_END = 0;
    private static final int OPTION_NOP = 1;
    private static final int OPTION_MSS = 2;
    private static final int OPTION_MSS_BYTES = 4;

    private TcpMss() {}

    /**
     * Lowers the option to what packets of {@code mtu} bytes hold. The checksum must be complete, not left to an
     * offload, and is mended.
     *
     * @param length of a packet that {@link IpPacket#check} accepted, as it returned it
     * @param mtu    largest IP packet that the tunnel carries, in bytes
     * @return whether the packet changed
     */
    public static boolean clamp(byte[] buffer, int offset, int length, int mtu) {
        long found = UpperLayer.find(buffer, offset, length);
        if (found == UpperLayer.NONE || UpperLayer.protocol(found) != IpPacket.TCP) {
            return false;
        }
        int tcp = UpperLayer.offset(found);
        int end = offset + length;
        if (end - tcp < TCP_HEADER_BYTES_MIN || (buffer[tcp + FLAGS_AT] & SYN) == 0) {
            return false;
        }
        int optionsEnd = tcp + ((buffer[tcp + DATA_OFFSET_AT] & 0xff) >>> 4) * 4;
        int mssAt = optionsEnd <= end ? mssAt(buffer, tcp + TCP_HEADER_BYTES_MIN, optionsEnd) : -1;
        int ipHeaderBytes = IpPacket.isV6(buffer, offset) ? IpPacket.V6_HEADER_BYTES : IpPacket.V4_HEADER_BYTES_MIN;
        int mssMax = mtu - ipHeaderBytes - TCP_HEADER_BYTES_MIN;
        if (mssAt < 0 || mssMax <= 0) {
            return false;
        }
        int mss = InternetChecksum.wordAt(buffer, mssAt);
        if (mss <= mssMax) {
            return false;
        }
        InternetChecksum.setWordAt(buffer, mssAt, mssMax);
        boolean straddlesWords = (mssAt - tcp) % 2 != 0;
        InternetChecksum.update(buffer, tcp + CHECKSUM_AT, straddlesWords ? swapped(mss) : mss,
                straddlesWords ? swapped(mssMax) : mssMax);
        return true;
    }

    /** Where the value of the option stands, or -1. */
    private static int mssAt(byte[] buffer, int optionsStart, int optionsEnd) {
        int at = optionsStart;
        while (at < optionsEnd) {
            int kind = buffer[at] & 0xff;
            if (kind == OPTION_END) {
                return -1;
            }
            if (kind == OPTION_NOP) {
                at++;
                continue;
            }
            int optionBytes = at + 1 < optionsEnd ? buffer[at + 1] & 0xff : 0;
            if (optionBytes < 2 || optionBytes > optionsEnd - at) {
                return -1;
            }
            if (kind == OPTION_MSS) {
                return optionBytes == OPTION_MSS_BYTES ? at + 2 : -1;
            }
            at += optionBytes;
        }
        return -1;
    }

    /** A word whose bytes lie in two words of the sum weighs as if its bytes were swapped (RFC 1071 section 2). */
    private static int swapped(int word) {
        return ((word & 0xff) << Byte.SIZE) | (word >>> Byte.SIZE);
    }
}
