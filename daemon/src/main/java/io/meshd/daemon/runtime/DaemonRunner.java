package io.meshd.daemon.runtime;

import io.meshd.daemon.cli.CommandException;
import io.meshd.daemon.cli.DaemonSignal;
import io.meshd.daemon.cli.ExitStatus;
import io.meshd.daemon.cli.GuestAnswer;
import io.meshd.daemon.cli.NodeRunner;
import io.meshd.daemon.config.ConfigException;
import io.meshd.daemon.config.ConfigLoader;
import io.meshd.daemon.control.ControlException;
import io.meshd.daemon.files.Home;
import io.meshd.daemon.log.LogOutput;
import io.meshd.identity.Identity;
import io.meshd.protocol.InvitationToken;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Runs a daemon in this process, and lets the process's signals reach it. */
public final class DaemonRunner implements NodeRunner {
    /** What the operator is promised; a goodbye takes three seconds at most, taking everything down less than one. */
    private static final int STOP_SECONDS_MAX = 5;

    private final LogOutput log;
    private final Map<String, String> environment;

    /** {@code log} takes the daemon's log; {@code environment} may name a service manager that is to be told. */
    public DaemonRunner(LogOutput log, Map<String, String> environment) {
        this.log = log;
        this.environment = Map.copyOf(environment);
    }

    @Override
    public void run(Home home, ConfigLoader config, Consumer<String> ready)
            throws CommandException, ConfigException, IOException, InterruptedException {
        Supervisor supervisor = Supervisor.of(environment, ProcessHandle.current().pid());
        Daemon daemon = new Daemon(home, config, InstantSource.system(), log, supervisor);
        CountDownLatch done = new CountDownLatch(1);
        Set<DaemonSignal> deaf = EnumSet.noneOf(DaemonSignal.class);
        for (DaemonSignal signal : DaemonSignal.values()) {
            boolean isDeaf = Signals.on(signal.name(), switch (signal) {
                // Left to the JVM, these two would end the process with status 143 or 130 although all went well.
                case TERM, INT -> () -> stop(daemon, done);
                case HUP -> () -> reload(daemon);
                case USR1 -> daemon::dump;
            });
            if (isDeaf) {
                deaf.add(signal);
            }
        }
        try (supervisor) {
            daemon.run(line -> {
                ready.accept(line);
                supervisor.ready(line);
                if (deaf.contains(DaemonSignal.HUP)) {
                    diagnostics().log(System.Logger.Level.INFO,
                            "SIGHUP is ignored, as whoever started this process does (nohup?): use `meshd reload`");
                }
            });
        } finally {
            done.countDown();
        }
    }

    @Override
    public GuestAnswer call(InvitationToken token, Identity newcomer, String name, Duration patience)
            throws IOException, InterruptedException {
        try (GuestSocket socket = new GuestSocket(token, newcomer, name, InstantSource.system())) {
            return socket.call(patience);
        }
    }

    /** Ends the run; a daemon that hangs in its goodbye is ended all the same, for the kernel to clean up. */
    private static void stop(Daemon daemon, CountDownLatch done) {
        daemon.stop();
        try {
            if (!done.await(STOP_SECONDS_MAX, TimeUnit.SECONDS)) {
                diagnostics().log(System.Logger.Level.ERROR, "not stopped within {0} s: ended without goodbye",
                        STOP_SECONDS_MAX);
                Runtime.getRuntime().halt(ExitStatus.FAILED);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static void reload(Daemon daemon) {
        try {
            var report = daemon.reload();
            if (!report.applied()) {
                diagnostics().log(System.Logger.Level.ERROR,
                        "not reloaded, nothing was applied, these need a restart: {0}",
                        report.needsRestart());
            }
        } catch (ControlException e) {
            diagnostics().log(System.Logger.Level.ERROR, "not reloaded: {0} {1}", e.getMessage(), e.problems());
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /** Asked for when it is needed: the search for a provider of loggers would open every jar, for every command. */
    private static System.Logger diagnostics() {
        return System.getLogger("io.meshd.daemon");
    }
}
