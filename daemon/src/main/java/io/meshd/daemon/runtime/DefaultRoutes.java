package io.meshd.daemon.runtime;

import io.meshd.identity.IpAddress;
import io.meshd.netio.Netlink;
import io.meshd.netio.Route;
import io.meshd.netio.RoutingRule;
import java.io.IOException;
import java.net.InetAddress;
import java.util.List;

/**
 * A default route over the mesh, as wg-quick(8) installs it: in a table of its own, with a rule that lets this program's
 * own datagrams past it and a rule that keeps the host's more specific routes.
 *
 * <p>When its owner is gone the route turns into {@code unreachable}: what went through the mesh goes nowhere else. Used by
 * the {@link RouteKeeper} only, on its thread.
 */
final class DefaultRoutes {
    private static final int TABLE = 51_821;

    private final Netlink netlink;

    DefaultRoutes(Netlink netlink) {
        this.netlink = netlink;
    }

    /**
     * Makes the default route of a family lead to the interface or, when it is not active, nowhere.
     *
     * @return whether something was missing or different
     */
    boolean install(boolean isV6, int interfaceIndex, boolean active) throws IOException {
        InetAddress any = new IpAddress(isV6, 0, 0).toInetAddress();
        Route wanted = (active
                ? Route.via(interfaceIndex, any, 0, RouteKeeper.METRIC)
                : Route.unreachable(any, 0, RouteKeeper.METRIC)).inTable(TABLE);
        Route present = routes(isV6).stream().filter(route -> isOf(route, interfaceIndex)).findFirst().orElse(null);
        boolean same = present != null && present.type() == wanted.type();
        if (present == null) {
            netlink.addRoute(wanted);
        } else if (!same) {
            netlink.replaceRoute(wanted);
        }
        return installRules(isV6) || !same;
    }

    /**
     * Each new rule is asked before all that are there, so the rule for the table comes first and the one for the main
     * table second: when the first is missing, the second is made anew as well. Rules of others do not count, since they
     * go when their owner wants.
     */
    private boolean installRules(boolean isV6) throws IOException {
        List<RoutingRule> own = netlink.rules().stream().filter(rule -> rule.isOwn() && rule.isV6() == isV6).toList();
        RoutingRule unmarked = RoutingRule.unmarked(isV6, RouteKeeper.MARK, TABLE);
        RoutingRule main = RoutingRule.mainWithoutDefault(isV6);
        if (own.stream().noneMatch(unmarked::matches)) {
            netlink.addRule(unmarked);
            netlink.addRule(main);
            for (RoutingRule old : own) {
                netlink.deleteRule(old);
            }
            return true;
        }
        if (own.stream().noneMatch(main::matches)) {
            netlink.addRule(main);
            return true;
        }
        return false;
    }

    private List<Route> routes(boolean isV6) throws IOException {
        return netlink.routes(Route.OWN_PROTOCOL).stream().filter(route -> route.table() == TABLE && route.isDefault()
                && IpAddress.of(route.destination()).isV6() == isV6).toList();
    }

    private static boolean isOf(Route route, int interfaceIndex) {
        return route.interfaceIndex() == interfaceIndex || RouteKeeper.hasNoInterface(route);
    }

    /** Takes the default route of a family back; another daemon's stays, and with it the rules, which both use. */
    void remove(boolean isV6, int interfaceIndex) throws IOException {
        boolean others = false;
        for (Route route : routes(isV6)) {
            if (isOf(route, interfaceIndex)) {
                netlink.deleteRoute(route);
            } else {
                others = true;
            }
        }
        if (others) {
            return;
        }
        for (RoutingRule rule : netlink.rules()) {
            if (rule.isV6() == isV6 && rule.isOwn()) {
                netlink.deleteRule(rule);
            }
        }
    }
}
