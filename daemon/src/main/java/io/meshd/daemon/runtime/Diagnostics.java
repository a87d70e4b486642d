package io.meshd.daemon.runtime;

import io.meshd.daemon.control.ControlException;
import io.meshd.daemon.control.Json;
import io.meshd.daemon.control.NodeControl;
import io.meshd.daemon.control.PeersReport;
import io.meshd.daemon.control.SessionsReport;
import io.meshd.daemon.control.SnapshotReport;
import io.meshd.daemon.log.Field;
import io.meshd.daemon.log.Logging;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Writes everything that is known to the log: a line for each part, peer and session. One at a time and one a second at
 * most, so that a flood of requests costs no more than one of them. Any thread.
 */
final class Diagnostics {
    private static final System.Logger LOG = Logging.diagnostics();
    private static final long REST_SECONDS = 1;
    /** A log is no place for thousands of peers. */
    private static final int PEERS_MAX = 200;

    private final AtomicBoolean busy = new AtomicBoolean();

    /** Begins to write, unless that is going on; returns at once. */
    void write(NodeControl node) {
        if (busy.compareAndSet(false, true)) {
            Thread.ofVirtual().name("meshd-diagnostics").start(() -> {
                try {
                    lines(node.snapshot());
                    TimeUnit.SECONDS.sleep(REST_SECONDS);
                } catch (ControlException e) {
                    LOG.log(System.Logger.Level.WARNING, "no diagnostics: {0}", e.getMessage());
                } catch (InterruptedException _) {
                    Thread.currentThread().interrupt();
                } finally {
                    busy.set(false);
                }
            });
        }
    }

    private static void lines(SnapshotReport snapshot) {
        part("status", snapshot.status());
        snapshot.peers().peers().stream().limit(PEERS_MAX).forEach(Diagnostics::peer);
        snapshot.sessions().sessions().stream().limit(PEERS_MAX).forEach(Diagnostics::session);
        if (snapshot.peers().peers().size() > PEERS_MAX) {
            LOG.log(System.Logger.Level.INFO, "{0} more peers: `meshd snapshot` has all",
                    Field.of("omitted", snapshot.peers().peers().size() - PEERS_MAX));
        }
        part("routes", snapshot.routes());
        part("counters", snapshot.counters());
        part("process", process());
    }

    private static Map<String, Object> process() {
        Runtime runtime = Runtime.getRuntime();
        Map<String, Object> process = new LinkedHashMap<>();
        process.put("java", System.getProperty("java.version"));
        process.put("kernel", System.getProperty("os.version"));
        process.put("processors", runtime.availableProcessors());
        process.put("heap_used_bytes", runtime.totalMemory() - runtime.freeMemory());
        process.put("heap_max_bytes", runtime.maxMemory());
        return process;
    }

    private static void part(String name, Object content) {
        LOG.log(System.Logger.Level.INFO, "{0} {1}", Field.of("part", name), Json.line(content));
    }

    private static void peer(PeersReport.Peer peer) {
        LOG.log(System.Logger.Level.INFO, "peer {0} {1}", Field.peer(peer.name()), Json.line(peer));
    }

    private static void session(SessionsReport.Session session) {
        LOG.log(System.Logger.Level.INFO, "session {0} {1}", Field.peer(session.peer()), Json.line(session));
    }
}
