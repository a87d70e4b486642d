package io.meshd.daemon.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.meshd.identity.Parsed;
import io.meshd.identity.Suggestion;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One table of a configuration while it is read: every key that is asked for becomes known, and what nobody asked for
 * is an error at the end.
 */
final class Section {
    private final Draft draft;
    private final String path;
    private final JsonNode table;
    private final Set<String> known = new LinkedHashSet<>();

    /**
     * A table.
     *
     * @param path  of the table; empty for the whole file
     * @param table missing when the file does not have it
     */
    Section(Draft draft, String path, JsonNode table) {
        this.draft = draft;
        this.path = path;
        this.table = table;
        if (!table.isMissingNode() && !table.isObject()) {
            draft.problem(path, "expected a table, found " + table);
        }
    }

    /** A table in this one. */
    Section section(String name) {
        known.add(name);
        return new Section(draft, key(name), table.path(name));
    }

    /** The tables of an array of tables. */
    List<Section> sections(String name) {
        known.add(name);
        JsonNode array = table.path(name);
        List<Section> sections = new ArrayList<>();
        if (array.isArray()) {
            for (int i = 0; i < array.size(); i++) {
                sections.add(new Section(draft, key(name) + "[" + i + "]", array.get(i)));
            }
        } else if (!array.isMissingNode()) {
            draft.problem(key(name), "expected tables, each begun by [[" + name + "]]");
        }
        return sections;
    }

    /** The value of a key that has a fixed default, which stands for it when it is absent or wrong. */
    <T> T read(Key.One<T> key) {
        return read(key, Objects.requireNonNull(key.otherwise(), key::path));
    }

    /** The value of a key, or what stands for it when it is absent or wrong. */
    <T> T read(Key.One<T> key, T otherwise) {
        T value = readOrNull(key.name(), key.kind(), otherwise);
        return value == null ? otherwise : value;
    }

    /** The value of a key, or null when it is absent or wrong. */
    <T> @Nullable T readOrNull(Key.One<T> key) {
        return readOrNull(key.name(), key.kind(), "");
    }

    /** The value of a key that must be there, or null when it is not or is wrong. */
    <T> @Nullable T readRequired(Key.One<T> key) {
        if (table.isObject() && !table.has(key.name())) {
            draft.problem(path, "needs the key " + key.name() + ": " + key.allowed());
        }
        return readOrNull(key);
    }

    /** The values of a list; what is wrong in it is left out. */
    <T> List<T> readList(Key.Many<T> key) {
        String name = key.name();
        Kind<T> element = key.kind();
        List<T> otherwise = key.otherwise();
        JsonNode node = node(name);
        if (node.isMissingNode()) {
            setting(name, otherwise, new Origin.Default());
            return otherwise;
        }
        if (!node.isArray()) {
            problem(name, "expected a list, each element " + element.expected() + ", found " + node);
            return otherwise;
        }
        List<T> values = new ArrayList<>();
        for (int i = 0; i < node.size(); i++) {
            T value = checked(name + "[" + i + "]", node.get(i), element);
            if (value != null) {
                values.add(value);
            }
        }
        setting(name, node, draft.origin(key(name)));
        return List.copyOf(values);
    }

    private <T> @Nullable T readOrNull(String name, Kind<T> kind, Object shownOtherwise) {
        JsonNode node = node(name);
        if (node.isMissingNode()) {
            setting(name, shownOtherwise, new Origin.Default());
            return null;
        }
        setting(name, node, draft.origin(key(name)));
        return checked(name, node, kind);
    }

    private JsonNode node(String name) {
        known.add(name);
        return table.isObject() ? table.path(name) : MissingNode.getInstance();
    }

    private void setting(String name, Object value, Origin origin) {
        draft.setting(new Setting(key(name), Draft.plain(value), origin));
    }

    private <T> @Nullable T checked(String name, JsonNode node, Kind<T> kind) {
        return switch (kind.reader().apply(node)) {
            case Parsed.Valid<T>(var value) -> value;
            case Parsed.Invalid<T> invalid -> {
                problem(name, kind.complaint(node, invalid));
                yield null;
            }
        };
    }

    /** Whether the file has the key. */
    boolean has(String name) {
        return table.has(name);
    }

    /** The line of this table, or of a key in it; 0 when the file does not have it. */
    int line(String name) {
        return draft.line(name.isEmpty() ? path : key(name));
    }

    /** Adds an error about a key of this table, or about the table when the name is empty. */
    void problem(String name, String message) {
        draft.problem(name.isEmpty() ? path : key(name), message);
    }

    /** Adds a warning about a key of this table. */
    void warning(String name, String message) {
        draft.warning(key(name), message);
    }

    /** Complains about every key that nobody asked for. */
    void close() {
        for (Iterator<String> names = table.fieldNames(); names.hasNext();) {
            String name = names.next();
            if (!known.contains(name)) {
                problem(name, "unknown key" + Suggestion.hint(name, known));
            }
        }
    }

    private String key(String name) {
        return path.isEmpty() ? name : path + "." + name;
    }
}
