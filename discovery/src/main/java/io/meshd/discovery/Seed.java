package io.meshd.discovery;

import io.meshd.identity.HostPort;
import io.meshd.identity.PublicKey;
import org.jspecify.annotations.Nullable;

/**
 * A place to knock at when no peer is known to be alive.
 *
 * @param source where it was learned
 * @param at     an address or a DNS name, and the UDP port
 * @param peer   who is expected there; null when anybody trusted may answer
 */
public record Seed(SeedSource source, HostPort at, @Nullable PublicKey peer) {}
