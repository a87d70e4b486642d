package io.meshd.identity;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Whom this node trusts, and which prefixes are whose: an immutable, consistent set.
 *
 * <p>Nobody is in it twice, no two peers look the same to a tunnel, and no address has two owners. A peer that is not
 * in it is not admitted. Safe to share between threads.
 */
public final class Trust {
    /** Least length of a part of a peer id that names a peer. */
    public static final int PEER_ID_PREFIX_MIN = 6;

    private final List<TrustedPeer> peers;
    private final List<Prefix> ownPrefixes;
    private final Map<TunnelKey, TrustedPeer> byTunnelKey = new LinkedHashMap<>();
    private final Map<PublicKey, TrustedPeer> byKey = new LinkedHashMap<>();
    private final Map<String, TrustedPeer> byName = new LinkedHashMap<>();

    Trust(List<TrustedPeer> peers, List<Prefix> ownPrefixes) {
        this.peers = List.copyOf(peers);
        this.ownPrefixes = List.copyOf(ownPrefixes);
        for (TrustedPeer peer : this.peers) {
            byTunnelKey.put(peer.tunnelKey(), peer);
            byName.put(peer.name(), peer);
            PublicKey key = peer.key();
            if (key != null) {
                byKey.put(key, peer);
            }
        }
    }

    /**
     * This node itself, as far as trust has to do with it.
     *
     * @param configuredPrefixes what it owns by configuration; without derived addresses
     * @param ranges             where derived addresses come from
     */
    public record Self(PublicKey key, List<Prefix> configuredPrefixes, OverlayAddresses ranges) {
        public Self {
            configuredPrefixes = List.copyOf(configuredPrefixes);
        }
    }

    /** What came of building. */
    public sealed interface Result {}

    /**
     * The entries agree.
     *
     * @param notes derived addresses that somebody else has: for warnings
     */
    public record Consistent(Trust trust, List<Note> notes) implements Result {}

    /** The entries contradict each other; nothing is trusted by half. All contradictions, in order of entries. */
    public record Contradictory(List<Conflict> conflicts) implements Result {}

    /** What can be wrong with an entry in the presence of others. */
    public enum ConflictKind {
        /** The entry is this node. */
        OWN_KEY,
        /** The same key under two names. */
        SAME_KEY,
        /** Two keys under one name. */
        SAME_NAME,
        /** Name and key of another entry, but other options. */
        DISAGREEMENT,
        /** Another key with the same X25519 image, as another peer's or this node's. */
        TWIN,
        /** A prefix overlaps another's. */
        OVERLAP,
        /** A default route that another has as well. */
        SECOND_DEFAULT_ROUTE
    }

    /**
     * One contradiction.
     *
     * @param name    the later of the entries concerned
     * @param source  where it was written
     * @param message what it contradicts: one sentence, sources included
     */
    public record Conflict(ConflictKind kind, String name, String source, String message) {
        @Override
        public String toString() {
            return source + ": " + message;
        }
    }

    /**
     * A peer goes without a derived address, because another peer, a configured prefix or this node has it.
     *
     * @param name    the peer that goes without
     * @param key     its key
     * @param address the address
     * @param holder  who has it: a name, or null for this node
     */
    public record Note(String name, PublicKey key, IpAddress address, @Nullable String holder) {
        @Override
        public String toString() {
            String keeper = holder == null ? "this node" : holder;
            return name + " has no " + (address.isV6() ? "IPv6" : "IPv4") + " address: its derived address " + address
                    + " belongs to " + keeper + "; choose another in its configuration and run: meshd trust "
                    + key.peerId() + " --name " + name + " --prefix ADDRESS/" + address.bits();
        }
    }

    /** What a name that an operator typed stands for. */
    public sealed interface Lookup {}

    /** One peer. */
    public record Found(TrustedPeer peer) implements Lookup {}

    /** The beginning of more than one peer id. */
    public record Ambiguous(List<TrustedPeer> peers) implements Lookup {}

    /** Nobody; {@code suggestion} is a name that is nearly the same, or null. */
    public record Unknown(@Nullable String suggestion) implements Lookup {}

    /**
     * Checks entries against each other and against this node.
     *
     * @param entries in the order in which they were trusted: the earlier keeps a derived address that two would have
     * @param now     entries past their expiry are left out
     */
    public static Result build(Self self, List<TrustEntry> entries, Instant now) {
        return new TrustBuilder(self).build(entries.stream().filter(entry -> !entry.isExpired(now)).toList());
    }

    /** Trust in nobody. */
    public static Trust empty(Self self) {
        return new Trust(List.of(), TrustBuilder.ownPrefixes(self));
    }

    /** All peers, in the order in which they were trusted. */
    public List<TrustedPeer> peers() {
        return peers;
    }

    /** What this node owns: configured prefixes, and in a family without any the derived address. */
    public List<Prefix> ownPrefixes() {
        return ownPrefixes;
    }

    /** The peer with this identity, or null. */
    public @Nullable TrustedPeer peer(PublicKey key) {
        return byKey.get(key);
    }

    /** The peer that tunnels know by this key, or null. */
    public @Nullable TrustedPeer peer(TunnelKey key) {
        return byTunnelKey.get(key);
    }

    /** The peer with exactly this name, or null. */
    public @Nullable TrustedPeer peer(String name) {
        return byName.get(name);
    }

    /**
     * The peer that an operator means: by name, by peer id, or by the beginning of one peer id, at least
     * {@link #PEER_ID_PREFIX_MIN} characters.
     */
    public Lookup find(String text) {
        TrustedPeer named = byName.get(text);
        if (named != null) {
            return new Found(named);
        }
        if (text.length() >= PEER_ID_PREFIX_MIN) {
            List<TrustedPeer> matching = new ArrayList<>();
            byKey.forEach((key, peer) -> {
                if (key.peerId().startsWith(text)) {
                    matching.add(peer);
                }
            });
            if (!matching.isEmpty()) {
                return matching.size() == 1 ? new Found(matching.getFirst()) : new Ambiguous(List.copyOf(matching));
            }
        }
        return new Unknown(Suggestion.nearest(text, byName.keySet()));
    }

    /** Peers whose trust has ended by now, though it had not when this was built. */
    public List<TrustedPeer> expiredAt(Instant now) {
        return peers.stream().filter(peer -> {
            Expiry expires = peer.expires();
            return expires != null && expires.isPast(now);
        }).toList();
    }

    /** When the next trust ends, or null when none does. */
    public @Nullable Instant nextExpiry() {
        Instant next = null;
        for (TrustedPeer peer : peers) {
            Expiry expires = peer.expires();
            if (expires != null && (next == null || expires.moment().isBefore(next))) {
                next = expires.moment();
            }
        }
        return next;
    }
}
