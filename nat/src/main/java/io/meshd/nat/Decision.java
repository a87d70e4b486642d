package io.meshd.nat;

import io.meshd.protocol.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * One decision about a peer's path, as {@code meshd why} prints it.
 *
 * @param atNanos when, on the machine's clock
 * @param from    the path before; null when there was none
 * @param to      the path after; the same as before when the decision was to stay; null when none is left
 * @param reason  why, with figures
 */
public record Decision(long atNanos, @Nullable Endpoint from, @Nullable Endpoint to, String reason) {}
