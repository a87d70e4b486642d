package io.meshd.nat;

import java.net.InetAddress;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * For how long the NATs and firewalls between this node and its peers remember a path that nobody uses: found by trying,
 * separately for each network that this host has been in (RFC 5780 section 4.6 calls it the binding's lifetime).
 *
 * <p>Belongs to {@link Paths}. {@link BindingTrial} tries with one peer at a time, {@link Vigil} keeps paths accordingly.
 */
final class BindingLifetime {
    /** Home, office, telephone and the trains between: more than a host sees in a day. */
    private static final int NETWORKS_MAX = 16;

    private final Map<Set<InetAddress>, BindingLadder> networks = new LinkedHashMap<>(NETWORKS_MAX, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Set<InetAddress>, BindingLadder> eldest) {
            return size() > NETWORKS_MAX;
        }
    };
    private Set<InetAddress> local = Set.of();
    private Set<InetAddress> outside = Set.of();
    private BindingLadder ladder = new BindingLadder();
    private boolean isBusy;

    /**
     * This host has these addresses, and is seen under those from outside. While nobody says where it is seen it is taken
     * to be where it was.
     */
    void network(Set<InetAddress> newLocal, Set<InetAddress> newOutside) {
        boolean moved = !newLocal.equals(local);
        if (moved || (!newOutside.isEmpty() && !newOutside.equals(outside))) {
            local = Set.copyOf(newLocal);
            outside = Set.copyOf(newOutside);
            Set<InetAddress> both = new HashSet<>(local);
            both.addAll(outside);
            ladder = networks.computeIfAbsent(Set.copyOf(both), _ -> new BindingLadder());
        }
    }

    /** What is known of the present network. */
    BindingLadder ladder() {
        return ladder;
    }

    /** Whether a trial may begin; only one at a time, so that little is lost when the next silence is too long. */
    boolean begin() {
        boolean mayBegin = !isBusy;
        isBusy = true;
        return mayBegin;
    }

    /** The trial that {@link #begin} let begin is over. */
    void end() {
        isBusy = false;
    }
}
