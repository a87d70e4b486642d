package io.meshd.netio;

import java.util.Set;

/**
 * A network interface.
 *
 * @param index its number
 * @param name  its name
 * @param flags IFF_* of linux/if.h
 * @param mtu   in bytes
 * @param kind  "tun", "veth", "wireguard", …; empty for hardware
 * @param type  ARPHRD_* of linux/if_arp.h: what its frames are
 */
public record Link(int index, String name, int flags, int mtu, String kind, int type) {
    private static final int ARPHRD_NONE = 0xfffe;
    /** Of tunnels in the kernel: IPv4 and IPv6 in IPv4, both in IPv6, GRE over either. */
    private static final Set<Integer> ARPHRD_TUNNELS = Set.of(768, 769, 776, 778, 823);

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

    /**
     * Whether what it carries travels inside other packets: another VPN, say. A modem may have no link layer either, but
     * it is hardware; a dial-up line has one.
     */
    public boolean isTunnel() {
        return ARPHRD_TUNNELS.contains(type) || (type == ARPHRD_NONE && !kind.isEmpty());
    }

    public boolean isTun() {
        return kind.equals("tun");
    }
}
