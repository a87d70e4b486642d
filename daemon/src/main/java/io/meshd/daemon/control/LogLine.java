package io.meshd.daemon.control;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonAnySetter;
import io.meshd.daemon.config.Config;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One line of the log. In JSON the fields stand beside the four others.
 *
 * @param time      when it was written
 * @param level     how much it matters
 * @param component which part of the program says it
 * @param message   for a person
 * @param fields    what it speaks of, by stable names in snake_case, such as {@code peer}, {@code endpoint}; texts and
 *                  numbers
 */
public record LogLine(Instant time, Config.Level level, String component, String message,
        @JsonAnyGetter @JsonAnySetter Map<String, Object> fields) {
    /** The field that says what failed. */
    public static final String ERROR = "error";
    /** The field that says how many lines of the same kind were kept back before this one. */
    public static final String SUPPRESSED = "suppressed";

    /** Always with milliseconds, so that lines are aligned. */
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'")
            .withZone(ZoneOffset.UTC);

    public LogLine {
        fields = fields == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    /** The time as every form of the log has it. */
    public String timeText() {
        return TIME.format(time);
    }

    /** The message with what failed and what was kept back; one line, whatever stood in it. */
    public String fullMessage() {
        StringBuilder text = new StringBuilder(message);
        if (fields.containsKey(ERROR)) {
            text.append(": ").append(fields.get(ERROR));
        }
        if (fields.containsKey(SUPPRESSED)) {
            text.append(" (").append(fields.get(SUPPRESSED)).append(" similar suppressed)");
        }
        for (int i = 0; i < text.length(); i++) {
            if (Character.isISOControl(text.charAt(i))) {
                text.setCharAt(i, ' ');
            }
        }
        return text.toString();
    }

    /** Time, level, component, message. */
    public String text() {
        return timeText() + " " + String.format("%-5s", level) + " " + component + ": " + fullMessage();
    }
}
