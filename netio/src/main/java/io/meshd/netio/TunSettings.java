package io.meshd.netio;

/**
 * How to open a TUN.
 *
 * @param name    name of the interface: {@link InterfaceNames}
 * @param mtu     in bytes; at least 1280 when it is to carry IPv6
 * @param offload whether to ask for segmentation and checksum offload; without it each read and write is one packet
 */
public record TunSettings(String name, int mtu, boolean offload) {
    private static final int MIN_MTU = 576;
    private static final int MAX_MTU = 65_535;

    public TunSettings {
        if (mtu < MIN_MTU || mtu > MAX_MTU) {
            throw new IllegalArgumentException("an MTU here is " + MIN_MTU + " to " + MAX_MTU + ", not " + mtu);
        }
    }
}
