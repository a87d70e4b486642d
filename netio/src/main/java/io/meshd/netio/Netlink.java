package io.meshd.netio;

import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The kernel's network configuration: links, addresses, routes and rules of the network namespace that the thread which
 * opened it was in.
 *
 * <p>Every change waits for the kernel's answer; a refusal is a {@link NetlinkException} that says what was attempted.
 * Thread-safe; one request at a time.
 */
public final class Netlink implements AutoCloseable {
    private static final int REPLY_MILLIS = 5_000;
    /** A dump that changes while it is read is repeated; a table that never rests is used as it comes. */
    private static final int DUMP_ATTEMPTS = 5;

    private final NetlinkSocket socket;
    private int sequence;

    private Netlink(NetlinkSocket socket) {
        this.socket = socket;
    }

    /** Opens a connection to the kernel. */
    public static Netlink open() throws IOException {
        return new Netlink(new NetlinkSocket(0));
    }

    /** All interfaces. */
    public List<Link> links() throws IOException {
        return dump("list interfaces", Rtnetlink.GET_LINK, request -> {
            NetlinkBodies.link(request, 0, 0, 0);
            return request.attributeU32(Rtnetlink.IFLA_EXT_MASK, Rtnetlink.RTEXT_FILTER_SKIP_STATS);
        }, Rtnetlink.NEW_LINK, NetlinkParser::link);
    }

    /** The interface of this name; null when there is none. */
    public @Nullable Link link(String name) throws IOException {
        return links().stream().filter(link -> link.name().equals(name)).findFirst().orElse(null);
    }

    /** Switches an interface on or off. */
    public void setUp(int interfaceIndex, boolean up) throws IOException {
        change("switch interface " + interfaceIndex + (up ? " on" : " off"), Rtnetlink.NEW_LINK, 0,
                request -> NetlinkBodies.link(request, interfaceIndex, up ? 1 : 0, 1));
    }

    /** Sets the MTU of an interface, in bytes. */
    public void setMtu(int interfaceIndex, int mtu) throws IOException {
        change("set the MTU of interface " + interfaceIndex + " to " + mtu, Rtnetlink.NEW_LINK, 0,
                request -> NetlinkBodies.link(request, interfaceIndex, 0, 0).attributeU32(Rtnetlink.IFLA_MTU, mtu));
    }

    /**
     * Keeps the kernel from giving an interface a link-local IPv6 address when it is switched on. Fails with
     * {@link NetlinkException} when IPv6 is off.
     */
    public void disableLinkLocal(int interfaceIndex) throws IOException {
        change("keep interface " + interfaceIndex + " without a link-local address", Rtnetlink.NEW_LINK, 0, request -> {
            NetlinkBodies.link(request, interfaceIndex, 0, 0);
            int families = request.begin(Rtnetlink.IFLA_AF_SPEC);
            int inet6 = request.begin(Rtnetlink.AF_INET6);
            request.attributeU8(Rtnetlink.IFLA_INET6_ADDR_GEN_MODE, Rtnetlink.ADDR_GEN_MODE_NONE);
            request.end(inet6);
            request.end(families);
            return request;
        });
    }

    /** Removes an interface. */
    public void deleteLink(int interfaceIndex) throws IOException {
        change("remove interface " + interfaceIndex, Rtnetlink.DELETE_LINK, 0,
                request -> NetlinkBodies.link(request, interfaceIndex, 0, 0));
    }

    /** All addresses of this host. */
    public List<LocalAddress> addresses() throws IOException {
        return dump("list addresses", Rtnetlink.GET_ADDRESS, request -> request.u32(0).u32(0), Rtnetlink.NEW_ADDRESS,
                NetlinkParser::address);
    }

    /**
     * Gives an interface an address.
     *
     * @param length          length of the prefix on the link
     * @param withPrefixRoute whether the kernel adds the route for the prefix by itself
     */
    public void addAddress(int interfaceIndex, InetAddress address, int length, boolean withPrefixRoute)
            throws IOException {
        // An address computed from a key is nobody else's: no duplicate address detection, so usable at once.
        int flags = (SocketAddresses.isV6(address) ? Rtnetlink.IFA_F_NODAD : 0)
                | (withPrefixRoute ? 0 : Rtnetlink.IFA_F_NOPREFIXROUTE);
        change("add address " + address.getHostAddress() + "/" + length + " to interface " + interfaceIndex,
                Rtnetlink.NEW_ADDRESS, Rtnetlink.F_CREATE | Rtnetlink.F_REPLACE,
                request -> NetlinkBodies.address(request, interfaceIndex, address, length)
                        .attributeU32(Rtnetlink.IFA_FLAGS, flags));
    }

    /** Takes an address from an interface. */
    public void deleteAddress(int interfaceIndex, InetAddress address, int length) throws IOException {
        change("remove address " + address.getHostAddress() + "/" + length + " from interface " + interfaceIndex,
                Rtnetlink.DELETE_ADDRESS, 0,
                request -> NetlinkBodies.address(request, interfaceIndex, address, length));
    }

    /** All routes of all tables, except cached ones. */
    public List<Route> routes() throws IOException {
        return routes(0);
    }

    /** The routes that one protocol number installed; 0 for all. Cheap even beside a full Internet table. */
    public List<Route> routes(int protocol) throws IOException {
        List<Route> routes = new ArrayList<>();
        for (int family : new int[]{Rtnetlink.AF_INET, Rtnetlink.AF_INET6}) {
            routes.addAll(dump("list routes", Rtnetlink.GET_ROUTE,
                    request -> request.u8(family).u8(0).u8(0).u8(0).u8(0).u8(protocol).u8(0).u8(0).u32(0),
                    Rtnetlink.NEW_ROUTE, NetlinkParser::route));
        }
        // Kernels before 4.20 do not filter.
        routes.removeIf(route -> protocol != 0 && route.protocol() != protocol);
        return List.copyOf(routes);
    }

    /**
     * Adds a route. Where one of the same prefix, metric and table exists, whoever installed it, nothing changes and the
     * exception {@link NetlinkException#isPresent() says so}.
     */
    public void addRoute(Route route) throws IOException {
        change("add route " + route, Rtnetlink.NEW_ROUTE, Rtnetlink.F_CREATE | Rtnetlink.F_EXCL,
                request -> NetlinkBodies.route(request, route, NetlinkBodies.scope(route)));
    }

    /** Adds a route in place of the one of the same prefix, metric and table, whoever installed that. */
    public void replaceRoute(Route route) throws IOException {
        change("replace route " + route, Rtnetlink.NEW_ROUTE, Rtnetlink.F_CREATE | Rtnetlink.F_REPLACE,
                request -> NetlinkBodies.route(request, route, NetlinkBodies.scope(route)));
    }

    /** Removes a route. */
    public void deleteRoute(Route route) throws IOException {
        change("remove route " + route, Rtnetlink.DELETE_ROUTE, 0,
                request -> NetlinkBodies.route(request, route, Rtnetlink.SCOPE_NOWHERE));
    }

    /** All rules of both families. */
    public List<RoutingRule> rules() throws IOException {
        List<RoutingRule> rules = new ArrayList<>();
        for (int family : new int[]{Rtnetlink.AF_INET, Rtnetlink.AF_INET6}) {
            rules.addAll(
                    dump("list rules", Rtnetlink.GET_RULE, request -> request.u8(family).u8(0).u16(0).u32(0).u32(0),
                            Rtnetlink.NEW_RULE, NetlinkParser::rule));
        }
        return List.copyOf(rules);
    }

    /** Adds a rule. */
    public void addRule(RoutingRule rule) throws IOException {
        change("add rule " + rule, Rtnetlink.NEW_RULE, Rtnetlink.F_CREATE | Rtnetlink.F_EXCL,
                request -> NetlinkBodies.rule(request, rule));
    }

    /** Removes a rule. */
    public void deleteRule(RoutingRule rule) throws IOException {
        change("remove rule " + rule, Rtnetlink.DELETE_RULE, 0, request -> NetlinkBodies.rule(request, rule));
    }

    @Override
    public void close() {
        socket.close();
    }

    private synchronized void change(String attempted, int type, int flags,
            Function<NetlinkRequest, NetlinkRequest> body) throws IOException {
        send(attempted, type, flags | Rtnetlink.F_ACK, body);
        NetlinkMessage message = reply(attempted);
        while (message.type() != Rtnetlink.NLMSG_ERROR) {
            message = message.next() ? message : reply(attempted);
        }
        throwIfRefused(attempted, message);
    }

    private synchronized <T> List<T> dump(String attempted, int type, Function<NetlinkRequest, NetlinkRequest> body,
            int wanted, Function<NetlinkMessage, @Nullable T> parser) throws IOException {
        for (int attempt = 1;; attempt++) {
            List<T> found = new ArrayList<>();
            send(attempted, type, Rtnetlink.F_DUMP, body);
            if (collect(attempted, wanted, parser, found) || attempt == DUMP_ATTEMPTS) {
                return List.copyOf(found);
            }
        }
    }

    /** Reads a dump to its end; false when it changed meanwhile. */
    private <T> boolean collect(String attempted, int wanted, Function<NetlinkMessage, @Nullable T> parser,
            List<T> found) throws IOException {
        boolean consistent = true;
        NetlinkMessage message = reply(attempted);
        for (;;) {
            consistent &= (message.flags() & Rtnetlink.F_DUMP_INTERRUPTED) == 0;
            if (message.type() == Rtnetlink.NLMSG_DONE) {
                return consistent;
            }
            if (message.type() == Rtnetlink.NLMSG_ERROR) {
                throwIfRefused(attempted, message);
            } else if (message.type() == wanted) {
                T value = parser.apply(message);
                if (value != null) {
                    found.add(value);
                }
            }
            if (!message.next()) {
                message = reply(attempted);
            }
        }
    }

    private void send(String attempted, int type, int flags, Function<NetlinkRequest, NetlinkRequest> body)
            throws IOException {
        sequence++;
        NetlinkRequest request = new NetlinkRequest(socket.request.buffer, type, flags, sequence);
        socket.send(attempted, body.apply(request).finish());
    }

    /** The first message of the next datagram that answers the present request. */
    private NetlinkMessage reply(String attempted) throws IOException {
        for (;;) {
            int length = socket.receive(REPLY_MILLIS);
            if (length == 0) {
                throw new IOException(attempted + ": the kernel did not answer within " + REPLY_MILLIS / 1000 + " s");
            }
            if (length < 0) {
                throw new NetlinkException(attempted, Errno.ENOBUFS, "");
            }
            NetlinkMessage message = new NetlinkMessage(socket.reply.buffer, length);
            // What is left of an earlier request that was given up has another number.
            if (message.next() && message.sequence() == sequence) {
                return message;
            }
        }
    }

    private static void throwIfRefused(String attempted, NetlinkMessage message) throws NetlinkException {
        int errno = message.bodyLength() >= 4 ? -message.i32(0) : Errno.EIO;
        if (errno != 0) {
            throw new NetlinkException(attempted, errno, kernelText(message));
        }
    }

    /** The kernel's own words, behind the request that it repeats. */
    static String kernelText(NetlinkMessage message) {
        boolean hasText = (message.flags() & Rtnetlink.F_ACK_TLVS) != 0 && message.bodyLength() >= 20;
        if (!hasText) {
            return "";
        }
        int repeated = (message.flags() & Rtnetlink.F_CAPPED) != 0 ? Rtnetlink.NLMSG_HEADER : message.i32(4);
        if (repeated < Rtnetlink.NLMSG_HEADER || repeated > message.bodyLength() - 4) {
            return "";
        }
        NetlinkMessage.Attributes attributes = message.attributes(4 + repeated);
        while (attributes.next()) {
            if (attributes.type() == Rtnetlink.ERROR_TEXT) {
                return attributes.text();
            }
        }
        return "";
    }
}
