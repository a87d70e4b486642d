package io.meshd.nat.lan;

/**
 * What {@link LanDiscovery} has done and heard since the start.
 *
 * @param callsSent     own calls
 * @param callsHeard    others' calls
 * @param answersSent   own answers
 * @param answersHeard  answers to own calls
 * @param found         slots for this node in those: somebody that it misses is there
 * @param unexpected    answers to calls that this node did not make, or long ago: to others, late, or replayed
 * @param refused       beacons beyond what a source or a call may bring, and calls beyond what is answered
 * @param malformed     datagrams that are no beacons
 */
public record LanCounters(long callsSent, long callsHeard, long answersSent, long answersHeard, long found,
        long unexpected, long refused, long malformed) {}
