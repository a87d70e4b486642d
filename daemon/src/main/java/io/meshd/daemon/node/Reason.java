package io.meshd.daemon.node;

import org.jspecify.annotations.Nullable;

/** Why something is not so, and what would change that. Part of a {@link Verdict}. */
record Reason(Cause cause, String because, @Nullable String remedy) {
    /** Nobody need do anything, or can. */
    Reason(Cause cause, String because) {
        this(cause, because, null);
    }

    Verdict after(String reached) {
        return new Verdict(cause, reached, because, remedy);
    }
}
