package io.meshd.daemon.doctor;

import io.meshd.identity.IpAddress;
import io.meshd.identity.Prefix;
import io.meshd.identity.TrustedPeer;
import io.meshd.netio.Link;
import io.meshd.netio.Route;
import io.meshd.netio.RouteType;
import io.meshd.netio.RoutingRule;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Whether packets take the way that the mesh means: rules, default routes and filters of others. */
final class RoutingChecks {
    /** The tables that every host has: local, main, default. */
    private static final Set<Integer> USUAL_TABLES = Set.of(255, Route.MAIN_TABLE, 253);
    private static final String STRICT = "1";

    private final Subject subject;
    private final NetworkView network;
    private final Findings findings;

    RoutingChecks(Subject subject, NetworkView network, Findings findings) {
        this.subject = subject;
        this.network = network;
        this.findings = findings;
    }

    void run() {
        reversePath();
        rules();
        defaultRoute();
    }

    /**
     * Answers from peers come in by the uplink, while the route to them would be the mesh: a strict filter drops them
     * (RFC 3704 section 2.2).
     */
    private void reversePath() {
        Route way = network.defaultRoute(false);
        Link uplink = way == null ? null : network.link(way.interfaceIndex());
        if (!subject.hasDefaultOverMesh(false) || uplink == null) {
            findings.pass(Topic.REVERSE_PATH, "no default route over the mesh, so no filter is in its way");
            return;
        }
        String all = subject.host().sysctl("net/ipv4/conf/all/rp_filter");
        String one = subject.host().sysctl("net/ipv4/conf/" + uplink.name() + "/rp_filter");
        // The greater of the two counts (ip-sysctl).
        boolean strict = Stream.of(all, one).max(String::compareTo).orElse("").equals(STRICT);
        if (strict) {
            findings.fail(Topic.REVERSE_PATH, "the kernel drops what comes by " + uplink.name() + " from hosts whose "
                    + "route is the mesh, which are all", "sysctl -w net.ipv4.conf.all.rp_filter=2");
        } else {
            findings.pass(Topic.REVERSE_PATH, "the kernel does not filter by it");
        }
    }

    /** Routes of other programs in tables of their own, asked before the main one. */
    private void rules() {
        for (RoutingRule rule : network.rules()) {
            if (isOthers(rule) && !isPreceded(rule)) {
                List<Route> routes = network.routes().stream().filter(route -> route.table() == rule.table()
                        && !route.isOwn() && !route.isDefault() && isV6(route) == rule.isV6()).toList();
                subject.peers().forEach(peer -> taken(rule, routes, peer));
            }
        }
        findings.passUnlessFound(Topic.ROUTING_RULES, "no rule of another program takes packets for the mesh");
    }

    private static boolean isOthers(RoutingRule rule) {
        return !rule.isOwn() && !USUAL_TABLES.contains(rule.table()) && rule.table() != 0;
    }

    private void taken(RoutingRule rule, List<Route> routes, TrustedPeer peer) {
        for (Prefix prefix : peer.prefixes()) {
            routes.stream().filter(route -> !prefix.isDefaultRoute() && NetworkView.prefix(route).overlaps(prefix))
                    .findFirst().ifPresent(route -> findings.fail(Topic.ROUTING_RULES, "packets for " + prefix + " of "
                            + peer.name() + " go by table " + Integer.toUnsignedString(rule.table()) + " ("
                            + NetworkView.prefix(route) + device(route) + ", rule " + rule.priority() + ")",
                            "ip " + (rule.isV6() ? "-6 " : "") + "rule add lookup main suppress_prefixlength 0 "
                                    + "priority " + before(rule) + ", or other prefixes for " + peer.name()));
        }
    }

    private static int before(RoutingRule rule) {
        return Math.max(1, rule.priority() - 1);
    }

    /** Whether a rule before it looks for more specific routes in the main table, where those of the mesh are. */
    private boolean isPreceded(RoutingRule rule) {
        return network.rules().stream().anyMatch(other -> other.isV6() == rule.isV6()
                && other.priority() < rule.priority() && other.mask() == 0 && !other.inverted()
                && other.table() == Route.MAIN_TABLE && other.suppressPrefixLength() >= 0);
    }

    private String device(Route route) {
        Link link = network.link(route.interfaceIndex());
        return link == null ? "" : " on " + link.name();
    }

    private void defaultRoute() {
        boolean any = false;
        for (boolean v6 : new boolean[]{false, true}) {
            Route main = network.defaultRoute(v6);
            Link link = main == null ? null : network.link(main.interfaceIndex());
            any |= main != null;
            if (link != null && link.isTunnel() && !link.name().equals(subject.device())) {
                findings.warn(Topic.DEFAULT_ROUTE, "the default route leads into " + link.name() + ", so the mesh "
                        + "travels inside that tunnel", "for each peer outside: ip route add ADDRESS via ROUTER");
            }
            captured(v6);
        }
        if (!any) {
            findings.warn(Topic.DEFAULT_ROUTE, "there is none: only hosts that a more specific route leads to are "
                    + "reached", "ip route add default via ROUTER, unless the mesh is to stay on this network");
        }
        findings.passUnlessFound(Topic.DEFAULT_ROUTE, "it leads out of this host");
    }

    /** As wg-quick and other VPNs do it: a rule for what has not their mark, and a default route in their table. */
    private void captured(boolean v6) {
        for (RoutingRule rule : network.rules()) {
            if (!isOthers(rule) || rule.isV6() != v6 || excepted(rule)) {
                continue;
            }
            for (Route route : network.routes()) {
                Link link = network.link(route.interfaceIndex());
                if (route.table() == rule.table() && route.isDefault() && isV6(route) == v6
                        && route.type() == RouteType.UNICAST && link != null && link.isTunnel()
                        && !link.name().equals(subject.device())) {
                    findings.warn(Topic.DEFAULT_ROUTE, link.name() + " has caught the default route (rule "
                            + rule.priority() + "), so the mesh travels inside that tunnel",
                            "ip " + (v6 ? "-6 " : "") + "rule add fwmark 0x"
                                    + Integer.toHexString(RoutingRule.OWN_MARK) + " lookup main priority "
                                    + before(rule));
                }
            }
        }
    }

    /** Whether a rule before it lets this program's own datagrams past. */
    private boolean excepted(RoutingRule rule) {
        return network.rules().stream().anyMatch(other -> other.isV6() == rule.isV6()
                && other.priority() < rule.priority() && other.mask() != 0 && !other.inverted()
                && other.mark() == RoutingRule.OWN_MARK && other.table() == Route.MAIN_TABLE);
    }

    private static boolean isV6(Route route) {
        return IpAddress.of(route.destination()).isV6();
    }
}
