package io.meshd.netio;

/**
 * The free space that a batch leaves around each packet, so that it can be sealed where it lies.
 *
 * <p>When a sealed packet is exactly {@code headBytes + paddedLength + tailBytes} long, neighbours sealed in place touch
 * each other: the run of them is what {@link UdpSender#send} takes. For WireGuard: 16, 16, 16 and the MTU.
 *
 * @param headBytes    before the packet
 * @param tailBytes    after the padding
 * @param multiple     the padded length is a multiple of this
 * @param paddingLimit but padding never makes a packet longer than this (the MTU; WireGuard's
 *                     {@code calculate_skb_padding})
 */
public record PacketRoom(int headBytes, int tailBytes, int multiple, int paddingLimit) {
    /** Packets side by side. */
    public static final PacketRoom NONE = new PacketRoom(0, 0, 1, 0);

    public PacketRoom {
        if (headBytes < 0 || tailBytes < 0 || multiple < 1 || paddingLimit < 0) {
            throw new IllegalArgumentException("a packet room has no negative parts");
        }
    }

    /** The length of a packet with its padding, in bytes. */
    public int paddedLength(int length) {
        int rounded = (length + multiple - 1) / multiple * multiple;
        return Math.max(length, Math.min(rounded, paddingLimit));
    }

    /** What a packet of this length takes in all, in bytes. */
    public int stride(int length) {
        return headBytes + paddedLength(length) + tailBytes;
    }
}
