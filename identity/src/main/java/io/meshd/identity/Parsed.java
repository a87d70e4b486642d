package io.meshd.identity;

import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a parser made of a text: a value, or every fault that it found.
 *
 * @param <T> the value
 */
public sealed interface Parsed<T> {
    /** The text was right. */
    record Valid<T>(T value) implements Parsed<T> {}

    /**
     * The text was wrong.
     *
     * @param faults at least one, in order of lines
     */
    record Invalid<T>(List<Fault> faults) implements Parsed<T> {
        public Invalid {
            faults = List.copyOf(faults);
            if (faults.isEmpty()) {
                throw new IllegalArgumentException("invalid without a fault");
            }
        }

        /** All faults in one line. */
        public String message() {
            return faults.stream().map(Fault::toString).collect(Collectors.joining("; "));
        }
    }

    /** A right text. */
    static <T> Parsed<T> valid(T value) {
        return new Valid<>(value);
    }

    /** A wrong text without lines. */
    static <T> Parsed<T> invalid(String message) {
        return new Invalid<>(List.of(new Fault(0, message)));
    }

    /** The value, or null when the text was wrong. */
    default @Nullable T orNull() {
        return switch (this) {
            case Valid<T>(var value) -> value;
            case Invalid<T> _ -> null;
        };
    }

    /**
     * The value of a text that is known to be right.
     *
     * @throws IllegalArgumentException with all faults when it was wrong
     */
    default T orThrow() {
        return switch (this) {
            case Valid<T>(var value) -> value;
            case Invalid<T> invalid -> throw new IllegalArgumentException(invalid.message());
        };
    }
}
