package io.meshd.daemon.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What comes together while a configuration is read: errors, warnings, and where each value is from. */
final class Draft {
    private final @Nullable Path file;
    private final KeyLines lines;
    private final List<Problem> problems = new ArrayList<>();
    private final List<Problem> warnings = new ArrayList<>();
    private final List<Setting> settings = new ArrayList<>();

    Draft(@Nullable Path file, KeyLines lines) {
        this.file = file;
        this.lines = lines;
    }

    void problem(String key, String message) {
        problems.add(new Problem(file, line(key), key, message));
    }

    void warning(String key, String message) {
        warnings.add(new Problem(file, line(key), key, message));
    }

    void warning(Problem about) {
        warnings.add(about);
    }

    /** Records an effective value; a later one for the same key replaces the earlier. */
    void setting(Setting setting) {
        for (int i = 0; i < settings.size(); i++) {
            if (settings.get(i).key().equals(setting.key())) {
                settings.set(i, setting);
                return;
            }
        }
        settings.add(setting);
    }

    int line(String key) {
        return file == null ? 0 : lines.line(key);
    }

    Origin origin(String key) {
        return file == null ? new Origin.Default() : new Origin.File(file, lines.line(key));
    }

    List<Problem> problems() {
        return problems;
    }

    List<Problem> warnings() {
        return warnings;
    }

    List<Setting> settings() {
        return settings;
    }

    /** A value as text, number, truth value or list of these. */
    static Object plain(Object value) {
        return switch (value) {
            case JsonNode node when node.isArray() -> {
                List<Object> elements = new ArrayList<>();
                node.forEach(element -> elements.add(plain(element)));
                yield List.copyOf(elements);
            }
            case JsonNode node when node.isBoolean() -> node.booleanValue();
            case JsonNode node when node.isNumber() -> node.longValue();
            case JsonNode node -> node.asText();
            case Boolean flag -> flag;
            case Number number -> number;
            case Collection<?> many -> many.stream().map(Draft::plain).toList();
            case Object other -> other.toString();
        };
    }
}
