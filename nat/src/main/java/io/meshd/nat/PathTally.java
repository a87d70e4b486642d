package io.meshd.nat;

/** Counts for {@link PathCounters}; one for all peers, on their owner thread. */
final class PathTally {
    long probesSent;
    long probesWithheld;
    long probesAnswered;
    long answersSent;
    long answersWithheld;
    long unknownTokens;
    long answersElsewhere;
    long candidatesRefused;
    long pathChanges;
    long signalsSent;
    long signalsPassed;
    long signalsRefused;
    long searches;
    long searchesFound;
    long searchesStopped;
    long searchesRefused;
    long searchFlows;

    PathCounters snapshot() {
        return new PathCounters(probesSent, probesWithheld, probesAnswered, answersSent, answersWithheld,
                unknownTokens, answersElsewhere, candidatesRefused, pathChanges, signalsSent, signalsPassed,
                signalsRefused, searches, searchesFound, searchesStopped, searchesRefused, searchFlows);
    }
}
