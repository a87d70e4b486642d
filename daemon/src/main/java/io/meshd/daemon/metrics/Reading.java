package io.meshd.daemon.metrics;

import io.meshd.daemon.control.ControlException;
import io.meshd.daemon.control.SnapshotReport;
import java.time.Instant;
import java.util.Map;

/**
 * The node at one moment, as metrics are made of it.
 *
 * @param at           the moment
 * @param snapshot     all reports
 * @param waitingTasks what waits for the node thread
 * @param newcomers    strangers at the door of an open node
 * @param defects      tasks of membership that ended in an exception
 * @param expiries     until when peers are trusted, by name; those without an end are missing
 */
public record Reading(Instant at, SnapshotReport snapshot, int waitingTasks, int newcomers, long defects,
        Map<String, Instant> expiries) {
    public Reading {
        expiries = Map.copyOf(expiries);
    }

    /** Who takes readings. Called from virtual threads. */
    @FunctionalInterface
    public interface Source {
        /** The node now. */
        Reading read() throws ControlException, InterruptedException;
    }
}
