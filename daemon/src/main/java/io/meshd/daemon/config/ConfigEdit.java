package io.meshd.daemon.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Changes single keys of a configuration as an operator would in an editor: every other line, comments included, stays as
 * it is.
 *
 * <p>It knows keys at the beginning of a line below a {@code [table]}. What it makes of a text is read again, so a file that
 * is written in another way is not changed but refused.
 */
public final class ConfigEdit {
    private static final Pattern TABLE = Pattern.compile("[ \\t]*\\[[ \\t]*([A-Za-z0-9_.-]+)[ \\t]*\\][ \\t]*(#.*)?");
    private static final Pattern ANY_TABLE = Pattern.compile("[ \\t]*\\[.*");

    private final List<Change> changes = new ArrayList<>();

    /** What a key is to be; absent when the value is null. */
    private record Change(String table, String key, @Nullable String value) {}

    /** Sets a key to a value as TOML has it, such as {@code "text"} in quotes. */
    public ConfigEdit set(String table, String key, String value) {
        changes.add(new Change(table, key, value));
        return this;
    }

    /** Removes a key, if it is there. */
    public ConfigEdit remove(String table, String key) {
        changes.add(new Change(table, key, null));
        return this;
    }

    /** Whether it changes nothing. */
    public boolean isEmpty() {
        return changes.isEmpty();
    }

    /** What it would do, one line each, for an operator who has to do it. */
    public List<String> lines() {
        return changes.stream().map(change -> change.value == null
                ? "remove " + change.table + "." + change.key
                : change.table + "." + change.key + " = " + change.value).toList();
    }

    /** The text with these changes; null when it is written in a way that this cannot edit. */
    public @Nullable String apply(String text) {
        List<String> lines = new ArrayList<>(text.lines().toList());
        changes.forEach(change -> apply(lines, change));
        String edited = String.join("\n", lines) + "\n";
        return isRight(edited) ? edited : null;
    }

    private static void apply(List<String> lines, Change change) {
        int header = -1;
        boolean inside = false;
        Pattern own = Pattern.compile("[ \\t]*" + Pattern.quote(change.key) + "[ \\t]*=(.*)");
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            Matcher table = TABLE.matcher(line);
            if (ANY_TABLE.matcher(line).matches()) {
                inside = table.matches() && table.group(1).equals(change.table);
                header = inside ? i : header;
            } else if (inside && own.matcher(line).matches()) {
                replace(lines, i, change);
                return;
            }
        }
        if (change.value == null) {
            return;
        }
        if (header < 0) {
            if (!lines.isEmpty() && !lines.getLast().isBlank()) {
                lines.add("");
            }
            lines.add("[" + change.table + "]");
            header = lines.size() - 1;
        }
        lines.add(header + 1, change.key + " = " + change.value);
    }

    /** Replaces the value that begins in a line, with all lines that it goes over; what follows it on its last one stays. */
    private static void replace(List<String> lines, int at, Change change) {
        String rest = "";
        int last = at;
        int depth = 0;
        String open = lines.get(at).substring(lines.get(at).indexOf('=') + 1);
        while (true) {
            Scan scan = Scan.of(open, depth);
            depth = scan.depth;
            if (depth <= 0 || last + 1 >= lines.size()) {
                rest = open.substring(scan.end);
                break;
            }
            open = lines.get(++last);
        }
        for (int i = last; i > at; i--) {
            lines.remove(i);
        }
        if (change.value == null) {
            lines.remove(at);
        } else {
            lines.set(at, change.key + " = " + change.value + (rest.isBlank() ? "" : " " + rest.strip()));
        }
    }

    /** How far a value goes in a line: to a comment, or to the end; and in how many brackets it is there. */
    private record Scan(int end, int depth) {
        static Scan of(String line, int depthBefore) {
            int depth = depthBefore;
            char quote = 0;
            for (int i = 0; i < line.length(); i++) {
                char c = line.charAt(i);
                if (quote != 0) {
                    if (c == '\\' && quote == '"') {
                        i++;
                    } else if (c == quote) {
                        quote = 0;
                    }
                } else if (c == '"' || c == '\'') {
                    quote = c;
                } else if (c == '[' || c == '{') {
                    depth++;
                } else if (c == ']' || c == '}') {
                    depth--;
                } else if (c == '#') {
                    return new Scan(i, depth);
                }
            }
            return new Scan(line.length(), depth);
        }
    }

    private boolean isRight(String edited) {
        JsonNode document = tree(edited);
        if (document == null) {
            return false;
        }
        for (Change change : changes) {
            JsonNode found = document.path(change.table).path(change.key);
            JsonNode expected = change.value == null ? null : tree("x = " + change.value);
            boolean right = expected == null ? found.isMissingNode() : found.equals(expected.path("x"));
            if (!right) {
                return false;
            }
        }
        return true;
    }

    private static @Nullable JsonNode tree(String text) {
        try {
            return new TomlMapper().readTree(text);
        } catch (JsonProcessingException _) {
            return null;
        }
    }
}
