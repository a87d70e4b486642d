package io.meshd.netio;

/**
 * How to open the UDP port.
 *
 * @param port                the port of both families; 0 picks a free one
 * @param families            which families to open
 * @param mark                firewall mark of everything sent (SO_MARK); 0 for none, which needs no rights
 * @param receiveBufferBytes  wanted receive buffer
 * @param sendBufferBytes     wanted send buffer
 * @param segmentationOffload whether to use UDP_SEGMENT and UDP_GRO
 */
public record UdpSettings(int port, Families families, int mark, int receiveBufferBytes, int sendBufferBytes,
        boolean segmentationOffload) {
    /** Bridges some 20 ms at 3 Gbit/s while the reader is not scheduled. */
    private static final int BUFFER_BYTES = 8 << 20;

    /** Which sockets a port has. */
    public enum Families {
        /** IPv4 only. */
        IPV4,
        /** IPv6 only. */
        IPV6,
        /** IPv4, and IPv6 where the host has it. */
        BOTH
    }

    public UdpSettings {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("a UDP port is 0 to 65535, not " + port);
        }
    }

    /** Both families, big buffers, offload, no mark. */
    public static UdpSettings onPort(int port) {
        return new UdpSettings(port, Families.BOTH, 0, BUFFER_BYTES, BUFFER_BYTES, true);
    }

    /** The same with a firewall mark. */
    public UdpSettings withMark(int newMark) {
        return new UdpSettings(port, families, newMark, receiveBufferBytes, sendBufferBytes, segmentationOffload);
    }

    /** The same with other families. */
    public UdpSettings withFamilies(Families newFamilies) {
        return new UdpSettings(port, newFamilies, mark, receiveBufferBytes, sendBufferBytes, segmentationOffload);
    }

    /** The same without segmentation offload. */
    public UdpSettings withoutOffload() {
        return new UdpSettings(port, families, mark, receiveBufferBytes, sendBufferBytes, false);
    }
}
