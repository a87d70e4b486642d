package io.meshd.daemon.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.meshd.daemon.config.Config;
import io.meshd.daemon.control.ControlClient;
import io.meshd.daemon.control.ControlException;
import io.meshd.daemon.control.Json;
import io.meshd.daemon.control.LogLine;
import io.meshd.daemon.control.LogReport;
import io.meshd.daemon.control.LogRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Predicate;
import org.apache.commons.cli.Option;

/** Shows what the daemon's log said last, and what it says. */
final class LogCommand implements Command {
    private static final String FOLLOW = "follow";
    private static final String LINES = "lines";
    private static final String LEVEL = "level";
    private static final int LINES_DEFAULT = 100;

    @Override
    public CommandSpec spec() {
        return CommandSpec.of("log", "Show what the running daemon logged last; with -f, what it logs.")
                .saying("The daemon keeps its last " + LogRequest.LINES_MAX + " lines, and as many of level debug, "
                        + "whatever log.level says",
                        "about what is written. With -f each line is shown as it comes, until Ctrl-C or the daemon's",
                        "end; JSON is then one object a line.")
                .reporting()
                .with(Option.builder("f").longOpt(FOLLOW).desc("go on with what comes").get(),
                        CommandSpec.value("n", LINES, "N", "how many of the last lines, by default " + LINES_DEFAULT),
                        CommandSpec.value(LEVEL, "debug|info|warn|error", "the least that is shown, by default info"))
                .example("meshd log -n 20", "the last 20 lines")
                .example("meshd log -f --level debug", "everything that happens, as it happens");
    }

    @Override
    public int run(Invocation invocation) throws CommandException, ControlException, IOException {
        boolean asJson = invocation.isJson();
        LogRequest request = new LogRequest(invocation.number(LINES, LINES_DEFAULT, 0, LogRequest.LINES_MAX),
                level(invocation));
        if (invocation.has(FOLLOW)) {
            follow(invocation, request, asJson);
            return ExitStatus.DONE;
        }
        JsonNode report = invocation.daemon().log(request);
        if (asJson) {
            invocation.json(report);
        } else {
            ControlClient.read(report, LogReport.class).lines()
                    .forEach(line -> invocation.line(text(line, invocation)));
        }
        return ExitStatus.DONE;
    }

    private static Config.Level level(Invocation invocation) throws CommandException {
        String name = invocation.value(LEVEL);
        try {
            return name == null ? Config.Level.INFO : Config.Level.of(name);
        } catch (IllegalArgumentException _) {
            throw invocation.malformed(LEVEL, String.valueOf(name), "debug, info, warn or error");
        }
    }

    private static void follow(Invocation invocation, LogRequest request, boolean asJson)
            throws CommandException, ControlException, IOException {
        Predicate<JsonNode> shown = document -> {
            invocation.line(asJson ? Json.line(document) : text(line(document), invocation));
            // Whoever read this, such as head(1), may want no more.
            return !invocation.out().checkError();
        };
        try {
            invocation.daemon().follow(request, shown);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        if (!invocation.out().checkError()) {
            invocation.note("meshd has stopped");
        }
    }

    private static LogLine line(JsonNode document) {
        try {
            return ControlClient.read(document, LogLine.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(LogLine line, Invocation invocation) {
        return switch (line.level()) {
            case ERROR -> invocation.coloured(Colour.RED, line.text());
            case WARN -> invocation.coloured(Colour.YELLOW, line.text());
            case INFO -> line.text();
            case DEBUG, TRACE -> invocation.coloured(Colour.FAINT, line.text());
        };
    }
}
