package io.meshd.nat;

/**
 * What the paths of all peers have done since the start.
 *
 * @param probesSent         probes that left
 * @param probesWithheld     probes to unproven addresses put off by their allowance
 * @param probesAnswered     answers that proved a path
 * @param answersSent        probes of peers that were answered
 * @param answersWithheld    probes of peers beyond what is answered
 * @param unknownTokens      answers to no probe of ours, or to one that was answered before
 * @param answersElsewhere   answers that came by another path than their probe
 * @param candidatesRefused  candidates that make no sense, or for which there was no room
 * @param pathChanges        changes of a chosen path
 * @param signalsSent        calls and answers of this node
 * @param signalsPassed      those of others that were passed on
 * @param signalsRefused     those that were not for this node, not new, not signed, or too many
 * @param searches           searches for ports that began
 * @param searchesFound      those that ended with a direct path
 * @param searchesStopped    those that ended because the router suffered
 * @param searchesRefused    those that peers asked for and did not get
 * @param searchFlows        new flows through this host's router for searches
 */
public record PathCounters(long probesSent, long probesWithheld, long probesAnswered, long answersSent,
        long answersWithheld, long unknownTokens, long answersElsewhere, long candidatesRefused, long pathChanges,
        long signalsSent, long signalsPassed, long signalsRefused, long searches,
        long searchesFound, long searchesStopped, long searchesRefused, long searchFlows) {}
