package io.meshd.netio;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads links, addresses, routes and rules out of netlink messages; null for what is broken or of no interest. */
final class NetlinkParser {
    /** Of {@code struct rtnexthop}: length, flags, hops, interface index. */
    private static final int NEXT_HOP_HEADER = 8;
    private static final byte[][] ANY = {new byte[4], new byte[16]};

    private NetlinkParser() {}

    static @Nullable Link link(NetlinkMessage message) {
        // Another family here is not about the link itself: AF_BRIDGE tells that it joined or left a bridge.
        if (message.bodyLength() < Rtnetlink.LINK_HEADER || message.u8(0) != 0) {
            return null;
        }
        String name = null;
        String kind = "";
        int mtu = 0;
        NetlinkMessage.Attributes attributes = message.attributes(Rtnetlink.LINK_HEADER);
        while (attributes.next()) {
            switch (attributes.type()) {
                case Rtnetlink.IFLA_IFNAME -> name = attributes.text();
                case Rtnetlink.IFLA_MTU -> mtu = attributes.number(0);
                case Rtnetlink.IFLA_LINKINFO -> kind = kind(attributes.nested(0));
                default -> {
                    // Most attributes of a link are of no interest.
                }
            }
        }
        return name == null ? null : new Link(message.i32(4), name, message.i32(8), mtu, kind, message.u16(2));
    }

    private static String kind(NetlinkMessage.Attributes attributes) {
        String kind = "";
        while (attributes.next()) {
            if (attributes.type() == Rtnetlink.IFLA_INFO_KIND) {
                kind = attributes.text();
            }
        }
        return kind;
    }

    static @Nullable LocalAddress address(NetlinkMessage message) {
        if (message.bodyLength() < Rtnetlink.ADDRESS_HEADER) {
            return null;
        }
        InetAddress address = null;
        InetAddress local = null;
        int flags = message.u8(2);
        NetlinkMessage.Attributes attributes = message.attributes(Rtnetlink.ADDRESS_HEADER);
        while (attributes.next()) {
            switch (attributes.type()) {
                case Rtnetlink.IFA_ADDRESS -> address = address(message.u8(0), attributes.bytes());
                case Rtnetlink.IFA_LOCAL -> local = address(message.u8(0), attributes.bytes());
                case Rtnetlink.IFA_FLAGS -> flags = attributes.number(flags);
                default -> {
                    // Labels, lifetimes.
                }
            }
        }
        // On a point-to-point link IFA_ADDRESS is the other end.
        InetAddress own = local != null ? local : address;
        int length = message.u8(1);
        return own == null || length > own.getAddress().length * 8
                ? null
                : new LocalAddress(own, length, message.i32(4), flags);
    }

    static @Nullable Route route(NetlinkMessage message) {
        if (message.bodyLength() < Rtnetlink.ROUTE_HEADER || (message.i32(8) & Rtnetlink.RTM_F_CLONED) != 0) {
            return null;
        }
        int family = message.u8(0);
        InetAddress destination = address(family, any(family));
        InetAddress gateway = null;
        int index = 0;
        int metric = 0;
        int table = message.u8(4);
        NetlinkMessage.Attributes attributes = message.attributes(Rtnetlink.ROUTE_HEADER);
        while (attributes.next()) {
            switch (attributes.type()) {
                case Rtnetlink.RTA_DST -> destination = address(family, attributes.bytes());
                case Rtnetlink.RTA_GATEWAY -> gateway = address(family, attributes.bytes());
                case Rtnetlink.RTA_OIF -> index = attributes.number(0);
                case Rtnetlink.RTA_PRIORITY -> metric = attributes.number(0);
                case Rtnetlink.RTA_TABLE -> table = attributes.number(table);
                case Rtnetlink.RTA_MULTIPATH -> {
                    // The first of several next hops stands for all.
                    index = attributes.i32(4);
                    gateway = gateway(family, attributes.nested(NEXT_HOP_HEADER));
                }
                default -> {
                    // Metrics, preferred source.
                }
            }
        }
        int length = message.u8(1);
        return destination == null || length > destination.getAddress().length * 8
                ? null
                : new Route(destination, length, index, metric, table, RouteType.of(message.u8(7)), message.u8(5),
                        gateway);
    }

    private static @Nullable InetAddress gateway(int family, NetlinkMessage.Attributes attributes) {
        while (attributes.next()) {
            if (attributes.type() == Rtnetlink.RTA_GATEWAY) {
                return address(family, attributes.bytes());
            }
        }
        return null;
    }

    static @Nullable RoutingRule rule(NetlinkMessage message) {
        if (message.bodyLength() < Rtnetlink.RULE_HEADER) {
            return null;
        }
        int priority = 0;
        int mark = 0;
        int mask = 0;
        int suppress = -1;
        int table = message.u8(4);
        int protocol = 0;
        NetlinkMessage.Attributes attributes = message.attributes(Rtnetlink.RULE_HEADER);
        while (attributes.next()) {
            switch (attributes.type()) {
                case Rtnetlink.FRA_PRIORITY -> priority = attributes.number(0);
                case Rtnetlink.FRA_MARK -> mark = attributes.number(0);
                case Rtnetlink.FRA_MARK_MASK -> mask = attributes.number(0);
                case Rtnetlink.FRA_SUPPRESS_PREFIX_LENGTH -> suppress = attributes.number(-1);
                case Rtnetlink.FRA_TABLE -> table = attributes.number(table);
                case Rtnetlink.FRA_PROTOCOL -> protocol = attributes.number(0);
                default -> {
                    // Conditions that this program does not use.
                }
            }
        }
        int family = message.u8(0);
        if (family != Rtnetlink.AF_INET && family != Rtnetlink.AF_INET6) {
            return null;
        }
        boolean inverted = (message.i32(8) & Rtnetlink.RULE_INVERT) != 0;
        return new RoutingRule(family == Rtnetlink.AF_INET6, priority, mark, mask, inverted, table, suppress, protocol,
                message.u8(7));
    }

    /** The event that a message of the monitor tells of; null when it is none. */
    static @Nullable NetworkEvent event(NetlinkMessage message) {
        return switch (message.type()) {
            case Rtnetlink.NEW_LINK -> map(link(message), NetworkEvent.LinkChanged::new);
            case Rtnetlink.DELETE_LINK -> map(link(message), NetworkEvent.LinkRemoved::new);
            case Rtnetlink.NEW_ADDRESS -> map(address(message), NetworkEvent.AddressChanged::new);
            case Rtnetlink.DELETE_ADDRESS -> map(address(message), NetworkEvent.AddressRemoved::new);
            case Rtnetlink.NEW_ROUTE -> map(route(message), NetworkEvent.RouteChanged::new);
            case Rtnetlink.DELETE_ROUTE -> map(route(message), NetworkEvent.RouteRemoved::new);
            case Rtnetlink.NEW_RULE -> map(rule(message), NetworkEvent.RuleAdded::new);
            case Rtnetlink.DELETE_RULE -> map(rule(message), NetworkEvent.RuleRemoved::new);
            case Rtnetlink.NLMSG_OVERRUN -> new NetworkEvent.Resync();
            default -> null;
        };
    }

    private static <T> @Nullable NetworkEvent map(@Nullable T value, Function<T, NetworkEvent> event) {
        return value == null ? null : event.apply(value);
    }

    private static byte[] any(int family) {
        return family == Rtnetlink.AF_INET ? ANY[0] : ANY[1];
    }

    private static @Nullable InetAddress address(int family, byte[] bytes) {
        int expected = switch (family) {
            case Rtnetlink.AF_INET -> 4;
            case Rtnetlink.AF_INET6 -> 16;
            default -> -1;
        };
        if (bytes.length != expected) {
            return null;
        }
        try {
            // Not InetAddress.getByAddress, which turns an IPv4-mapped IPv6 address into an IPv4 one.
            return expected == 4 ? InetAddress.getByAddress(bytes) : Inet6Address.getByAddress(null, bytes, -1);
        } catch (UnknownHostException e) {
            throw new AssertionError("4 or 16 bytes are always an address", e);
        }
    }
}
