package io.meshd.netio;

/**
 * A network interface.
 *
 * @param index its number
 * @param name  its name
 * @param flags IFF_* of linux/if.h
 * @param mtu   in bytes
 * @param kind  "tun", "veth", "wireguard", …; empty for hardware
 */
public record Link(int index, String name, int flags, int mtu, String kind) {
    private static final int IFF_UP = 0x1;
    private static final int IFF_LOOPBACK = 0x8;
    private static final int IFF_POINTOPOINT = 0x10;
    private static final int IFF_RUNNING = 0x40;
    private static final int IFF_MULTICAST = 0x1000;

    /** Whether somebody switched it on. */
    public boolean isUp() {
        return (flags & IFF_UP) != 0;
    }

    /** Whether it can carry packets now (switched on and, say, a cable plugged in). */
    public boolean isRunning() {
        return (flags & IFF_RUNNING) != 0;
    }

    public boolean isLoopback() {
        return (flags & IFF_LOOPBACK) != 0;
    }

    /** Whether it leads to one other host, as tunnels and dial-up lines do. */
    public boolean isPointToPoint() {
        return (flags & IFF_POINTOPOINT) != 0;
    }

    /** Whether it carries multicast, as discovery in a local network needs. */
    public boolean isMulticast() {
        return (flags & IFF_MULTICAST) != 0;
    }

    public boolean isTun() {
        return kind.equals("tun");
    }
}
