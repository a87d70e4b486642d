/**
 * Candidates, probes, choice of path.
 *
 * <p>{@code Paths} holds one {@code PeerPaths} for each peer, the machine with all verbs. Inside it every
 * {@code Candidate} becomes a {@code Path} of a bounded {@code CandidateSet}; {@code PathProber} sends their probes,
 * {@code Vigil} watches the traffic, {@code Doubt} examines the path in use, {@code Upkeep} turns answers and losses into
 * states, and {@code PathChoice} alone decides. All constants are in {@code PathTimings}.
 */
@NullMarked
package io.meshd.nat;

import org.jspecify.annotations.NullMarked;
