package io.meshd.daemon.control;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The sessions that are alive.
 *
 * @param configuredPeers how many peers are trusted
 * @param byClass         how many sessions use which class of path
 * @param sessions        by the peer's name
 */
public record SessionsReport(int configuredPeers, ByClass byClass, List<Session> sessions) {
    public SessionsReport {
        sessions = List.copyOf(sessions);
    }

    /**
     * Sessions by class.
     *
     * @param direct              without anybody's help
     * @param signalingThenDirect straight after a coordinated punch
     * @param relay               through a third peer
     */
    public record ByClass(int direct, int signalingThenDirect, int relay) {}

    /**
     * A session with one peer.
     *
     * @param peer          its name
     * @param peerId        its key; null for a stock WireGuard device
     * @param pathClass     of the chosen path
     * @param endpoint      address and port; null when relayed
     * @param relay         the name of the relay; null when direct
     * @param relayCapable  whether trust lets the peer relay
     * @param establishedAt when it began
     * @param candidates    the paths that are known, best first
     */
    public record Session(String peer, @Nullable String peerId, @JsonProperty("class") PathClass pathClass,
            @Nullable String endpoint, @Nullable String relay, boolean relayCapable, Instant establishedAt,
            List<Candidate> candidates) {
        public Session {
            candidates = List.copyOf(candidates);
        }
    }

    /**
     * One path that might be used.
     *
     * @param endpoint address and port, or the relay's name
     * @param kind     where it is from, such as "configured", "lan", "reflexive", "relay"
     * @param rttMs    smoothed round trip time in milliseconds; null when not measured
     * @param loss     share of probes lost, 0 to 1; null when not measured
     * @param state    such as "chosen", "standby", "probing", "failed"
     */
    public record Candidate(String endpoint, String kind, @Nullable Double rttMs, @Nullable Double loss,
            String state) {}
}
