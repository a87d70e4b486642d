package io.meshd.identity;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A peer that this node trusts, and what it owns.
 *
 * @param entry     the trust as it was written
 * @param source    where it was written
 * @param tunnelKey what tunnels know the peer by
 * @param prefixes  what the peer owns: its configured prefixes, and in a family without any the derived address, unless
 *                  somebody else has it
 */
public record TrustedPeer(AuthorizedKey entry, String source, TunnelKey tunnelKey, List<Prefix> prefixes) {
    public TrustedPeer {
        prefixes = List.copyOf(prefixes);
    }

    /** What this node calls the peer. */
    public String name() {
        return entry.name();
    }

    /** The peer's identity, or null for a stock WireGuard device. */
    public @Nullable PublicKey key() {
        return switch (entry) {
            case AuthorizedKey.Member member -> member.key();
            case AuthorizedKey.Stock _ -> null;
        };
    }

    /** Whether this is a stock WireGuard device. */
    public boolean isStock() {
        return entry instanceof AuthorizedKey.Stock;
    }

    /** Whether packets may go through it. */
    public boolean relay() {
        return entry instanceof AuthorizedKey.Member member && member.relay();
    }

    /** Whether those whom it admits are admitted here. */
    public boolean introducer() {
        return entry instanceof AuthorizedKey.Member member && member.introducer();
    }

    /** Until when it is trusted, or null for ever. */
    public @Nullable Expiry expires() {
        return switch (entry) {
            case AuthorizedKey.Member member -> member.expires();
            case AuthorizedKey.Stock _ -> null;
        };
    }
}
