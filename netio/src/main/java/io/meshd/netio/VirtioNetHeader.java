package io.meshd.netio;

/**
 * {@code struct virtio_net_hdr} (linux/virtio_net.h), which stands before each packet of a TUN with IFF_VNET_HDR.
 *
 * <p>u8 flags, u8 gso_type, u16 hdr_len, u16 gso_size, u16 csum_start, u16 csum_offset; in the machine's byte order.
 */
final class VirtioNetHeader {
    static final int SIZE = 10;

    static final int FLAGS = 0;
    static final int GSO_TYPE = 1;
    static final int HDR_LEN = 2;
    static final int GSO_SIZE = 4;
    static final int CSUM_START = 6;
    static final int CSUM_OFFSET = 8;

    /** The checksum field holds the sum of the pseudo header; the rest, from csum_start on, is to be added. */
    static final int F_NEEDS_CSUM = 1;

    static final int GSO_NONE = 0;
    static final int GSO_TCPV4 = 1;
    static final int GSO_TCPV6 = 4;
    static final int GSO_UDP_L4 = 5;
    /** Added to a TCP type when the congestion-window-reduced flag belongs to the first segment only. */
    static final int GSO_ECN = 0x80;

    private VirtioNetHeader() {}
}
