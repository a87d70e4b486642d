package io.meshd.daemon.control;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a reload changed, or what the next one would.
 *
 * @param applied      whether it is in force now; false when a key needs a restart, and always for a plan
 * @param accepted     whether a reload would apply it
 * @param changes      what is different, in the order of the configuration
 * @param needsRestart keys that cannot change while the daemon runs; when there are any, nothing is applied
 * @param peers        who gains or loses reach
 * @param prefixes     whose owner is another
 * @param routes       of this host that come and go
 * @param seeds        places where others are looked for that come and go
 * @param listenPort   the UDP port, when it changes
 * @param operator     by which way the operator is connected; null when nobody said so
 * @param warnings     what the operator should know
 */
public record ReloadReport(boolean applied, boolean accepted, List<Change> changes, List<String> needsRestart,
        Peers peers, List<Move> prefixes, Routes routes, Seeds seeds, @Nullable Port listenPort,
        @Nullable Operator operator, List<String> warnings) {
    public ReloadReport {
        changes = List.copyOf(changes);
        needsRestart = List.copyOf(needsRestart);
        prefixes = List.copyOf(prefixes);
        warnings = List.copyOf(warnings);
    }

    /** Keys that change, and nothing else. */
    public static ReloadReport ofKeys(boolean applied, List<Change> changes, List<String> warnings) {
        List<String> restarting = changes.stream().filter(Change::needsRestart).map(Change::key).toList();
        return new ReloadReport(applied, restarting.isEmpty(), changes, restarting, Peers.UNCHANGED, List.of(),
                new Routes(List.of(), List.of()), new Seeds(List.of(), List.of()), null, null, warnings);
    }

    /** The same, in force. */
    public ReloadReport nowApplied() {
        return new ReloadReport(true, accepted, changes, needsRestart, peers, prefixes, routes, seeds, listenPort,
                operator, warnings);
    }

    /**
     * One difference.
     *
     * @param key          of the configuration, or "trust.NAME", or "identity"
     * @param from         the old value; null when there was none
     * @param to           the new value; null when there is none
     * @param needsRestart whether it cannot change while the daemon runs
     * @param reason       why it cannot; null when it can
     */
    public record Change(String key, @Nullable String from, @Nullable String to, boolean needsRestart,
            @Nullable String reason) {}

    /**
     * Who gains or loses reach.
     *
     * @param added    who is let in and can be reached now
     * @param removed  who is not any more
     * @param rekeyed  names that stand for another key now
     * @param renamed  who is called otherwise now
     * @param expiring whose trust ends within a week
     */
    public record Peers(List<Peer> added, List<Peer> removed, List<Rekeyed> rekeyed, List<Renamed> renamed,
            List<Expiring> expiring) {
        /** Nobody. */
        static final Peers UNCHANGED = new Peers(List.of(), List.of(), List.of(), List.of(), List.of());

        public Peers {
            added = List.copyOf(added);
            removed = List.copyOf(removed);
            rekeyed = List.copyOf(rekeyed);
            renamed = List.copyOf(renamed);
            expiring = List.copyOf(expiring);
        }
    }

    /** A peer; {@code peerId} is null for a stock WireGuard device. */
    public record Peer(String name, @Nullable String peerId, List<String> prefixes) {
        public Peer {
            prefixes = List.copyOf(prefixes);
        }
    }

    /** A name with another key: a {@code peer_id}, or base64 for a stock WireGuard device. */
    public record Rekeyed(String name, String from, String to) {}

    /** A peer that is called otherwise. */
    public record Renamed(String from, String to) {}

    /** Trust that ends. */
    public record Expiring(String name, String expires) {}

    /** A prefix with another owner: a peer's name, "this node", or null for nobody. */
    public record Move(String prefix, @Nullable String from, @Nullable String to) {}

    /** Destinations that begin or cease to lead into the mesh. */
    public record Routes(List<Route> added, List<Route> removed) {
        public Routes {
            added = List.copyOf(added);
            removed = List.copyOf(removed);
        }
    }

    /** A destination and the peer that it leads to. */
    public record Route(String prefix, String peer) {}

    /** Places where others are looked for. */
    public record Seeds(List<String> added, List<String> removed) {
        public Seeds {
            added = List.copyOf(added);
            removed = List.copyOf(removed);
        }
    }

    /** The UDP port before and after; {@code to} is 0 when a free one is picked. */
    public record Port(int from, int to) {}

    /**
     * The operator's own connection.
     *
     * @param from   where it comes from
     * @param peer   the peer that it comes through; null when it does not come through the mesh
     * @param danger what would cut it; null when nothing would
     */
    public record Operator(String from, @Nullable String peer, @Nullable String danger) {}
}
