package io.meshd.identity;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The options in front of a key, split as sshd splits them: separated by commas, ended by the first blank outside
 * quotes, values in double quotes, {@code \"} for a quote inside.
 *
 * @param options in their order
 * @param end     where the key begins in the line
 */
record KeyOptions(List<Option> options, int end) {
    /** One option; {@code value} is null when it has none. */
    record Option(String name, @Nullable String value) {}

    /** Splits a line that begins with options. */
    static Parsed<KeyOptions> parse(String line) {
        return new Splitter(line).split();
    }

    private static final class Splitter {
        private final String line;
        private final List<Option> options = new ArrayList<>();
        private int at;

        Splitter(String line) {
            this.line = line;
        }

        Parsed<KeyOptions> split() {
            while (true) {
                int nameStart = at;
                while (at < line.length() && isNameCharacter(line.charAt(at))) {
                    at++;
                }
                String name = line.substring(nameStart, at);
                if (name.isEmpty()) {
                    return Parsed.invalid("expected an option or a key at column " + (at + 1));
                }
                if (at < line.length() && line.charAt(at) == '=') {
                    at++;
                    String fault = takeValue(name);
                    if (fault != null) {
                        return Parsed.invalid(fault);
                    }
                } else {
                    options.add(new Option(name, null));
                }
                if (at < line.length() && line.charAt(at) == ',') {
                    at++;
                } else {
                    return end(name);
                }
            }
        }

        private Parsed<KeyOptions> end(String lastName) {
            if (at < line.length() && !KeyLine.isBlank(line.charAt(at))) {
                return Parsed.invalid("expected a comma or a blank after option " + lastName + ", at column "
                        + (at + 1));
            }
            while (at < line.length() && KeyLine.isBlank(line.charAt(at))) {
                at++;
            }
            return at == line.length()
                    ? Parsed.invalid("expected a key that begins with ssh-ed25519 or wireguard-x25519")
                    : Parsed.valid(new KeyOptions(List.copyOf(options), at));
        }

        /** Takes a quoted value, or says what is wrong with it. */
        private @Nullable String takeValue(String name) {
            if (at == line.length() || line.charAt(at) != '"') {
                return "the value of " + name + " stands in double quotes: " + name + "=\"…\"";
            }
            at++;
            StringBuilder value = new StringBuilder();
            while (at < line.length() && line.charAt(at) != '"') {
                boolean escaped = line.startsWith("\\\"", at);
                value.append(escaped ? '"' : line.charAt(at));
                at += escaped ? 2 : 1;
            }
            if (at == line.length()) {
                return "the closing quote of " + name + " is missing";
            }
            at++;
            options.add(new Option(name, value.toString()));
            return null;
        }

        private static boolean isNameCharacter(char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
        }
    }
}
