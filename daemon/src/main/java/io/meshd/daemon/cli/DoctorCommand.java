package io.meshd.daemon.cli;

import io.meshd.daemon.config.Overrides;
import io.meshd.daemon.control.ControlClient;
import io.meshd.daemon.control.ControlException;
import io.meshd.daemon.control.NetcheckReport;
import io.meshd.daemon.control.NotRunningException;
import io.meshd.daemon.control.SnapshotReport;
import io.meshd.daemon.doctor.Check;
import io.meshd.daemon.doctor.Doctor;
import io.meshd.daemon.doctor.HostView;
import io.meshd.daemon.files.FileException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Looks for what keeps this host, and the mesh as it sees it, from working. */
final class DoctorCommand implements Command {
    private final HostView host;

    DoctorCommand(HostView host) {
        this.host = host;
    }

    @Override
    public CommandSpec spec() {
        return CommandSpec.of("doctor", "Check this host and, when the daemon runs, the mesh.")
                .saying("Each check passes, warns or fails; below what is amiss stands what mends it. Nothing is",
                        "changed. The exit status is 1 when any check fails. Root sees more, such as the firewall.")
                .reporting()
                .example("meshd doctor", "all checks, numbered")
                .example("meshd doctor -c new.toml --json", "with another configuration, for a script");
    }

    @Override
    public int run(Invocation invocation) throws CommandException, IOException {
        boolean asJson = invocation.isJson();
        Doctor doctor = new Doctor(host, invocation.home(), invocation.loader(Overrides.NONE), Version.text(),
                invocation.world().clock().instant());
        List<Check> checks = examine(doctor, invocation);
        if (asJson) {
            invocation.json(document(checks));
        } else {
            show(invocation, checks);
        }
        return count(checks, Check.Result.FAIL) == 0 ? ExitStatus.DONE : ExitStatus.FAILED;
    }

    private static List<Check> examine(Doctor doctor, Invocation invocation) throws CommandException {
        try {
            SnapshotReport snapshot = ControlClient.read(invocation.daemon().report("snapshot"), SnapshotReport.class);
            return doctor.examine(new Doctor.Mesh(snapshot, netcheck(invocation)));
        } catch (NotRunningException _) {
            return doctor.examine(new Doctor.Silence("it is not running, so the mesh was not checked", "meshd up",
                    false));
        } catch (IOException e) {
            return doctor.examine(new Doctor.Silence("it was not asked: " + FileException.line(e),
                    "sudo meshd doctor, or as the user that the daemon runs as", true));
        } catch (ControlException e) {
            return doctor.examine(new Doctor.Silence("it does not answer: " + e.getMessage(),
                    "meshd down && meshd up --detach", true));
        }
    }

    private static @Nullable NetcheckReport netcheck(Invocation invocation) throws CommandException {
        try {
            return ControlClient.read(invocation.daemon().report("netcheck"), NetcheckReport.class);
        } catch (IOException | ControlException _) {
            // The check of the NAT says that it is missing.
            return null;
        }
    }

    private static void show(Invocation invocation, List<Check> checks) {
        TextTable table = new TextTable();
        for (int i = 0; i < checks.size(); i++) {
            Check check = checks.get(i);
            Colour colour = switch (check.result()) {
                case PASS -> Colour.GREEN;
                case WARN -> Colour.YELLOW;
                case FAIL -> Colour.RED;
            };
            table.row(String.valueOf(i + 1), invocation.coloured(colour, check.result().name()), check.topic().label(),
                    check.message());
            if (check.remedy() != null) {
                table.row("", "", "", "do: " + check.remedy());
            }
        }
        invocation.text(table.text());
        invocation.line(count(checks, Check.Result.PASS) + " passed, " + count(checks, Check.Result.WARN)
                + " warned, " + count(checks, Check.Result.FAIL) + " failed");
    }

    private static Map<String, Object> document(List<Check> checks) {
        List<Map<String, Object>> list = new ArrayList<>();
        for (int i = 0; i < checks.size(); i++) {
            Check check = checks.get(i);
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("number", i + 1);
            one.put("id", check.topic().label());
            one.put("name", check.topic().label().replace('-', ' '));
            one.put("result", check.result());
            one.put("message", check.message());
            one.put("remedy", check.remedy());
            list.add(one);
        }
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("checks", list);
        document.put("passed", count(checks, Check.Result.PASS));
        document.put("warned", count(checks, Check.Result.WARN));
        document.put("failed", count(checks, Check.Result.FAIL));
        return document;
    }

    private static long count(List<Check> checks, Check.Result result) {
        return checks.stream().filter(check -> check.result() == result).count();
    }
}
