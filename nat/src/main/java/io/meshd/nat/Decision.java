package io.meshd.nat;

import io.meshd.identity.PublicKey;
import io.meshd.protocol.Endpoint;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One decision about a peer's path, as {@code meshd why} prints it.
 *
 * @param atNanos when, or the last time when it was taken several times in a row, on the machine's clock
 * @param from    the path before; null when there was none
 * @param to      the path after; the same as before when the decision was to stay; null when none is left
 * @param reason  why, in words
 * @param figures what spoke for it: endpoints, times, losses; empty when there is nothing to count
 * @param helper  the third peer that had a part in it; null when none had
 * @param times   how often in a row
 */
public record Decision(long atNanos, @Nullable Endpoint from, @Nullable Endpoint to, String reason, String figures,
        @Nullable PublicKey helper, int times) {
    /** Whether it is the other one once more, with the figures of another moment. */
    boolean repeats(Decision other) {
        return Objects.equals(from, to) && Objects.equals(from, other.from)
                && Objects.equals(to, other.to) && reason.equals(other.reason)
                && Objects.equals(helper, other.helper);
    }
}
