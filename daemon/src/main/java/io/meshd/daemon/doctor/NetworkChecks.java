package io.meshd.daemon.doctor;

import io.meshd.daemon.config.InterfaceAddress;
import io.meshd.identity.OverlayAddresses;
import io.meshd.identity.Prefix;
import io.meshd.identity.TrustedPeer;
import io.meshd.netio.Link;
import io.meshd.netio.Route;
import io.meshd.netio.RouteType;
import java.util.List;
import java.util.stream.Stream;

/** The host's own networks beside those of the mesh, and what is between them. */
final class NetworkChecks {
    /** IPv6 does not work below that (RFC 8200 section 5). */
    private static final int MTU_MIN = 1280;
    /** Outer IPv4 and UDP header, WireGuard's header and tag, and its padding. */
    private static final int OVERHEAD_V4 = 60;

    private final Subject subject;
    private final HostView host;
    private final NetworkView network;
    private final Findings findings;
    private final List<NetworkView.Local> locals;

    NetworkChecks(Subject subject, NetworkView network, Findings findings) {
        this.subject = subject;
        this.host = subject.host();
        this.network = network;
        this.findings = findings;
        this.locals = network.localsBeside(subject.device());
    }

    void run() {
        for (TrustedPeer peer : subject.peers()) {
            for (Prefix prefix : peer.prefixes()) {
                locals.forEach(local -> conflict(prefix, "of " + peer.name(), local,
                        "give " + peer.name() + " other prefixes there, and change prefix= in " + peer.source()));
            }
        }
        Stream.of(subject.config().tun().deriveFrom().v4(), subject.config().tun().deriveFrom().v6())
                .filter(range -> range != null).forEach(range -> locals.forEach(local -> onLink(range, local)));
        findings.passUnlessFound(Topic.LOCAL_NETWORKS, "no prefix of a peer overlaps a network of this host");
        overlayAddress();
        forwarding();
        returnRoute();
        families();
        mtu();
        connectionTable();
    }

    /** Where derived addresses come from: of two daemons on a host one has the range on link, and the other knows. */
    private void onLink(Prefix range, NetworkView.Local local) {
        if (isOfAnotherDaemon(local) && local.network().equals(range)) {
            findings.warn(Topic.LOCAL_NETWORKS, range + " of tun.derive_from is on link on " + local.link().name()
                    + ": another daemon of this host has it, and this one gives each of its peers a route of its own",
                    "nothing, when that is meant; else stop one of the two");
        } else {
            conflict(range, "of tun.derive_from", local, "on all hosts of the mesh, change "
                    + subject.place("tun.derive_from"));
        }
    }

    private boolean isOfAnotherDaemon(NetworkView.Local local) {
        OverlayAddresses ranges = subject.config().tun().deriveFrom();
        return local.link().isPointToPoint()
                && (local.network().equals(ranges.v4()) || local.network().equals(ranges.v6()));
    }

    private void conflict(Prefix prefix, String whose, NetworkView.Local local, String remedy) {
        if (prefix.isDefaultRoute() || !prefix.overlaps(local.network()) || isOfAnotherDaemon(local)) {
            return;
        }
        String message = prefix + " " + whose + " overlaps " + local.network() + " on " + local.link().name();
        // The longer prefix wins: one within a local network takes that part of it, a wider one takes nothing.
        if (prefix.length() >= local.network().length()) {
            findings.fail(Topic.LOCAL_NETWORKS, message + ": that part of the network would go into the mesh", remedy);
        } else {
            findings.warn(Topic.LOCAL_NETWORKS, message
                    + ": that network stays reachable, the peer's part of it does not", remedy);
        }
    }

    private void overlayAddress() {
        if (subject.key() != null) {
            for (InterfaceAddress own : subject.config().interfaceAddresses(subject.key())) {
                locals.stream().filter(local -> local.address().equals(own.address())).forEach(
                        local -> findings.fail(Topic.OVERLAY_ADDRESS, own.address() + " is this host's address in the "
                                + "mesh, and " + local.link().name() + " has it as well",
                                "ip address delete " + own.address() + "/" + local.network().length() + " dev "
                                        + local.link().name()));
            }
        }
        findings.passUnlessFound(Topic.OVERLAY_ADDRESS, "no other interface has this host's addresses in the mesh");
    }

    private void forwarding() {
        for (boolean v6 : new boolean[]{false, true}) {
            List<Prefix> wide = subject.widePrefixes().stream().filter(prefix -> prefix.address().isV6() == v6)
                    .toList();
            String path = v6 ? "net/ipv6/conf/all/forwarding" : "net/ipv4/ip_forward";
            if (!wide.isEmpty() && host.sysctl(path).equals("1")) {
                findings.pass(Topic.FORWARDING, "on for " + Words.list(wide));
            } else if (!wide.isEmpty()) {
                findings.warn(Topic.FORWARDING, "off, so only this host itself can be reached in " + Words.list(wide),
                        "sysctl -w " + path.substring("net/".length()).replace('/', '.').replaceFirst("^", "net.")
                                + "=1, when there are hosts behind it");
            }
        }
        findings.passUnlessFound(Topic.FORWARDING, "not needed: nothing of the mesh is behind this host");
    }

    private void returnRoute() {
        for (Prefix prefix : subject.widePrefixes()) {
            List<NetworkView.Local> lans = locals.stream().filter(local -> local.network().overlaps(prefix)).toList();
            boolean isOwnNetwork = subject.config().tun().addresses().stream()
                    .anyMatch(address -> address.network().equals(prefix));
            if (!lans.isEmpty()) {
                findings.pass(Topic.RETURN_ROUTE, "hosts in " + prefix + " answer by this one when it is their router, "
                        + "or with: ip route add " + meshRange(prefix) + " via " + lans.getFirst().address());
            } else if (network.routes().stream().anyMatch(route -> leadsInto(route, prefix))) {
                findings.pass(Topic.RETURN_ROUTE, "a route leads into " + prefix);
            } else if (!isOwnNetwork) {
                findings.warn(Topic.RETURN_ROUTE, "this host owns " + prefix + " and has neither an address nor a route"
                        + " in it, so nothing there is reached",
                        "ip route add " + prefix
                                + " via ROUTER, or change " + subject.place("node.prefixes"));
            }
        }
        findings.passUnlessFound(Topic.RETURN_ROUTE, "not needed: nothing of the mesh is behind this host");
    }

    private boolean leadsInto(Route route, Prefix prefix) {
        Link link = network.link(route.interfaceIndex());
        return route.type() == RouteType.UNICAST && !route.isDefault() && !route.isOwn()
                && link != null && !link.name().equals(subject.device())
                && NetworkView.prefix(route).overlaps(prefix);
    }

    /** Where the addresses of most peers are. */
    private String meshRange(Prefix like) {
        Prefix range = like.address().isV6()
                ? subject.config().tun().deriveFrom().v6()
                : subject.config().tun().deriveFrom().v4();
        return range == null ? "NETWORK-OF-THE-MESH" : range.toString();
    }

    private void families() {
        boolean absent = host.sysctl("net/ipv6/conf/all/forwarding").isEmpty();
        if (absent) {
            findings.warn(Topic.IPV6, "the kernel has none: the mesh works over IPv4 only",
                    "boot without ipv6.disable=1, when IPv6 is wanted");
        } else if (host.sysctl("net/ipv6/conf/all/disable_ipv6").equals("1")) {
            findings.warn(Topic.IPV6, "it is switched off on this host: the mesh works over IPv4 only",
                    "sysctl -w net.ipv6.conf.all.disable_ipv6=0");
        } else {
            findings.pass(Topic.IPV6, "this host has it");
        }
    }

    private void mtu() {
        int wanted = subject.config().tun().mtu();
        Link own = network.link(subject.device());
        if (subject.running() != null && own != null && own.mtu() != wanted) {
            findings.warn(Topic.MTU, own.name() + " has " + own.mtu() + ", not " + wanted + " as configured",
                    "ip link set " + own.name() + " mtu " + wanted);
        }
        Route way = network.defaultRoute(false);
        Link uplink = way == null ? null : network.link(way.interfaceIndex());
        if (uplink != null && uplink.mtu() < MTU_MIN + OVERHEAD_V4) {
            findings.warn(Topic.MTU, uplink.name() + ", the way out, has only " + uplink.mtu()
                    + ": packets of the mesh travel in pieces",
                    "ip link set " + uplink.name()
                            + " mtu 1500, unless what is behind it carries no more");
        } else if (uplink != null && uplink.mtu() < wanted + OVERHEAD_V4) {
            findings.warn(Topic.MTU, uplink.name() + ", the way out, has " + uplink.mtu() + ": what does not fit is "
                    + "found out on each path, after the first large packets",
                    "set it to "
                            + (uplink.mtu() - OVERHEAD_V4) + ": " + subject.place("tun.mtu"));
        }
        findings.passUnlessFound(Topic.MTU, uplink == null
                ? wanted + " in the mesh"
                : wanted + " in the mesh fit " + uplink.mtu() + " of " + uplink.name());
    }

    private void connectionTable() {
        String count = host.sysctl("net/netfilter/nf_conntrack_count");
        String max = host.sysctl("net/netfilter/nf_conntrack_max");
        if (!count.matches("\\d{1,9}") || !max.matches("\\d{1,9}")) {
            findings.pass(Topic.CONNECTION_TABLE, "the kernel keeps none");
            return;
        }
        long used = Long.parseLong(count);
        long room = Long.parseLong(max);
        // A full table drops the first packet of whatever is new.
        if (room > 0 && used * 10 >= room * 9) {
            findings.warn(Topic.CONNECTION_TABLE, used + " of " + room + " connections are in use: when all are, new "
                    + "ones are dropped", "sysctl -w net.netfilter.nf_conntrack_max=" + room * 2);
        } else {
            findings.pass(Topic.CONNECTION_TABLE, used + " of " + room + " connections are in use");
        }
    }
}
