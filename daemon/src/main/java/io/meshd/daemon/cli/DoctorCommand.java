package io.meshd.daemon.cli;

import io.meshd.daemon.config.Overrides;
import io.meshd.daemon.control.ControlClient;
import io.meshd.daemon.control.ControlException;
import io.meshd.daemon.control.NotRunningException;
import io.meshd.daemon.control.SnapshotReport;
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
                .saying("Each check passes, warns or fails; what fails says what to do. The exit status is 1 when any",
                        "check fails.")
                .reporting()
                .example("meshd doctor", "all checks, numbered")
                .example("meshd doctor -c new.toml --json", "with another configuration, for a script");
    }

    @Override
    public int run(Invocation invocation) throws CommandException, IOException {
        boolean asJson = invocation.isJson();
        List<Check> mesh = new ArrayList<>();
        SnapshotReport snapshot = snapshot(invocation, mesh);
        List<Check> checks = new ArrayList<>(new HostChecks(host, invocation.home(), invocation.loader(Overrides.NONE),
                snapshot == null ? null : snapshot.status(), invocation.world().clock().instant()).run());
        checks.addAll(mesh);
        if (snapshot != null) {
            checks.addAll(new MeshChecks(snapshot).run());
        }
        if (asJson) {
            invocation.json(document(checks));
        } else {
            show(invocation, checks);
        }
        return count(checks, Check.Result.FAIL) == 0 ? ExitStatus.DONE : ExitStatus.FAILED;
    }

    private static @Nullable SnapshotReport snapshot(Invocation invocation, List<Check> checks)
            throws CommandException {
        try {
            return ControlClient.read(invocation.daemon().report("snapshot"), SnapshotReport.class);
        } catch (NotRunningException _) {
            checks.add(Check.warn("daemon", "it is not running, so the mesh was not checked: `meshd up`"));
        } catch (IOException e) {
            checks.add(Check.warn("daemon", "it was not asked: " + FileException.line(e)));
        } catch (ControlException e) {
            checks.add(Check.warn("daemon", "it does not answer: " + e.getMessage()));
        }
        return null;
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
            table.row(String.valueOf(i + 1), invocation.coloured(colour, check.result().name()), check.name(),
                    check.message());
        }
        invocation.text(table.text());
        invocation.line(count(checks, Check.Result.PASS) + " passed, " + count(checks, Check.Result.WARN)
                + " warned, " + count(checks, Check.Result.FAIL) + " failed");
    }

    private static Map<String, Object> document(List<Check> checks) {
        List<Map<String, Object>> list = new ArrayList<>();
        for (int i = 0; i < checks.size(); i++) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("number", i + 1);
            one.put("name", checks.get(i).name());
            one.put("result", checks.get(i).result());
            one.put("message", checks.get(i).message());
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
