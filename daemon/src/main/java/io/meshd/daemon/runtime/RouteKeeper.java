package io.meshd.daemon.runtime;

import io.meshd.daemon.node.RouteView;
import io.meshd.identity.IpAddress;
import io.meshd.identity.Prefix;
import io.meshd.netio.LocalAddress;
import io.meshd.netio.Netlink;
import io.meshd.netio.NetlinkException;
import io.meshd.netio.Route;
import io.meshd.netio.RouteType;
import io.meshd.netio.RoutingRule;
import java.io.IOException;
import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the host's addresses and routes as the node wants them, also against others who change them.
 *
 * <p>A granted prefix that is not active gets an {@code unreachable} route, so that its packets never leak to another
 * route of the host; one that loses its grant keeps that route until the daemon stops or somebody is granted an address in
 * it. One kind replaces the other in one step, so that there is no moment without either. Prefixes inside an on-link range
 * of the interface need no route: their packets reach the node anyway, which answers. One thread at a time.
 */
final class RouteKeeper {
    static final int MARK = RoutingRule.OWN_MARK;
    static final int METRIC = 0;
    private static final int LOOPBACK_INDEX = 1;

    private final Netlink netlink;
    private final EventLog log;
    private final StateFiles state;
    private final DefaultRoutes defaults;
    private int interfaceIndex;
    private List<Overlay> addresses = List.of();
    private List<RouteView> wanted = List.of();
    private final Set<Prefix> onLink = new LinkedHashSet<>();
    /** Unreachable routes do not say whose they are: only those that this daemon made, now or before, are removed. */
    private final Set<Prefix> installedOnce = new LinkedHashSet<>();
    private Set<Prefix> kept = Set.of();
    /** Prefixes that lost their grant while the daemon runs. */
    private final Set<Prefix> orphans = new LinkedHashSet<>();
    /** Default routes that were active once: until then the host needs its own to find anybody. */
    private final Set<Prefix> activeDefaults = new LinkedHashSet<>();
    /** What does not work now, by the words that name it; each is a warning while it lasts. */
    private final Map<Object, String> told = new LinkedHashMap<>();
    private volatile Map<Prefix, String> problems = Map.of();
    /** Own addresses that the host does not take. */
    private final Set<Overlay> refused = ConcurrentHashMap.newKeySet();
    /** What is wrong with the interface itself, and so with every route. */
    private volatile @Nullable String broken;

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

    /** {@code state} remembers which prefixes had routes, for the start after a crash. */
    RouteKeeper(Netlink netlink, EventLog log, StateFiles state) throws IOException {
        this.netlink = netlink;
        this.log = log;
        this.state = state;
        this.defaults = new DefaultRoutes(netlink);
        installedOnce.addAll(state.routes());
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

    /** True when it is there now; where the host has no IPv6 an IPv6 address is a warning, no failure. */
    private boolean addAddress(Overlay overlay) throws IOException {
        boolean taken = isOnLinkElsewhere(overlay.range());
        try {
            netlink.addAddress(interfaceIndex, overlay.address().toInetAddress(), overlay.length(), !taken);
        } catch (NetlinkException e) {
            if (overlay.address().isV6() && !e.isForbidden() && !e.isMissing()) {
                tell(overlay, "no IPv6 address in the mesh: " + e.getMessage());
                refused.add(overlay);
                return false;
            }
            throw e;
        }
        tell(overlay, null);
        refused.remove(overlay);
        if (!taken && overlay.length() < overlay.address().bits()) {
            onLink.add(overlay.range());
        }
        return true;
    }

    /** Another daemon on this host already answers for the range; its peers then need routes of their own here. */
    private boolean isOnLinkElsewhere(Prefix range) throws IOException {
        return netlink.routes().stream().anyMatch(route -> route.interfaceIndex() != interfaceIndex
                && route.interfaceIndex() != 0 && route.table() == Route.MAIN_TABLE && route.gateway() == null
                && prefix(route).equals(range));
    }

    /** Gives the interface other addresses; those that stay are not touched. */
    void readdress(List<Overlay> overlays) throws IOException {
        if (interfaceIndex == 0 || overlays.equals(addresses)) {
            return;
        }
        List<Overlay> before = addresses;
        addresses = List.copyOf(overlays);
        for (Overlay old : before) {
            if (!overlays.contains(old)) {
                onLink.remove(old.range());
                tell(old, null);
                deleteAddress(old);
            }
        }
        for (Overlay overlay : overlays) {
            if (!before.contains(overlay)) {
                boolean _ = addAddress(overlay);
            }
        }
        apply(wanted);
    }

    private void deleteAddress(Overlay old) throws IOException {
        try {
            netlink.deleteAddress(interfaceIndex, old.address().toInetAddress(), old.length());
        } catch (NetlinkException e) {
            if (!e.isMissing()) {
                throw e;
            }
        }
    }

    /** Makes the routes these. Problems are kept for {@link #problem}, and told. True when something was changed. */
    boolean apply(List<RouteView> plan) {
        wanted = List.copyOf(plan);
        if (interfaceIndex == 0) {
            return false;
        }
        Set<Prefix> before = kept;
        kept = new LinkedHashSet<>();
        plan.stream().map(RouteView::prefix).filter(prefix -> !isCovered(prefix)).forEach(kept::add);
        adoptOrphans(before);
        remember();
        Map<Prefix, String> found = new LinkedHashMap<>();
        boolean changed = false;
        try {
            Map<Prefix, Route> own = ownRoutes();
            for (RouteView view : plan) {
                if (kept.contains(view.prefix())) {
                    changed |= install(view, own.get(view.prefix()), found);
                } else {
                    onLink.stream().filter(range -> contains(range, view.prefix()) && told.containsKey(range))
                            .forEach(range -> found.put(view.prefix(), told.get(range)));
                }
            }
            for (Prefix orphan : orphans) {
                changed |= install(orphan, false, own.get(orphan));
            }
            removeOthers(own);
            tell("routes", null);
        } catch (IOException e) {
            tell("routes", "routes of the mesh are not in order: " + e.getMessage());
        }
        problems = Map.copyOf(found);
        return changed;
    }

    private boolean isCovered(Prefix prefix) {
        return !prefix.isDefaultRoute() && onLink.stream().anyMatch(range -> contains(range, prefix));
    }

    private static boolean contains(Prefix range, Prefix prefix) {
        return range.overlaps(prefix) && range.length() <= prefix.length();
    }

    /** Who was granted a prefix until now leaves it unreachable; whoever is granted part of it ends that. */
    private void adoptOrphans(Set<Prefix> before) {
        before.stream().filter(prefix -> !prefix.isDefaultRoute()).forEach(orphans::add);
        orphans.removeIf(orphan -> isCovered(orphan)
                || wanted.stream().anyMatch(view -> !view.prefix().isDefaultRoute() && view.prefix().overlaps(orphan))
                || addresses.stream().anyMatch(own -> own.range().overlaps(orphan)));
    }

    /** Before a route is made, so that it is known as ours after a crash as well. */
    private void remember() {
        boolean more = installedOnce.addAll(kept);
        if (more) {
            try {
                state.writeRoutes(installedOnce);
            } catch (IOException e) {
                log.warning("cannot remember routes: " + e.getMessage());
            }
        }
    }

    /** This daemon's routes of the main table, one a prefix. */
    private Map<Prefix, Route> ownRoutes() throws IOException {
        Map<Prefix, Route> own = new LinkedHashMap<>();
        for (Route route : netlink.routes(Route.OWN_PROTOCOL)) {
            if (route.table() == Route.MAIN_TABLE && isMine(route)) {
                own.put(prefix(route), route);
            }
        }
        return own;
    }

    private boolean install(RouteView view, @Nullable Route present, Map<Prefix, String> found) {
        Prefix prefix = view.prefix();
        try {
            boolean changed = prefix.isDefaultRoute()
                    ? installDefault(view)
                    : install(prefix, view.active(), present);
            tell(prefix, null);
            return changed;
        } catch (IOException e) {
            found.put(prefix, String.valueOf(e.getMessage()));
            tell(prefix, "route " + prefix + " to " + view.peer() + " is not installed: " + e.getMessage());
            return false;
        }
    }

    /** A route of somebody else is not replaced, and is a problem to tell. */
    private boolean install(Prefix prefix, boolean active, @Nullable Route present) throws IOException {
        InetAddress destination = prefix.address().toInetAddress();
        Route route = active
                ? Route.via(interfaceIndex, destination, prefix.length(), METRIC)
                : Route.unreachable(destination, prefix.length(), METRIC);
        if (present != null && present.type() == route.type()) {
            return false;
        }
        if (present == null) {
            netlink.addRoute(route);
        } else {
            netlink.replaceRoute(route);
        }
        return true;
    }

    private boolean installDefault(RouteView view) throws IOException {
        if (view.active()) {
            activeDefaults.add(view.prefix());
        }
        return activeDefaults.contains(view.prefix())
                && defaults.install(view.prefix().address().isV6(), interfaceIndex, view.active());
    }

    private boolean isMine(Route route) {
        return route.interfaceIndex() == interfaceIndex || hasNoInterface(route);
    }

    /** IPv6 shows unreachable routes on the loopback interface. */
    static boolean hasNoInterface(Route route) {
        return route.interfaceIndex() == 0
                || (route.interfaceIndex() == LOOPBACK_INDEX && route.type() == RouteType.UNREACHABLE);
    }

    private static Prefix prefix(Route route) {
        return Prefix.around(IpAddress.of(route.destination()), route.length());
    }

    private void removeOthers(Map<Prefix, Route> own) throws IOException {
        for (Prefix prefix : List.copyOf(installedOnce)) {
            if (kept.contains(prefix) || orphans.contains(prefix)) {
                continue;
            }
            Route present = own.get(prefix);
            if (prefix.isDefaultRoute()) {
                defaults.remove(prefix.address().isV6(), interfaceIndex);
                activeDefaults.remove(prefix);
            } else if (present != null && !onLink.contains(prefix)) {
                delete(present);
            }
            installedOnce.remove(prefix);
        }
    }

    private void delete(Route route) throws IOException {
        try {
            netlink.deleteRoute(route);
        } catch (NetlinkException e) {
            // It went with the interface, or somebody was faster.
            if (!e.isMissing()) {
                throw e;
            }
        }
    }

    /** Puts back what others took away; true when something was put back. Any failure is told while it lasts. */
    boolean restore(int index) throws IOException {
        boolean changed = index != interfaceIndex;
        interfaceIndex = index;
        try {
            changed |= restoreAddresses();
            changed |= switchOn();
            for (Prefix range : onLink) {
                changed |= restoreRange(range);
            }
            broken = null;
            tell("interface", null);
        } catch (NetlinkException e) {
            broken = "the interface of the mesh is not in order: " + e.getMessage();
            tell("interface", broken);
            return false;
        }
        return apply(wanted) || changed;
    }

    private boolean restoreAddresses() throws IOException {
        boolean changed = false;
        List<LocalAddress> present = netlink.addresses();
        for (Overlay overlay : addresses) {
            InetAddress address = overlay.address().toInetAddress();
            boolean there = present.stream().anyMatch(local -> local.interfaceIndex() == interfaceIndex
                    && local.address().equals(address) && local.length() == overlay.length());
            changed |= !there && addAddress(overlay);
        }
        return changed;
    }

    private boolean switchOn() throws IOException {
        boolean isUp = netlink.links().stream().anyMatch(link -> link.index() == interfaceIndex && link.isUp());
        if (!isUp) {
            netlink.setUp(interfaceIndex, true);
        }
        return !isUp;
    }

    private boolean restoreRange(Prefix range) throws IOException {
        // All routes are asked for only when it is not where it should be: there can be a million of them.
        if (leadsHere(netlink.routes(Route.KERNEL_PROTOCOL), range) || leadsHere(netlink.routes(), range)) {
            tell(range, null);
            return false;
        }
        try {
            netlink.addRoute(Route.via(interfaceIndex, range.address().toInetAddress(), range.length(), METRIC));
            tell(range, null);
            return true;
        } catch (NetlinkException e) {
            tell(range, "the mesh's own range " + range + " is not routed: " + e.getMessage());
            return false;
        }
    }

    private boolean leadsHere(List<Route> routes, Prefix range) {
        return routes.stream().anyMatch(route -> route.interfaceIndex() == interfaceIndex
                && route.table() == Route.MAIN_TABLE && prefix(route).equals(range));
    }

    /** Warns of what does not work, once; null takes the warning back. */
    private void tell(Object about, @Nullable String text) {
        String before = text == null ? told.remove(about) : told.put(about, text);
        if (before != null && !before.equals(text)) {
            log.resolved(before);
        }
        if (text != null && !text.equals(before)) {
            log.warning(text);
        }
    }

    /** Whether the host does not take an own address, since it has no IPv6. Any thread. */
    boolean isRefused(Overlay overlay) {
        return refused.contains(overlay);
    }

    /** Why the kernel has no route for a prefix; null when it has. Any thread. */
    @Nullable
    String problem(Prefix prefix) {
        String whole = broken;
        return whole != null ? whole : problems.get(prefix);
    }

    /** Takes back what the removal of the interface does not take along. */
    void tearDown() throws IOException {
        wanted = List.of();
        kept = Set.of();
        orphans.clear();
        removeOthers(ownRoutes());
        state.writeRoutes(Set.of());
    }
}
