package io.meshd.daemon.node;

import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * By what a peer is reached, why by that, and what would change it, in an operator's words.
 *
 * @param cause   the reason in one word
 * @param reached one sentence: by what
 * @param because one sentence or two: why that, and why not directly; null when there is nothing to explain
 * @param remedy  what somebody could do; null when nothing is to be done
 */
public record Verdict(Cause cause, String reached, @Nullable String because, @Nullable String remedy) {
    /** All of it. */
    public String text() {
        return Stream.of(reached, because, remedy).filter(part -> part != null).collect(Collectors.joining(" "));
    }
}
