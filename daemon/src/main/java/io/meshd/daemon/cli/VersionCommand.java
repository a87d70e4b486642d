package io.meshd.daemon.cli;

import java.util.LinkedHashMap;
import java.util.Map;

/** Says which program this is. */
final class VersionCommand implements Command {
    @Override
    public CommandSpec spec() {
        return CommandSpec.of("version", "Print the version of meshd.")
                .reporting()
                .example("meshd version", "print the version")
                .example("meshd version --json", "the same for a script, with the Java runtime");
    }

    @Override
    public int run(Invocation invocation) throws CommandException {
        if (invocation.isJson()) {
            Map<String, Object> report = new LinkedHashMap<>();
            report.put("version", Version.text());
            report.put("java", Runtime.version().toString());
            report.put("os", System.getProperty("os.name"));
            report.put("arch", System.getProperty("os.arch"));
            invocation.json(report);
        } else {
            invocation.line("meshd " + Version.text());
        }
        return ExitStatus.DONE;
    }
}
