package io.meshd.netio;

/** How much of the work on big packets the kernel's TUN driver shares. */
public enum TunOffload {
    /** None: each read and each write is one finished packet. */
    NONE,
    /** TCP over IPv4 and IPv6 goes through in packets of up to 64 KiB. */
    TCP,
    /** The same for UDP as well (Linux 6.2 and later). */
    TCP_AND_UDP
}
