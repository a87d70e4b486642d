package io.meshd.identity;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The configured prefixes of everybody, and where they contradict each other. */
final class PrefixOwners {
    /** A prefix and whose it is: null for this node. {@code order} is the place among all. */
    record Owned(Prefix prefix, @Nullable TrustEntry owner, int order) {
        String ownerName() {
            return owner == null ? "this node" : owner.key().name() + " (" + owner.source() + ")";
        }
    }

    /** Takes a contradiction; the entry is the later of the two. */
    interface Report {
        void conflict(Trust.ConflictKind kind, TrustEntry later, String message);
    }

    private record Contradiction(Owned earlier, Owned later) {}

    private final List<Owned> all = new ArrayList<>();
    /**
     * Prefixes inside no other, default routes aside. They are disjoint, and what lies inside one has the same owner,
     * once {@link #contradictions} found nothing.
     */
    private final TreeMap<Prefix, Owned> outermost = new TreeMap<>();

    void add(Prefix prefix, @Nullable TrustEntry owner) {
        all.add(new Owned(prefix, owner, all.size()));
    }

    /**
     * Reports all prefixes that two owners would share. Default routes overlap everything and may, but each has one
     * owner. A stock device may have a part of what is this node's own.
     *
     * <p>In the order of {@link Prefix#compareTo} a prefix follows all that contain it, so one pass with a stack of
     * containing prefixes finds every pair.
     */
    void contradictions(Report report) {
        List<Contradiction> found = new ArrayList<>();
        Deque<Owned> containing = new ArrayDeque<>();
        for (Owned owned : all.stream().sorted(Comparator.comparing(Owned::prefix)).toList()) {
            while (!containing.isEmpty() && !containing.peek().prefix().overlaps(owned.prefix())) {
                containing.pop();
            }
            for (Owned outer : containing) {
                boolean exempt = (outer.prefix().isDefaultRoute() && !owned.prefix().isDefaultRoute())
                        || isOwnLeaf(outer, owned);
                if (!exempt && !Objects.equals(outer.owner(), owned.owner())) {
                    found.add(outer.order() < owned.order()
                            ? new Contradiction(outer, owned)
                            : new Contradiction(owned, outer));
                }
            }
            if (!owned.prefix().isDefaultRoute() && containing.stream().allMatch(outer -> outer.prefix()
                    .isDefaultRoute())) {
                outermost.put(owned.prefix(), owned);
            }
            containing.push(owned);
        }
        found.sort(Comparator.comparingInt((Contradiction pair) -> pair.later().order())
                .thenComparingInt(pair -> pair.earlier().order()));
        for (Contradiction pair : found) {
            TrustEntry later = pair.later().owner();
            if (later != null) {
                boolean defaultRoute = pair.later().prefix().isDefaultRoute();
                report.conflict(defaultRoute ? Trust.ConflictKind.SECOND_DEFAULT_ROUTE : Trust.ConflictKind.OVERLAP,
                        later, message(pair, later));
            }
        }
    }

    /** What a stock device has of this node's own: others know it as this node's, and only here it leads further. */
    private static boolean isOwnLeaf(Owned outer, Owned owned) {
        return outer.owner() == null && owned.owner() != null && owned.owner().key() instanceof AuthorizedKey.Stock
                && outer.prefix().length() < owned.prefix().length();
    }

    private static String message(Contradiction pair, TrustEntry later) {
        Prefix mine = pair.later().prefix();
        Prefix theirs = pair.earlier().prefix();
        return "prefix " + mine + " of " + later.key().name() + (mine.equals(theirs)
                ? " belongs to "
                : " overlaps "
                        + theirs + " of ")
                + pair.earlier().ownerName();
    }

    /** The prefix that holds the address, or null; default routes do not count. */
    @Nullable
    Owned holding(IpAddress address) {
        Map.Entry<Prefix, Owned> nearest = outermost.floorEntry(Prefix.host(address));
        return nearest != null && nearest.getKey().contains(address) ? nearest.getValue() : null;
    }
}
