package io.meshd.daemon.log;

import io.meshd.daemon.control.Json;
import io.meshd.daemon.control.LogLine;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** Writes lines in one form to one place. Its caller guards it. */
@FunctionalInterface
interface LogWriter {
    /** Writes one line; one that cannot be written is no reason to stop. */
    void write(LogLine line);

    /** Lines as text. */
    static LogWriter text(PrintStream target) {
        return line -> target.println(line.text());
    }

    /** One JSON object a line. */
    static LogWriter json(PrintStream target) {
        return line -> target.println(json(line));
    }

    private static String json(LogLine line) {
        Map<String, Object> object = new LinkedHashMap<>();
        object.put("time", line.timeText());
        object.put("level", line.level().name().toLowerCase(Locale.ROOT));
        object.put("component", line.component());
        object.put("message", line.message());
        object.putAll(line.fields());
        return Json.line(object);
    }
}
