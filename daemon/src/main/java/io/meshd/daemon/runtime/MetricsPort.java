package io.meshd.daemon.runtime;

import io.meshd.daemon.metrics.MetricsServer;
import io.meshd.daemon.metrics.Reading;
import io.meshd.identity.HostPort;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the port for a monitor where the configuration wants it. As long as it wants none, nothing of it is loaded. Any
 * thread.
 */
final class MetricsPort implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger("io.meshd.metrics");

    private final EventLog log;
    private final EventLoopGroup loop;
    private final Reading.Source source;
    private @Nullable HostPort listening;
    private @Nullable MetricsServer server;
    private @Nullable String problem;

    MetricsPort(EventLog log, EventLoopGroup loop, Reading.Source source) {
        this.log = log;
        this.loop = loop;
        this.source = source;
    }

    /** Listens there from now on, or nowhere. */
    synchronized void listen(@Nullable HostPort wanted) throws IOException {
        if (Objects.equals(wanted, listening)) {
            return;
        }
        MetricsServer fresh = null;
        if (wanted != null) {
            try {
                fresh = MetricsServer.start(new InetSocketAddress(wanted.host(), wanted.port()), loop, source);
            } catch (IOException e) {
                throw new IOException("metrics.listen: cannot listen on " + wanted + ": " + e.getMessage()
                        + ": choose another address or port, or stop what listens there", e);
            }
            LOG.log(System.Logger.Level.INFO, "metrics at http://{0}/metrics", wanted);
        }
        if (server != null) {
            server.close();
        }
        server = fresh;
        listening = wanted;
    }

    /** The same at a reload: where it cannot listen it stays where it is, and says so. */
    synchronized void want(@Nullable HostPort wanted) {
        if (problem != null) {
            log.resolved(problem);
            problem = null;
        }
        try {
            listen(wanted);
        } catch (IOException e) {
            problem = e.getMessage();
            log.warning(String.valueOf(problem));
        }
    }

    @Override
    public synchronized void close() {
        if (server != null) {
            server.close();
        }
    }
}
