package io.meshd.identity;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds every contradiction among trust entries, then deals out derived addresses. Used once. */
final class TrustBuilder {
    private final Trust.Self self;
    private final TunnelKey ownTunnelKey;
    private final List<Trust.Conflict> conflicts = new ArrayList<>();
    private final List<Trust.Note> notes = new ArrayList<>();
    /** The entries that are nobody else's twin, name or key, by tunnel key. */
    private final Map<TunnelKey, TrustEntry> accepted = new LinkedHashMap<>();
    private final Map<String, TrustEntry> byName = new LinkedHashMap<>();

    TrustBuilder(Trust.Self self) {
        this.self = self;
        this.ownTunnelKey = self.key().tunnelKey();
    }

    Trust.Result build(List<TrustEntry> entries) {
        for (TrustEntry entry : entries) {
            admit(entry);
        }
        PrefixOwners owners = new PrefixOwners();
        for (Prefix prefix : self.configuredPrefixes()) {
            owners.add(prefix, null);
        }
        for (TrustEntry entry : accepted.values()) {
            entry.key().prefixes().forEach(prefix -> owners.add(prefix, entry));
        }
        owners.contradictions(this::conflict);
        return conflicts.isEmpty()
                ? new Trust.Consistent(new Trust(deal(owners), ownPrefixes(self)), List.copyOf(notes))
                : new Trust.Contradictory(List.copyOf(conflicts));
    }

    private void conflict(Trust.ConflictKind kind, TrustEntry entry, String message) {
        conflicts.add(new Trust.Conflict(kind, entry.key().name(), entry.source(), message));
    }

    private void admit(TrustEntry entry) {
        AuthorizedKey key = entry.key();
        TunnelKey tunnelKey = key.tunnelKey();
        TrustEntry sameName = byName.get(key.name());
        if (sameName != null) {
            admitSecondOfName(entry, sameName);
            return;
        }
        byName.put(key.name(), entry);
        TrustEntry sameImage = accepted.get(tunnelKey);
        if (tunnelKey.equals(ownTunnelKey)) {
            boolean own = key instanceof AuthorizedKey.Member member && member.key().equals(self.key());
            conflict(own ? Trust.ConflictKind.OWN_KEY : Trust.ConflictKind.TWIN, entry, own
                    ? key.name() + " is this node's own key"
                    : "in a tunnel the key of " + key.name() + " is this node's own");
        } else if (sameImage != null) {
            boolean same = isSameKey(key, sameImage.key());
            conflict(same ? Trust.ConflictKind.SAME_KEY : Trust.ConflictKind.TWIN, entry, same
                    ? "the key of " + key.name() + " is trusted already, as " + named(sameImage)
                    : "in a tunnel the key of " + key.name() + " is that of " + named(sameImage));
        } else {
            accepted.put(tunnelKey, entry);
        }
    }

    /** The same entry may stand in two places, as long as both say the same. */
    private void admitSecondOfName(TrustEntry entry, TrustEntry first) {
        AuthorizedKey key = entry.key();
        if (!isSameKey(key, first.key())) {
            conflict(Trust.ConflictKind.SAME_NAME, entry,
                    "another key has the name " + key.name() + " already, in " + first.source());
        } else if (!gist(key).equals(gist(first.key()))) {
            conflict(Trust.ConflictKind.DISAGREEMENT, entry,
                    key.name() + " has other options than in " + first.source());
        }
    }

    /** The entry without what means nothing: its comment and the order of its prefixes. */
    private static AuthorizedKey gist(AuthorizedKey entry) {
        List<Prefix> prefixes = entry.prefixes().stream().sorted().toList();
        return switch (entry) {
            case AuthorizedKey.Member member -> new AuthorizedKey.Member(member.name(), member.key(), prefixes,
                    member.relay(), member.introducer(), member.expires(), member.seed(), member.pskFile(), "");
            case AuthorizedKey.Stock stock -> new AuthorizedKey.Stock(stock.name(), stock.tunnelKey(), prefixes,
                    stock.endpoint(), stock.persistentKeepaliveSeconds(), stock.pskFile(), "");
        };
    }

    private static boolean isSameKey(AuthorizedKey a, AuthorizedKey b) {
        return switch (a) {
            case AuthorizedKey.Member member ->
                b instanceof AuthorizedKey.Member other && member.key().equals(other.key());
            case AuthorizedKey.Stock stock ->
                b instanceof AuthorizedKey.Stock other && stock.tunnelKey().equals(other.tunnelKey());
        };
    }

    private static String named(TrustEntry entry) {
        return entry.key().name() + " (" + entry.source() + ")";
    }

    private List<TrustedPeer> deal(PrefixOwners owners) {
        Map<IpAddress, @Nullable String> holders = new LinkedHashMap<>();
        for (Prefix prefix : ownPrefixes(self)) {
            if (prefix.length() == prefix.address().bits()) {
                holders.put(prefix.address(), null);
            }
        }
        List<TrustedPeer> peers = new ArrayList<>();
        accepted.forEach((tunnelKey, entry) -> {
            List<Prefix> prefixes = new ArrayList<>(entry.key().prefixes());
            if (entry.key() instanceof AuthorizedKey.Member member) {
                for (IpAddress address : self.ranges().of(member.key())) {
                    if (!hasFamily(member.prefixes(), address.isV6()) && isFree(member, address, owners, holders)) {
                        holders.put(address, member.name());
                        prefixes.add(Prefix.host(address));
                    }
                }
            }
            peers.add(new TrustedPeer(entry.key(), entry.source(), tunnelKey, prefixes));
        });
        return peers;
    }

    private boolean isFree(AuthorizedKey.Member member, IpAddress address, PrefixOwners owners,
            Map<IpAddress, @Nullable String> holders) {
        if (holders.containsKey(address)) {
            notes.add(new Trust.Note(member.name(), member.key(), address, holders.get(address)));
            return false;
        }
        PrefixOwners.Owned owned = owners.holding(address);
        if (owned != null) {
            TrustEntry owner = owned.owner();
            notes.add(new Trust.Note(member.name(), member.key(), address, owner == null ? null : owner.key().name()));
        }
        return owned == null;
    }

    /** What a node owns: what is configured, and in a family without any its derived address. */
    static List<Prefix> ownPrefixes(Trust.Self self) {
        List<Prefix> prefixes = new ArrayList<>(self.configuredPrefixes());
        for (IpAddress address : self.ranges().of(self.key())) {
            if (!hasFamily(self.configuredPrefixes(), address.isV6())) {
                prefixes.add(Prefix.host(address));
            }
        }
        return prefixes;
    }

    private static boolean hasFamily(List<Prefix> prefixes, boolean v6) {
        return prefixes.stream().anyMatch(prefix -> prefix.address().isV6() == v6);
    }
}
