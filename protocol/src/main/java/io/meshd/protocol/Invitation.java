package io.meshd.protocol;

import io.meshd.identity.HostPort;
import io.meshd.identity.NodeName;
import io.meshd.identity.OverlayAddresses;
import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import java.util.List;

/**
 * What an invitation grants and says of its maker, all but the secret: {@link InvitationToken} has that.
 *
 * @param inviter         who made it
 * @param guest           the key of the throw-away identity as which its holder may call once
 * @param networkId       the mesh
 * @param inviterName     what the inviter calls itself
 * @param inviterPrefixes what the inviter owns by configuration; empty when its derived addresses
 * @param inviterRelays   whether the inviter forwards for others
 * @param ranges          where derived addresses come from; empty when by default
 * @param name            how the newcomer is to be called; empty when it may say
 * @param prefixes        what the newcomer is to own; empty when its derived addresses
 * @param relay           whether packets may go through the newcomer
 * @param expiresSeconds  the first second since 1970 at which it is no longer valid
 * @param endpoints       where the inviter may be found, best first
 */
public record Invitation(PublicKey inviter, PublicKey guest, String networkId, String inviterName,
        List<Prefix> inviterPrefixes, boolean inviterRelays, List<Prefix> ranges, String name, List<Prefix> prefixes,
        boolean relay, long expiresSeconds, List<HostPort> endpoints) {
    /** Most prefixes of each list: as many as a node record may claim. */
    public static final int PREFIXES_MAX = NodeRecord.PREFIXES_MAX;
    /** Most places at which the inviter may be: its own in both families, those of routers and those that others see. */
    public static final int ENDPOINTS_MAX = 16;
    /** One range a family. */
    static final int RANGES_MAX = 2;

    /**
     * A checked invitation.
     *
     * @throws IllegalArgumentException when a field breaks its rule; decoders check before
     */
    public Invitation {
        inviterPrefixes = List.copyOf(inviterPrefixes);
        ranges = List.copyOf(ranges);
        prefixes = List.copyOf(prefixes);
        endpoints = List.copyOf(endpoints);
        require(NetworkId.isValid(networkId), "a network id matches " + NetworkId.RULE);
        require(NodeName.isValid(inviterName) && (name.isEmpty() || NodeName.isValid(name)),
                "a name matches " + NodeName.RULE);
        require(inviterPrefixes.size() <= PREFIXES_MAX && prefixes.size() <= PREFIXES_MAX,
                "at most " + PREFIXES_MAX + " prefixes");
        require(OverlayAddresses.of(ranges).orNull() != null, "one range a family, from which addresses are derived");
        require(endpoints.size() <= ENDPOINTS_MAX, "at most " + ENDPOINTS_MAX + " endpoints");
        require(expiresSeconds >= 0 && expiresSeconds <= EXPIRES_MAX, "an expiry of this calendar");
    }

    /** The year 9999: later moments have no text in RFC 3339. */
    static final long EXPIRES_MAX = 253_402_300_799L;

    private static void require(boolean holds, String rule) {
        if (!holds) {
            throw new IllegalArgumentException("invitation: " + rule);
        }
    }

    /** Whether it is no longer valid. */
    public boolean isExpired(long epochSeconds) {
        return epochSeconds >= expiresSeconds;
    }
}
