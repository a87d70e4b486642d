package io.meshd.daemon.cli;

import io.meshd.daemon.config.ConfigException;
import io.meshd.daemon.config.Overrides;
import io.meshd.daemon.control.ControlClient;
import io.meshd.daemon.control.ControlException;
import io.meshd.daemon.control.NotRunningException;
import io.meshd.daemon.control.PeersReport;
import io.meshd.daemon.control.StatusReport;
import io.meshd.daemon.files.PidFile;
import io.meshd.identity.PublicKey;
import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** The daemon of a host that has just joined: started, or told, and watched until the inviter has answered it. */
final class JoinedDaemon {
    private static final long LOOK_MILLIS = 50;

    private final Invocation invocation;

    JoinedDaemon(Invocation invocation) {
        this.invocation = invocation;
    }

    /**
     * Has the daemon do what is written now: a running one live, or by a restart where that cannot be, else a new one in the
     * background.
     *
     * @return what to tell of it
     */
    String bringUp() throws CommandException, ConfigException, ControlException, IOException, InterruptedException {
        OptionalLong pid = PidFile.runningPid(invocation.home());
        if (pid.isPresent()) {
            try {
                if (invocation.daemon().reload().applied()) {
                    return "the running daemon (pid " + pid.getAsLong() + ") has taken it over";
                }
                DownCommand.stop(invocation, pid);
            } catch (NotRunningException _) {
                // It is ending: another follows.
                DownCommand.stop(invocation, pid);
            }
        }
        try {
            return DetachedDaemon.launch(invocation, Overrides.NONE, List.of("up"));
        } catch (CommandException e) {
            throw CommandException.failed("this host has joined, but its daemon does not run: " + e.getMessage());
        }
    }

    /** Waits for the inviter's answer to this host itself; what the daemon calls the addresses of this host. */
    List<String> awaitAnswer(PublicKey inviter, String name, long endNanos)
            throws CommandException, ControlException, IOException, InterruptedException {
        ControlClient daemon = invocation.daemon();
        while (!isThere(daemon, inviter)) {
            if (System.nanoTime() - endNanos > 0) {
                throw CommandException.failed("this host has joined, but " + name
                        + " has not answered its daemon yet: see `meshd why " + name + "` and `meshd doctor`");
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
        }
        return ControlClient.read(daemon.report("status"), StatusReport.class).addresses();
    }

    private static boolean isThere(ControlClient daemon, PublicKey inviter) throws ControlException, IOException {
        return ControlClient.read(daemon.report("peers"), PeersReport.class).peers().stream()
                .anyMatch(peer -> inviter.peerId().equals(peer.peerId()) && peer.lastHandshake() != null);
    }
}
