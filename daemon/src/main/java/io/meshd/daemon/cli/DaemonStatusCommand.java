package io.meshd.daemon.cli;

import io.meshd.daemon.control.ControlClient;
import io.meshd.daemon.control.ControlException;
import io.meshd.daemon.control.StatusReport;
import io.meshd.daemon.files.PidFile;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;

/** Says whether a daemon runs; the exit status is 1 when none does. */
final class DaemonStatusCommand implements Command {
    @Override
    public CommandSpec spec() {
        return CommandSpec.of("daemon status", "Say whether the daemon runs.")
                .reporting()
                .example("meshd daemon status", "pid, phase and time since the start")
                .example("meshd daemon status && echo up", "the exit status is 1 when it does not run");
    }

    @Override
    public int run(Invocation invocation) throws CommandException, ControlException, IOException {
        boolean asJson = invocation.isJson();
        OptionalLong pid = PidFile.runningPid(invocation.home());
        if (pid.isEmpty()) {
            if (asJson) {
                Map<String, Object> report = new LinkedHashMap<>();
                report.put("running", false);
                invocation.json(report);
            }
            throw CommandException.failed("meshd is not running: start it with `meshd up`");
        }
        StatusReport status = ControlClient.read(invocation.daemon().report("status"), StatusReport.class);
        if (asJson) {
            Map<String, Object> report = new LinkedHashMap<>();
            report.put("running", true);
            report.put("pid", status.pid());
            report.put("phase", status.phase());
            report.put("version", status.version());
            report.put("uptime_seconds", status.uptimeSeconds());
            invocation.json(report);
        } else {
            invocation.line("meshd is " + Texts.constant(status.phase()) + " with pid " + status.pid() + ", up "
                    + Texts.duration(status.uptimeSeconds()));
        }
        return ExitStatus.DONE;
    }
}
