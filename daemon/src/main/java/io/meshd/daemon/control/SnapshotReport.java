package io.meshd.daemon.control;

/**
 * All reports, from one moment.
 *
 * @param status   see {@link StatusReport}
 * @param peers    see {@link PeersReport}
 * @param routes   see {@link RoutesReport}
 * @param sessions see {@link SessionsReport}
 * @param counters see {@link CountersReport}
 */
public record SnapshotReport(StatusReport status, PeersReport peers, RoutesReport routes, SessionsReport sessions,
        CountersReport counters) {}
