package io.meshd.daemon.runtime;

import io.meshd.daemon.cli.CommandException;
import io.meshd.daemon.cli.NodeRunner;
import io.meshd.daemon.config.ConfigException;
import io.meshd.daemon.config.ConfigLoader;
import io.meshd.daemon.control.ControlException;
import io.meshd.daemon.files.Home;
import java.io.IOException;
import java.io.PrintStream;
import java.time.InstantSource;
import java.util.function.Consumer;

/** Runs a daemon in this process, and lets the process's signals reach it. */
public final class DaemonRunner implements NodeRunner {
    private static final System.Logger LOG = System.getLogger("io.meshd.daemon");

    private final PrintStream logTarget;

    /** {@code logTarget} takes the daemon's log. */
    public DaemonRunner(PrintStream logTarget) {
        this.logTarget = logTarget;
    }

    @Override
    public void run(Home home, ConfigLoader config, Consumer<String> ready)
            throws CommandException, ConfigException, IOException, InterruptedException {
        Daemon daemon = new Daemon(home, config, InstantSource.system(), logTarget);
        // The JVM's own way to end on these would not wait, and would not end with status 0.
        Signals.on("TERM", daemon::stop);
        Signals.on("INT", daemon::stop);
        Signals.on("HUP", () -> reload(daemon));
        Signals.on("USR1", daemon::dump);
        daemon.run(ready);
    }

    private static void reload(Daemon daemon) {
        try {
            var report = daemon.reload();
            LOG.log(System.Logger.Level.INFO, report.applied()
                    ? "reloaded: {0} changes"
                    : "not reloaded, these need a restart: {1}", report.changes().size(), report.needsRestart());
        } catch (ControlException e) {
            LOG.log(System.Logger.Level.ERROR, "not reloaded: {0} {1}", e.getMessage(), e.problems());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
