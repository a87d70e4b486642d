package io.meshd.netio;

/** Numbers of netlink and rtnetlink (linux/netlink.h, rtnetlink.h, if_link.h, if_addr.h, fib_rules.h). */
final class Rtnetlink {
    static final int AF_INET = 2;
    static final int AF_INET6 = 10;
    static final int AF_NETLINK = 16;

    static final int NLMSG_HEADER = 16;
    static final int ATTRIBUTE_HEADER = 4;
    static final int NLMSG_ERROR = 2;
    static final int NLMSG_DONE = 3;
    static final int NLMSG_OVERRUN = 4;

    static final int F_REQUEST = 0x1;
    static final int F_ACK = 0x4;
    static final int F_DUMP_INTERRUPTED = 0x10;
    static final int F_DUMP = 0x300;
    static final int F_REPLACE = 0x100;
    static final int F_EXCL = 0x200;
    static final int F_CREATE = 0x400;
    /** In an error message: the request that it answers is left out. */
    static final int F_CAPPED = 0x100;
    /** In an error message: attributes follow. */
    static final int F_ACK_TLVS = 0x200;
    static final int ERROR_TEXT = 1;

    static final int NEW_LINK = 16;
    static final int DELETE_LINK = 17;
    static final int GET_LINK = 18;
    static final int NEW_ADDRESS = 20;
    static final int DELETE_ADDRESS = 21;
    static final int GET_ADDRESS = 22;
    static final int NEW_ROUTE = 24;
    static final int DELETE_ROUTE = 25;
    static final int GET_ROUTE = 26;
    static final int NEW_RULE = 32;
    static final int DELETE_RULE = 33;
    static final int GET_RULE = 34;

    static final int LINK_HEADER = 16;
    static final int IFLA_IFNAME = 3;
    static final int IFLA_MTU = 4;
    static final int IFLA_LINKINFO = 18;
    static final int IFLA_INFO_KIND = 1;
    static final int IFLA_AF_SPEC = 26;
    static final int IFLA_EXT_MASK = 29;
    static final int RTEXT_FILTER_SKIP_STATS = 8;
    static final int IFLA_INET6_ADDR_GEN_MODE = 8;
    static final int ADDR_GEN_MODE_NONE = 1;

    static final int ADDRESS_HEADER = 8;
    static final int IFA_ADDRESS = 1;
    static final int IFA_LOCAL = 2;
    static final int IFA_FLAGS = 8;
    static final int IFA_F_NODAD = 0x02;
    static final int IFA_F_NOPREFIXROUTE = 0x200;

    static final int ROUTE_HEADER = 12;
    static final int RTA_DST = 1;
    static final int RTA_OIF = 4;
    static final int RTA_GATEWAY = 5;
    static final int RTA_PRIORITY = 6;
    static final int RTA_MULTIPATH = 9;
    static final int RTA_TABLE = 15;
    static final int RTM_F_CLONED = 0x200;
    static final int SCOPE_UNIVERSE = 0;
    static final int SCOPE_LINK = 253;
    static final int SCOPE_NOWHERE = 255;

    static final int RULE_HEADER = 12;
    static final int FRA_PRIORITY = 6;
    static final int FRA_MARK = 10;
    static final int FRA_SUPPRESS_PREFIX_LENGTH = 14;
    static final int FRA_TABLE = 15;
    static final int FRA_MARK_MASK = 16;
    static final int FRA_PROTOCOL = 21;
    static final int RULE_INVERT = 2;

    /** Links, addresses, routes and rules of both families (RTMGRP_*, and RTNLGRP_IPV6_RULE as a bit). */
    static final int ALL_GROUPS = 0x1 | 0x10 | 0x40 | 0x80 | 0x100 | 0x400 | 1 << 18;

    private Rtnetlink() {}

    /** A length as netlink pads it. */
    static int aligned(int length) {
        return length + 3 & ~3;
    }
}
