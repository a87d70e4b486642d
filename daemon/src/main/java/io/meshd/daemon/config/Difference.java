package io.meshd.daemon.config;

import io.meshd.identity.Expiry;
import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import io.meshd.identity.Trust;
import io.meshd.identity.TrustedPeer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What another set-up changes: for the configuration, for the peers, for what they own, for the host's routes.
 *
 * @param keys          the configuration's keys, then trust by name
 * @param gained        peers that this node does not know now
 * @param lost          peers that this node would not know any more
 * @param rekeyed       names under which another key would be trusted
 * @param renamed       peers that would be called otherwise
 * @param expiring      peers whose trust ends within {@link #SOON}
 * @param moves         prefixes that get, lose or change their owner
 * @param routesAdded   new destinations of the host that lead into the mesh
 * @param routesRemoved destinations that do not any more
 * @param seedsAdded    new places where others are looked for
 * @param seedsRemoved  places where nobody is looked for any more
 */
public record Difference(List<ConfigChange> keys, List<TrustedPeer> gained, List<TrustedPeer> lost,
        List<Rekeyed> rekeyed, List<Renamed> renamed, List<TrustedPeer> expiring, List<Move> moves,
        List<RouteTo> routesAdded, List<RouteTo> routesRemoved, List<String> seedsAdded, List<String> seedsRemoved) {
    /** Trust that ends sooner deserves a word. */
    public static final Duration SOON = Duration.ofDays(7);

    public Difference {
        keys = List.copyOf(keys);
        gained = List.copyOf(gained);
        lost = List.copyOf(lost);
        rekeyed = List.copyOf(rekeyed);
        renamed = List.copyOf(renamed);
        expiring = List.copyOf(expiring);
        moves = List.copyOf(moves);
        routesAdded = List.copyOf(routesAdded);
        routesRemoved = List.copyOf(routesRemoved);
        seedsAdded = List.copyOf(seedsAdded);
        seedsRemoved = List.copyOf(seedsRemoved);
    }

    /** A name under which another key is trusted: a {@code peer_id} or the base64 key of a stock device. */
    public record Rekeyed(String name, String from, String to) {}

    /** A peer that is called otherwise. */
    public record Renamed(String from, String to) {}

    /**
     * A prefix whose owner changes.
     *
     * @param from a peer's name or "this node"; null when nobody owned it
     * @param to   the same; null when nobody does any more
     */
    public record Move(Prefix prefix, @Nullable String from, @Nullable String to) {}

    /** A destination that leads to a peer. */
    public record RouteTo(Prefix prefix, String peer) {}

    /** What {@code newer} changes, at a moment that decides what expires soon. */
    public static Difference between(Side older, Side newer, Instant now) {
        List<TrustedPeer> gained = new ArrayList<>();
        List<TrustedPeer> lost = new ArrayList<>();
        List<Rekeyed> rekeyed = new ArrayList<>();
        List<Renamed> renamed = new ArrayList<>();
        for (TrustedPeer peer : newer.trust().peers()) {
            TrustedPeer same = older.trust().peer(peer.tunnelKey());
            TrustedPeer namesake = older.trust().peer(peer.name());
            if (same == null && namesake != null && newer.trust().peer(namesake.tunnelKey()) == null) {
                rekeyed.add(new Rekeyed(peer.name(), keyText(namesake), keyText(peer)));
            } else if (same == null) {
                gained.add(peer);
            } else if (!same.name().equals(peer.name())) {
                renamed.add(new Renamed(same.name(), peer.name()));
            }
        }
        for (TrustedPeer peer : older.trust().peers()) {
            if (newer.trust().peer(peer.tunnelKey()) == null
                    && rekeyed.stream().noneMatch(other -> other.name().equals(peer.name()))) {
                lost.add(peer);
            }
        }
        Map<Prefix, String> before = older.routes();
        Map<Prefix, String> after = newer.routes();
        return new Difference(keys(older, newer), gained, lost, rekeyed, renamed, expiring(newer.trust(), now),
                moves(older.owners(), newer.owners()), routes(after, before), routes(before, after),
                without(newer.seeds(), older.seeds()), without(older.seeds(), newer.seeds()));
    }

    /** Keys that cannot change while the daemon runs. */
    public List<ConfigChange> restarting() {
        return keys.stream().filter(ConfigChange::needsRestart).toList();
    }

    private static String keyText(TrustedPeer peer) {
        PublicKey key = peer.key();
        return key == null ? peer.tunnelKey().base64() : key.peerId();
    }

    private static List<ConfigChange> keys(Side older, Side newer) {
        List<ConfigChange> keys = new ArrayList<>(ConfigChange.between(older.config(), newer.config()));
        if (!older.key().equals(newer.key())) {
            keys.addFirst(new ConfigChange("identity", older.key().fingerprint(), newer.key().fingerprint(), true));
        }
        Map<String, String> before = entries(older.trust());
        Map<String, String> after = entries(newer.trust());
        Set<String> names = new LinkedHashSet<>(before.keySet());
        names.addAll(after.keySet());
        for (String name : names) {
            if (!Objects.equals(before.get(name), after.get(name))) {
                keys.add(new ConfigChange("trust." + name, before.get(name), after.get(name), false));
            }
        }
        return keys;
    }

    private static Map<String, String> entries(Trust trust) {
        Map<String, String> entries = new LinkedHashMap<>();
        trust.peers().forEach(peer -> entries.put(peer.name(), peer.entry().text().strip()));
        return entries;
    }

    private static List<TrustedPeer> expiring(Trust trust, Instant now) {
        return trust.peers().stream().filter(peer -> {
            Expiry expires = peer.expires();
            return expires != null && expires.isPast(now.plus(SOON));
        }).toList();
    }

    private static List<Move> moves(Map<Prefix, Side.Owner> before, Map<Prefix, Side.Owner> after) {
        Set<Prefix> all = new LinkedHashSet<>(before.keySet());
        all.addAll(after.keySet());
        List<Move> moves = new ArrayList<>();
        for (Prefix prefix : all) {
            Side.Owner from = before.get(prefix);
            Side.Owner to = after.get(prefix);
            if (from == null || to == null || !from.key().equals(to.key())) {
                moves.add(new Move(prefix, from == null ? null : from.name(), to == null ? null : to.name()));
            }
        }
        return moves;
    }

    private static List<RouteTo> routes(Map<Prefix, String> in, Map<Prefix, String> notIn) {
        return in.entrySet().stream().filter(route -> !notIn.containsKey(route.getKey()))
                .map(route -> new RouteTo(route.getKey(), route.getValue())).toList();
    }

    private static List<String> without(List<String> all, List<String> excluded) {
        return all.stream().filter(one -> !excluded.contains(one)).toList();
    }
}
