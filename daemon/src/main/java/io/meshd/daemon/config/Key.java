package io.meshd.daemon.config;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One key of the configuration: what may stand behind it, what stands for it when it is absent, and what it means. The
 * reader, the template and the reference have no other source.
 */
public sealed interface Key {
    /** Stands for a default where there is none. */
    String REQUIRED = "required";

    /** Which it is. */
    ConfigKey id();

    /** One or two sentences for the operator. */
    String meaning();

    /** "string", "integer", "boolean", or a list of these. */
    String type();

    /** What is allowed, for the operator. */
    String allowed();

    /** What the default is when it is not fixed; empty when it is. */
    String words();

    /** The default as it would stand in the file, or {@link #words} when it is not fixed. */
    default String byDefault() {
        return words().isEmpty() ? example() : words();
    }

    /** A sentence about the default, with a blank before it; empty when it is fixed. */
    default String defaultInWords() {
        return words().isEmpty() ? "" : words().equals(REQUIRED) ? " Required." : " Default: " + words() + ".";
    }

    /** A value for the template, as it would stand in the file: the default when that is fixed. */
    String example();

    /** Such as {@code node.listen_port}. */
    default String path() {
        return id().key();
    }

    /** The table that it stands in, such as {@code node}; of an array of tables its name. */
    default String table() {
        return path().substring(0, path().indexOf('.'));
    }

    /** Its name in that table. */
    default String name() {
        return path().substring(path().indexOf('.') + 1);
    }

    /**
     * A key with one value.
     *
     * @param kind      of the value
     * @param otherwise the default; null when it depends on something, or when there is none
     * @param example   a value for the template when the default is not fixed
     */
    record One<T>(ConfigKey id, Kind<T> kind, @Nullable T otherwise, String words, String example,
            String meaning) implements Key {
        @Override
        public String type() {
            return kind.type();
        }

        @Override
        public String allowed() {
            return kind.expected();
        }

        @Override
        public String example() {
            return otherwise == null ? example : toml(otherwise);
        }
    }

    /**
     * A key with a list of values.
     *
     * @param kind      of each
     * @param otherwise the default
     */
    record Many<T>(ConfigKey id, Kind<T> kind, List<T> otherwise, String words, String meaning)
            implements
                Key {
        public Many {
            otherwise = List.copyOf(otherwise);
        }

        @Override
        public String type() {
            return "list of " + kind.type() + "s";
        }

        @Override
        public String allowed() {
            return "each " + kind.expected();
        }

        @Override
        public String example() {
            return otherwise.stream().map(Key::toml).collect(Collectors.joining(", ", "[", "]"));
        }
    }

    private static String toml(Object value) {
        return value instanceof Number || value instanceof Boolean ? value.toString() : "\"" + value + "\"";
    }
}
