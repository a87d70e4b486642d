package io.meshd.daemon.runtime;

import io.meshd.daemon.node.RouteView;
import io.meshd.identity.IpAddress;
import io.meshd.identity.Prefix;
import io.meshd.netio.LocalAddress;
import io.meshd.netio.Netlink;
import io.meshd.netio.NetlinkException;
import io.meshd.netio.Route;
import io.meshd.netio.RoutingRule;
import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the host's addresses and routes as the node wants them, also against others who change them.
 *
 * <p>A granted prefix that is not active gets an {@code unreachable} route, so that its packets never leak to another
 * route of the host. Prefixes inside an on-link range of the interface need no route: their packets reach the node
 * anyway, which answers. One thread at a time.
 */
final class RouteKeeper {
    /** Marks this program's own datagrams, so that a default route over the mesh does not catch them. */
    static final int MARK = 0x6d65_7368;
    private static final int TABLE = 51_821;
    private static final int METRIC = 0;

    private final Netlink netlink;
    private final Consumer<String> warnings;
    private int interfaceIndex;
    private List<Overlay> addresses = List.of();
    private List<RouteView> wanted = List.of();
    private final Set<Prefix> onLink = new LinkedHashSet<>();
    /** Unreachable routes do not say whose they are: only those that this daemon made are removed. */
    private final Set<Prefix> installedOnce = new LinkedHashSet<>();
    private volatile Map<Prefix, String> problems = Map.of();

    /**
     * An own address in the mesh.
     *
     * @param address the address
     * @param length  of the range that is on link
     */
    record Overlay(IpAddress address, int length) {
        Prefix range() {
            return Prefix.around(address, length);
        }

        @Override
        public String toString() {
            return address + "/" + length;
        }
    }

    RouteKeeper(Netlink netlink, Consumer<String> warnings) {
        this.netlink = netlink;
        this.warnings = warnings;
    }

    /** Gives the interface its addresses and switches it on. */
    void bringUp(int index, List<Overlay> overlays) throws IOException {
        interfaceIndex = index;
        addresses = List.copyOf(overlays);
        onLink.clear();
        for (Overlay overlay : overlays) {
            boolean _ = addAddress(overlay);
        }
        netlink.setUp(index, true);
        apply(wanted);
    }

    /** False when the host has no IPv6, which leaves IPv4 as good as before. */
    private boolean addAddress(Overlay overlay) throws IOException {
        boolean taken = isOnLinkElsewhere(overlay.range());
        try {
            netlink.addAddress(interfaceIndex, overlay.address().toInetAddress(), overlay.length(), !taken);
        } catch (NetlinkException e) {
            if (overlay.address().isV6()) {
                warnings.accept("no IPv6 address in the mesh: " + e.getMessage());
                return false;
            }
            throw e;
        }
        if (!taken && overlay.length() < overlay.address().bits()) {
            onLink.add(overlay.range());
        }
        return true;
    }

    /** Another daemon on this host already answers for the range; its peers then need routes of their own here. */
    private boolean isOnLinkElsewhere(Prefix range) throws IOException {
        return netlink.routes().stream().anyMatch(route -> route.interfaceIndex() != interfaceIndex
                && route.interfaceIndex() != 0 && route.table() == Route.MAIN_TABLE && route.gateway() == null
                && route.length() == range.length() && IpAddress.of(route.destination()).equals(range.address()));
    }

    /** Gives the interface other addresses; those that stay are not touched. */
    void readdress(List<Overlay> overlays) throws IOException {
        if (interfaceIndex == 0 || overlays.equals(addresses)) {
            return;
        }
        for (Overlay old : addresses) {
            if (!overlays.contains(old)) {
                netlink.deleteAddress(interfaceIndex, old.address().toInetAddress(), old.length());
                onLink.remove(old.range());
            }
        }
        List<Overlay> before = addresses;
        addresses = List.copyOf(overlays);
        for (Overlay overlay : overlays) {
            if (!before.contains(overlay)) {
                boolean _ = addAddress(overlay);
            }
        }
        apply(wanted);
    }

    /** Makes the routes these. Problems are kept for {@link #problem}, and told. */
    void apply(List<RouteView> plan) {
        wanted = List.copyOf(plan);
        if (interfaceIndex == 0) {
            return;
        }
        Map<Prefix, String> found = new LinkedHashMap<>();
        Set<Prefix> kept = new LinkedHashSet<>();
        for (RouteView view : plan) {
            if (isCovered(view.prefix())) {
                continue;
            }
            kept.add(view.prefix());
            try {
                install(view);
            } catch (IOException e) {
                found.put(view.prefix(), e.getMessage());
                if (!problems.containsKey(view.prefix())) {
                    warnings.accept("route " + view.prefix() + " to " + view.peer() + " is not installed: "
                            + e.getMessage());
                }
            }
        }
        problems = Map.copyOf(found);
        removeOthers(kept);
    }

    private boolean isCovered(Prefix prefix) {
        return !prefix.isDefaultRoute()
                && onLink.stream().anyMatch(range -> range.overlaps(prefix) && range.length() <= prefix.length());
    }

    private void install(RouteView view) throws IOException {
        InetAddress destination = view.prefix().address().toInetAddress();
        int length = view.prefix().length();
        Route route = view.active()
                ? Route.via(interfaceIndex, destination, length, METRIC)
                : Route.unreachable(destination, length, METRIC);
        if (view.prefix().isDefaultRoute()) {
            installDefault(route, view);
            return;
        }
        // Of the two kinds at most one may stay: for IPv6 the kernel would keep both.
        remove(view.active()
                ? Route.unreachable(destination, length, METRIC)
                : Route.via(interfaceIndex, destination, length, METRIC));
        add(route);
    }

    /** Adds a route unless it is there; a route of somebody else is not replaced, and is a problem to tell. */
    private void add(Route route) throws IOException {
        try {
            netlink.addRoute(route);
        } catch (NetlinkException e) {
            boolean ours = e.isPresent() && netlink.routes(Route.OWN_PROTOCOL).stream()
                    .anyMatch(present -> isMine(present)
                            && present.type() == route.type() && present.length() == route.length()
                            && present.table() == route.table() && present.destination().equals(route.destination()));
            if (!ours) {
                throw e;
            }
        }
    }

    /** As wg-quick does: own table, and a rule that lets only this program's own datagrams past it. */
    private void installDefault(Route route, RouteView view) throws IOException {
        boolean v6 = view.prefix().address().isV6();
        if (!view.active()) {
            removeDefault(v6);
            return;
        }
        add(route.inTable(TABLE));
        List<RoutingRule> present = netlink.rules();
        for (RoutingRule rule : List.of(RoutingRule.unmarked(v6, MARK, TABLE), RoutingRule.mainWithoutDefault(v6))) {
            if (present.stream().noneMatch(rule::matches)) {
                netlink.addRule(rule);
            }
        }
    }

    private void removeDefault(boolean v6) throws IOException {
        for (RoutingRule rule : netlink.rules()) {
            if (rule.isV6() == v6 && rule.isOwn()) {
                netlink.deleteRule(rule);
            }
        }
        for (Route route : netlink.routes(Route.OWN_PROTOCOL)) {
            if (route.table() == TABLE && IpAddress.of(route.destination()).isV6() == v6) {
                netlink.deleteRoute(route);
            }
        }
    }

    private void remove(Route route) {
        try {
            for (Route present : netlink.routes(Route.OWN_PROTOCOL)) {
                if (present.destination().equals(route.destination()) && present.length() == route.length()
                        && present.type() == route.type() && isMine(present)) {
                    netlink.deleteRoute(present);
                }
            }
        } catch (IOException e) {
            warnings.accept(String.valueOf(e.getMessage()));
        }
    }

    private boolean isMine(Route route) {
        return route.interfaceIndex() == interfaceIndex || route.interfaceIndex() == 0 || isLoopback(route);
    }

    /** IPv6 shows unreachable routes on the loopback interface. */
    private static boolean isLoopback(Route route) {
        return route.interfaceIndex() == 1;
    }

    private void removeOthers(Set<Prefix> kept) {
        try {
            boolean default4 = false;
            boolean default6 = false;
            for (Route present : netlink.routes(Route.OWN_PROTOCOL)) {
                Prefix prefix = Prefix.around(IpAddress.of(present.destination()), present.length());
                if (!kept.contains(prefix) && isMine(present) && present.table() == Route.MAIN_TABLE
                        && wasOurs(prefix)) {
                    netlink.deleteRoute(present);
                }
                if (!kept.contains(prefix) && present.table() == TABLE) {
                    default4 |= !prefix.address().isV6();
                    default6 |= prefix.address().isV6();
                }
            }
            if (default4) {
                removeDefault(false);
            }
            if (default6) {
                removeDefault(true);
            }
        } catch (IOException e) {
            warnings.accept(String.valueOf(e.getMessage()));
        }
        installedOnce.addAll(kept);
    }

    private boolean wasOurs(Prefix prefix) {
        return installedOnce.contains(prefix);
    }

    /** Puts back what others took away; true when something was missing. */
    boolean restore(int index) throws IOException {
        boolean missing = index != interfaceIndex;
        List<LocalAddress> present = netlink.addresses();
        interfaceIndex = index;
        for (Overlay overlay : addresses) {
            boolean there = present.stream().anyMatch(local -> local.interfaceIndex() == index
                    && local.address().equals(overlay.address().toInetAddress()));
            if (!there) {
                missing |= addAddress(overlay);
            }
        }
        netlink.setUp(index, true);
        List<Route> routes = netlink.routes();
        for (Prefix range : onLink) {
            boolean there = routes.stream().anyMatch(route -> route.interfaceIndex() == index
                    && route.length() == range.length() && route.destination().equals(range.address().toInetAddress()));
            if (!there) {
                missing = true;
                add(Route.via(index, range.address().toInetAddress(), range.length(), METRIC));
            }
        }
        List<Prefix> lacking = lacking(routes);
        // What could not be installed before is tried again, but nobody took it away.
        missing |= !problems.keySet().containsAll(lacking);
        if (missing || !lacking.isEmpty()) {
            apply(wanted);
        }
        return missing;
    }

    private List<Prefix> lacking(List<Route> routes) {
        List<RouteView> needed = new ArrayList<>(wanted);
        needed.removeIf(view -> isCovered(view.prefix()) || (view.prefix().isDefaultRoute() && !view.active()));
        return needed.stream().map(RouteView::prefix).filter(prefix -> routes.stream().noneMatch(route -> route.isOwn()
                && route.length() == prefix.length()
                && IpAddress.of(route.destination()).equals(prefix.address()))).toList();
    }

    /** Why the kernel has no route for a prefix; null when it has. Any thread. */
    @Nullable
    String problem(Prefix prefix) {
        return problems.get(prefix);
    }

    /** Takes back what the removal of the interface does not take along. */
    void tearDown() {
        apply(List.of());
    }
}
