package io.meshd.netio;

import java.net.InetAddress;

/** Writes what rtnetlink requests say, behind their header: the fixed part and the attributes. */
final class NetlinkBodies {
    private NetlinkBodies() {}

    static NetlinkRequest link(NetlinkRequest request, int index, int flags, int change) {
        return request.u8(0).u8(0).u16(0).u32(index).u32(flags).u32(change);
    }

    static NetlinkRequest address(NetlinkRequest request, int index, InetAddress address, int length) {
        request.u8(family(address)).u8(length).u8(0).u8(Rtnetlink.SCOPE_UNIVERSE).u32(index);
        return request.attribute(Rtnetlink.IFA_LOCAL, address).attribute(Rtnetlink.IFA_ADDRESS, address);
    }

    static NetlinkRequest route(NetlinkRequest request, Route route, int scope) {
        int table = Integer.compareUnsigned(route.table(), 256) < 0 ? route.table() : 0;
        request.u8(family(route.destination())).u8(route.length()).u8(0).u8(0);
        request.u8(table).u8(route.protocol()).u8(scope).u8(route.type().number()).u32(0);
        request.attribute(Rtnetlink.RTA_DST, route.destination()).attributeU32(Rtnetlink.RTA_TABLE, route.table());
        if (route.interfaceIndex() != 0) {
            request.attributeU32(Rtnetlink.RTA_OIF, route.interfaceIndex());
        }
        if (route.metric() != 0) {
            request.attributeU32(Rtnetlink.RTA_PRIORITY, route.metric());
        }
        InetAddress gateway = route.gateway();
        return gateway == null ? request : request.attribute(Rtnetlink.RTA_GATEWAY, gateway);
    }

    static int scope(Route route) {
        return route.type() == RouteType.UNICAST && route.gateway() == null
                ? Rtnetlink.SCOPE_LINK
                : Rtnetlink.SCOPE_UNIVERSE;
    }

    static NetlinkRequest rule(NetlinkRequest request, RoutingRule rule) {
        int table = Integer.compareUnsigned(rule.table(), 256) < 0 ? rule.table() : 0;
        request.u8(rule.isV6() ? Rtnetlink.AF_INET6 : Rtnetlink.AF_INET).u8(0).u8(0).u8(0).u8(table);
        request.u8(0).u8(0).u8(rule.action()).u32(rule.inverted() ? Rtnetlink.RULE_INVERT : 0);
        request.attributeU32(Rtnetlink.FRA_TABLE, rule.table());
        if (rule.priority() >= 0) {
            request.attributeU32(Rtnetlink.FRA_PRIORITY, rule.priority());
        }
        if (rule.mask() != 0) {
            request.attributeU32(Rtnetlink.FRA_MARK, rule.mark()).attributeU32(Rtnetlink.FRA_MARK_MASK, rule.mask());
        }
        if (rule.suppressPrefixLength() >= 0) {
            request.attributeU32(Rtnetlink.FRA_SUPPRESS_PREFIX_LENGTH, rule.suppressPrefixLength());
        }
        return request.attributeU8(Rtnetlink.FRA_PROTOCOL, rule.protocol());
    }

    private static int family(InetAddress address) {
        return SocketAddresses.isV6(address) ? Rtnetlink.AF_INET6 : Rtnetlink.AF_INET;
    }
}
