package io.meshd.daemon.config;

import com.fasterxml.jackson.databind.JsonNode;
import io.meshd.identity.Parsed;
import io.meshd.identity.Suggestion;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * What may stand behind a key, and how it becomes a value of the program.
 *
 * @param <T>      the value of the program
 * @param type     as TOML has it: string, integer, boolean
 * @param expected for the operator, after "expected"
 * @param reader   an invalid result with an empty message says no more than what was expected
 */
record Kind<T>(String type, String expected, Function<JsonNode, Parsed<T>> reader) {
    /** A text that keeps a rule. */
    static Kind<String> text(String expected, Predicate<String> rule) {
        return parsed(expected, text -> rule.test(text) ? Parsed.valid(text) : Parsed.invalid(""));
    }

    /** A text that is one of a few. */
    static Kind<String> oneOf(List<String> words) {
        return parsed("one of " + String.join(", ", words), text -> {
            String nearest = Suggestion.nearest(text, words);
            return words.contains(text)
                    ? Parsed.valid(text)
                    : Parsed.invalid(nearest == null ? "" : "did you mean \"" + nearest + "\"?");
        });
    }

    /** True or false. */
    static Kind<Boolean> flag() {
        return new Kind<>("boolean", "true or false",
                node -> node.isBoolean() ? Parsed.valid(node.booleanValue()) : Parsed.invalid(""));
    }

    /** A whole number within bounds. */
    static Kind<Integer> number(int least, int most) {
        return new Kind<>("integer", "a whole number from " + least + " to " + most,
                node -> node.isIntegralNumber() && node.canConvertToInt() && node.intValue() >= least
                        && node.intValue() <= most ? Parsed.valid(node.intValue()) : Parsed.invalid(""));
    }

    /** A whole number that is not negative. */
    static Kind<Long> size() {
        return new Kind<>("integer", "a whole number, 0 or more",
                node -> node.isIntegralNumber() && node.canConvertToLong() && node.longValue() >= 0
                        ? Parsed.valid(node.longValue())
                        : Parsed.invalid(""));
    }

    /** A text with a form. */
    static <T> Kind<T> parsed(String expected, Function<String, Parsed<T>> parser) {
        return new Kind<>("string", expected,
                node -> node.isTextual() ? parser.apply(node.textValue()) : Parsed.invalid(""));
    }

    /** The operator's line about a value that was refused. */
    String complaint(JsonNode node, Parsed.Invalid<T> why) {
        String more = why.message();
        return "expected " + expected + ", found " + shown(node) + (more.isEmpty() ? "" : ": " + more);
    }

    private static String shown(JsonNode node) {
        String text = node.toString();
        return text.length() <= 60 ? text : text.substring(0, 57) + "…";
    }
}
