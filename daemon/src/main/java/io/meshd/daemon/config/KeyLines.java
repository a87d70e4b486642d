package io.meshd.daemon.config;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The line of each key of a TOML text: the parser forgets them.
 *
 * <p>Reads only texts that the parser accepted, so it knows just enough of TOML to tell keys from values. What it does
 * not see, such as a key in an inline table, is reported at the line of what contains it.
 */
final class KeyLines {
    private final Map<String, Integer> lines = new HashMap<>();
    private final Map<String, Integer> tables = new HashMap<>();
    private final String text;
    private String table = "";
    private int at;
    private int line = 1;

    private KeyLines(String text) {
        this.text = text;
    }

    /** Finds the keys of a text. */
    static KeyLines scan(String text) {
        KeyLines found = new KeyLines(text);
        while (found.at < text.length()) {
            found.scanLine();
        }
        return found;
    }

    /**
     * The line of a key, or of the nearest thing that contains it.
     *
     * @param path such as {@code bootstrap_peers[0].address}
     */
    int line(String path) {
        String known = path;
        while (!known.isEmpty()) {
            Integer found = lines.get(known);
            if (found != null) {
                return found;
            }
            known = known.substring(0, Math.max(0, Math.max(known.lastIndexOf('.'), known.lastIndexOf('['))));
        }
        return 1;
    }

    private void scanLine() {
        skipBlanks();
        if (at >= text.length()) {
            return;
        }
        switch (text.charAt(at)) {
            case '\n' -> next();
            case '#' -> skipToLineEnd();
            case '[' -> header();
            default -> keyAndValue();
        }
    }

    private void header() {
        boolean array = text.startsWith("[[", at);
        at += array ? 2 : 1;
        List<String> parts = key(']');
        String path = "";
        for (int i = 0; i < parts.size(); i++) {
            path = join(path, parts.get(i));
            boolean last = i == parts.size() - 1;
            if (array && last) {
                tables.merge(path, 1, Integer::sum);
            }
            Integer count = tables.get(path);
            if (count != null) {
                path += "[" + (count - 1) + "]";
            }
        }
        table = path;
        lines.putIfAbsent(path, line);
        skipToLineEnd();
    }

    private void keyAndValue() {
        String path = table;
        for (String part : key('=')) {
            path = join(path, part);
            lines.putIfAbsent(path, line);
        }
        at++;
        skipValue(path);
    }

    private static String join(String path, String part) {
        return path.isEmpty() ? part : path + "." + part;
    }

    /** The parts of a dotted key, up to the character that ends it. */
    private List<String> key(char end) {
        List<String> parts = new ArrayList<>();
        StringBuilder part = new StringBuilder();
        while (at < text.length() && text.charAt(at) != end && text.charAt(at) != '\n') {
            char c = text.charAt(at);
            if (c == '"' || c == '\'') {
                int start = at;
                skipString();
                part.append(text, start + 1, Math.max(start + 1, at - 1));
                continue;
            }
            if (c == '.') {
                parts.add(part.toString());
                part.setLength(0);
            } else if (c != ' ' && c != '\t') {
                part.append(c);
            }
            at++;
        }
        parts.add(part.toString());
        return parts;
    }

    private void skipValue(String path) {
        int depth = 0;
        int element = 0;
        boolean elementBegun = false;
        while (at < text.length() && (depth > 0 || text.charAt(at) != '\n')) {
            char c = text.charAt(at);
            boolean begins = depth == 1 && !elementBegun && ",] \t\r\n#".indexOf(c) < 0;
            if (begins) {
                lines.putIfAbsent(path + "[" + element + "]", line);
                elementBegun = true;
            }
            if (c == '#') {
                skipToLineEnd();
                continue;
            }
            if (c == '"' || c == '\'') {
                skipString();
                continue;
            }
            if (c == '[' || c == '{') {
                depth++;
            } else if (c == ']' || c == '}') {
                depth--;
            } else if (c == ',' && depth == 1) {
                element++;
                elementBegun = false;
            }
            next();
        }
    }

    /** From an opening quote to behind the closing one. */
    private void skipString() {
        char quote = text.charAt(at);
        String triple = String.valueOf(quote).repeat(3);
        String end = text.startsWith(triple, at) ? triple : String.valueOf(quote);
        at += end.length();
        while (at < text.length() && !text.startsWith(end, at)) {
            if (quote == '"' && text.charAt(at) == '\\') {
                at++;
            }
            if (at < text.length()) {
                next();
            }
        }
        at += end.length();
        // A multi-line string may end in up to five quotes.
        while (end.length() > 1 && at < text.length() && text.charAt(at) == quote) {
            at++;
        }
    }

    private void skipBlanks() {
        while (at < text.length() && " \t\r".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private void skipToLineEnd() {
        int end = text.indexOf('\n', at);
        at = end < 0 ? text.length() : end;
    }

    private void next() {
        if (text.charAt(at) == '\n') {
            line++;
        }
        at++;
    }
}
