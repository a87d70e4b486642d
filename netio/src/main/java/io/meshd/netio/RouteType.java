package io.meshd.netio;

/** What a route does with a packet (linux/rtnetlink.h, RTN_*). */
public enum RouteType {
    /** A type that this module does not tell apart. */
    OTHER(0),
    /** Sends it out of an interface, perhaps to a gateway. */
    UNICAST(1),
    /** Takes it as the host's own. */
    LOCAL(2),
    /** Takes and sends it as a broadcast. */
    BROADCAST(3),
    /** Takes it as one of several hosts with this address. */
    ANYCAST(4),
    /** Sends it to a group. */
    MULTICAST(5),
    /** Drops it silently. */
    BLACKHOLE(6),
    /** Answers with ICMP host unreachable. */
    UNREACHABLE(7),
    /** Answers with ICMP administratively prohibited. */
    PROHIBIT(8),
    /** Ends the search in this table. */
    THROW(9);

    private static final RouteType[] ALL = values();

    private final int number;

    RouteType(int number) {
        this.number = number;
    }

    int number() {
        return number;
    }

    static RouteType of(int number) {
        for (RouteType type : ALL) {
            if (type.number == number) {
                return type;
            }
        }
        return OTHER;
    }
}
