package io.meshd.daemon.control;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.meshd.protocol.MemberState;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Every trusted peer, seen or not, and those who joined an open node.
 *
 * @param peers by name
 */
public record PeersReport(List<Peer> peers) {
    public PeersReport {
        peers = List.copyOf(peers);
    }

    /**
     * One trusted peer.
     *
     * @param name          the local trust's name for it
     * @param peerId        its key in base32; null for a stock WireGuard device
     * @param fingerprint   its key as OpenSSH prints it; null for a stock WireGuard device
     * @param prefixes      what local trust says that it owns
     * @param addresses     its own overlay addresses
     * @param state         what membership thinks of it
     * @param lastSeen      when it was last heard of; null when never
     * @param relayCapable  whether trust lets it relay for this node
     * @param path          how it is reached now
     * @param lastHandshake when the newest session key came into use; null when never
     * @param rxBytes       inner bytes received from it
     * @param txBytes       inner bytes sent to it
     * @param relayedBytes  bytes of ciphertext that this node carried to others for it
     * @param source        why it is let in
     * @param why           why it is not reached directly and what would change that; null when it is, or when nothing
     *                      was sent to it
     */
    public record Peer(String name, @Nullable String peerId, @Nullable String fingerprint, List<String> prefixes,
            List<String> addresses, MemberState state, @Nullable Instant lastSeen, boolean relayCapable, Path path,
            @Nullable Instant lastHandshake, long rxBytes, long txBytes, long relayedBytes, Source source,
            @Nullable String why) {
        public Peer {
            prefixes = List.copyOf(prefixes);
            addresses = List.copyOf(addresses);
        }
    }

    /** Why a peer is let in. */
    public enum Source {
        /** A trust file or the configuration lists it. */
        TRUST,
        /** It came by itself, and this node is open. */
        OPEN
    }

    /**
     * The path that is chosen for a peer.
     *
     * @param pathClass how packets travel
     * @param endpoint  address and port; null without a direct path
     * @param relay     the name of the peer that relays; null when none does
     * @param rttMs     smoothed round trip time in milliseconds; null when not measured
     * @param loss      share of probes lost, 0 to 1; null when not measured
     */
    public record Path(@JsonProperty("class") PathClass pathClass, @Nullable String endpoint, @Nullable String relay,
            @Nullable Double rttMs, @Nullable Double loss) {
        /** No path at all. */
        public static final Path NONE = new Path(PathClass.NONE, null, null, null, null);
    }
}
