package io.meshd.discovery;

import io.meshd.identity.PublicKey;
import org.jspecify.annotations.Nullable;

/**
 * One line of the seeds in {@code status}.
 *
 * @param source           where the seed was learned
 * @param address          {@code HOST:PORT} or {@code txt://DOMAIN}
 * @param peer             who is expected or answered there; null when unknown
 * @param state            how it stands
 * @param lastAttemptNanos when it was last tried, on the clock of the caller; null when never
 * @param lastError        why the last attempt came to nothing, null when it did not
 */
public record SeedStatus(SeedSource source, String address, @Nullable PublicKey peer, State state,
        @Nullable Long lastAttemptNanos, @Nullable String lastError) {
    /** How a seed stands. */
    public enum State {
        /** Its name is being looked up. */
        RESOLVING,
        /** It is being tried, or will be. */
        TRYING,
        /** A session with what is there is alive. */
        CONNECTED,
        /** Its name could not be looked up; it will be tried again. */
        UNRESOLVED,
        /** A domain whose records were found; the places that they name have lines of their own. */
        RESOLVED
    }
}
