package io.meshd.daemon.control;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Why one peer is reached as it is.
 *
 * @param peer       its name
 * @param peerId     its key; null for a stock WireGuard device
 * @param verdict    the answer, in an operator's words
 * @param pathClass  of the chosen path
 * @param endpoint   address and port; null without a direct path
 * @param relay      the name of the relay; null when none is used
 * @param relayedAt  since when only relays serve; null when they do not
 * @param mtuBytes   the largest inner packet that the paths in use carry; null for a stock device
 * @param nat        how the two NATs map
 * @param candidates the paths that are known, best first
 * @param relays     the relays that were asked to carry, and what they said
 * @param decisions  about its paths, newest last
 */
public record WhyReport(String peer, @Nullable String peerId, Verdict verdict,
        @JsonProperty("class") PathClass pathClass, @Nullable String endpoint, @Nullable String relay,
        @Nullable Instant relayedAt, @Nullable Integer mtuBytes, Nats nat, List<Candidate> candidates,
        List<Relay> relays, List<Decision> decisions) {
    public WhyReport {
        candidates = List.copyOf(candidates);
        relays = List.copyOf(relays);
        decisions = List.copyOf(decisions);
    }

    /**
     * The answer.
     *
     * @param cause  in a word, for scripts
     * @param text   by what the peer is reached, why by that, and why not directly
     * @param remedy what would change it; null when nothing is to be changed
     */
    public record Verdict(String cause, String text, @Nullable String remedy) {}

    /**
     * How the NATs of both ends map.
     *
     * @param here  of this host
     * @param there of the peer, as its last signal said
     */
    public record Nats(StatusReport.Mapping here, StatusReport.Mapping there) {}

    /**
     * One path that might be used.
     *
     * @param endpoint    address and port, or the relay's name
     * @param kind        the best of its evidence
     * @param evidence    all who spoke for it, best first
     * @param state       such as "chosen", "alive", "unsound", "dead", "unproven"
     * @param rttMs       smoothed round trip time in milliseconds; null when not measured
     * @param loss        share of probes lost, 0 to 1; null when not measured
     * @param signaledBy  the peer that carried the signal that named it last; null when none did
     * @param ageSeconds  since it was last named
     * @param heldSeconds for how long it may not be used because it failed; 0 when it may
     */
    public record Candidate(String endpoint, String kind, List<String> evidence, String state, @Nullable Double rttMs,
            @Nullable Double loss, @Nullable String signaledBy, long ageSeconds, long heldSeconds) {
        public Candidate {
            evidence = List.copyOf(evidence);
        }
    }

    /**
     * A relay that was asked.
     *
     * @param relay its name
     * @param state "open", "asked" or "refused"
     * @param reason why it refused, in a word; null when it did not
     */
    public record Relay(String relay, String state, @Nullable String reason) {}

    /**
     * One decision.
     *
     * @param at      when, or the last time of several in a row
     * @param from    address and port or relay before; null when there was none
     * @param to      the same after; equal to {@code from} when nothing changed
     * @param reason  why
     * @param figures what spoke for it; empty when nothing was counted
     * @param helper  the third peer that had a part in it; null when none had
     * @param times   how often in a row
     */
    public record Decision(Instant at, @Nullable String from, @Nullable String to, String reason, String figures,
            @Nullable String helper, int times) {}
}
