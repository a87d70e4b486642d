package io.meshd.nat;

import io.meshd.identity.PublicKey;
import io.meshd.protocol.Endpoint;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What operators see of one candidate.
 *
 * @param kind      the strongest kind of its evidence
 * @param evidence  all kinds of it, strongest first
 * @param rttMillis smoothed round-trip time; null before the first answered probe
 * @param loss      share of the last 32 probes without answer, 0 to 1; null before the first of them is settled
 * @param ageNanos  time since it was last named
 * @param chosen    whether packets for the peer go there now
 * @param signaler  the third peer that named it last as part of a coordinated punch; null when none did
 * @param isTried   whether a probe of it left in this session
 * @param heldNanos for how long it may not be used again because it failed; 0 when it may
 */
public record PathView(Endpoint endpoint, CandidateKind kind, List<CandidateKind> evidence, PathState state,
        @Nullable Double rttMillis, @Nullable Double loss, long ageNanos, boolean chosen,
        @Nullable PublicKey signaler, boolean isTried, long heldNanos) {
    public PathView {
        evidence = List.copyOf(evidence);
    }

    /** Whether it leads to the peer without a third one. */
    public boolean isDirect() {
        return endpoint instanceof Endpoint.Direct;
    }
}
