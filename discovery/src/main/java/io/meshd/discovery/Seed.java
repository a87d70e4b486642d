package io.meshd.discovery;

import io.meshd.identity.PublicKey;
import org.jspecify.annotations.Nullable;

/**
 * A place to knock at when no peer is known to be alive.
 *
 * @param source where it was learned
 * @param host   an IPv4 or IPv6 address or a DNS name
 * @param port   the UDP port, 1 to 65,535
 * @param peer   who is expected there; null when anybody trusted may answer
 */
public record Seed(SeedSource source, String host, int port, @Nullable PublicKey peer) {
    public Seed {
        if (host.isEmpty() || port < 1 || port > 0xffff) {
            throw new IllegalArgumentException("a seed is HOST:PORT, not " + host + ":" + port);
        }
    }

    /** {@code HOST:PORT}, an IPv6 address in brackets. */
    public String address() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
