package io.meshd.daemon.cli;

import io.meshd.daemon.control.ControlException;
import io.meshd.daemon.control.NotRunningException;
import io.meshd.daemon.files.Home;
import io.meshd.daemon.files.PidFile;
import java.io.IOException;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;

/** Stops the daemon and waits for its end. */
final class DownCommand implements Command {
    // The daemon ends within 5 s of being told to; this leaves room for a busy machine.
    private static final Duration END_MAX = Duration.ofSeconds(15);
    private static final long LOOK_MS = 20;

    @Override
    public CommandSpec spec() {
        return CommandSpec.of("down", "Stop the daemon and wait for its end.")
                .aliased("daemon stop", "goodbye")
                .example("sudo meshd down", "say goodbye to the peers, remove interface and routes")
                .example("meshd down --home /srv/mesh", "stop the daemon of that home");
    }

    @Override
    public int run(Invocation invocation)
            throws CommandException, ControlException, IOException, InterruptedException {
        OptionalLong pid = PidFile.runningPid(invocation.home());
        if (pid.isEmpty()) {
            throw CommandException.failed("meshd is not running");
        }
        stop(invocation, pid);
        invocation.line("stopped meshd (pid " + pid.getAsLong() + ")");
        return ExitStatus.DONE;
    }

    /** Stops the daemon with this pid and waits for its end. */
    static void stop(Invocation invocation, OptionalLong pid)
            throws CommandException, ControlException, IOException, InterruptedException {
        Home home = invocation.home();
        try {
            invocation.daemon().stop();
        } catch (NotRunningException _) {
            // It holds the lock, so it is ours, but does not listen yet or any more.
            ProcessHandle.of(pid.getAsLong()).ifPresent(ProcessHandle::destroy);
        }
        long deadlineNanos = System.nanoTime() + END_MAX.toNanos();
        while (PidFile.runningPid(home).equals(pid)) {
            if (System.nanoTime() - deadlineNanos > 0) {
                throw CommandException.failed("meshd with pid " + pid.getAsLong()
                        + " was told to stop and still runs: look at its log");
            }
            TimeUnit.MILLISECONDS.sleep(LOOK_MS);
        }
    }
}
