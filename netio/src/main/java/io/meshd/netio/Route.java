package io.meshd.netio;

import java.net.InetAddress;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One entry of a routing table of the kernel.
 *
 * @param destination    first address of the range
 * @param length         leading bits of {@code destination} that count; 0 is the default route
 * @param interfaceIndex the interface that packets leave by; 0 when there is none
 * @param metric         smaller wins among routes for one prefix; 0 leaves it to the kernel (which for IPv6 means 1024)
 * @param table          routing table; {@link #MAIN_TABLE} unless rules say otherwise
 * @param type           what it does
 * @param protocol       who installed it; {@link #OWN_PROTOCOL} for routes of this program
 * @param gateway        the next hop; null for a destination on the link
 */
public record Route(InetAddress destination, int length, int interfaceIndex, int metric, int table, RouteType type,
        int protocol, @Nullable InetAddress gateway) {
    /** RT_TABLE_MAIN. */
    public static final int MAIN_TABLE = 254;
    /** RTPROT_KERNEL: routes that come with an address. */
    public static final int KERNEL_PROTOCOL = 2;
    /** The protocol number of routes and rules of this program; no daemon in iproute2's rt_protos uses it. */
    public static final int OWN_PROTOCOL = 161;

    public Route {
        if (length < 0 || length > destination.getAddress().length * 8) {
            throw new IllegalArgumentException("a prefix of " + destination + " has no length " + length);
        }
    }

    /** A route of this program over an interface, in the main table. */
    public static Route via(int interfaceIndex, InetAddress destination, int length, int metric) {
        return new Route(destination, length, interfaceIndex, metric, MAIN_TABLE, RouteType.UNICAST, OWN_PROTOCOL,
                null);
    }

    /** A route of this program that answers "unreachable", in the main table. */
    public static Route unreachable(InetAddress destination, int length, int metric) {
        return new Route(destination, length, 0, metric, MAIN_TABLE, RouteType.UNREACHABLE, OWN_PROTOCOL, null);
    }

    /** The same route in another table. */
    public Route inTable(int other) {
        return new Route(destination, length, interfaceIndex, metric, other, type, protocol, gateway);
    }

    /** Whether this program installed it. */
    public boolean isOwn() {
        return protocol == OWN_PROTOCOL;
    }

    /** Whether it is for everything that has no other route. */
    public boolean isDefault() {
        return length == 0;
    }

    @Override
    public String toString() {
        return (type == RouteType.UNICAST ? "" : type.name().toLowerCase(Locale.ROOT) + " ")
                + destination.getHostAddress() + "/" + length
                + (gateway == null ? "" : " via " + gateway.getHostAddress())
                + (interfaceIndex == 0 ? "" : " dev #" + interfaceIndex)
                + (metric == 0 ? "" : " metric " + metric)
                + (table == MAIN_TABLE ? "" : " table " + Integer.toUnsignedString(table));
    }
}
