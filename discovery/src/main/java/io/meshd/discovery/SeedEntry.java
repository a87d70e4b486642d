package io.meshd.discovery;

import io.meshd.identity.IpAddress;
import io.meshd.identity.PublicKey;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One seed and how the attempts at it went. */
final class SeedEntry {
    /** Addresses of one name that are tried. */
    private static final int ADDRESSES_MAX = 4;

    final Seed seed;
    final boolean isName;
    private List<InetSocketAddress> addresses = List.of();
    private @Nullable Long resolvedNanos;
    boolean unresolved;
    /** Who answered there, when the seed itself does not say who is there. */
    @Nullable
    PublicKey answered;
    /** Keys that are still to be tried in this round, when nobody knows who is there. */
    final ArrayDeque<PublicKey> guesses = new ArrayDeque<>();
    long nextNanos;
    int failures;
    @Nullable
    Long lastAttemptNanos;
    @Nullable
    String lastError;

    SeedEntry(Seed seed, long nextNanos) {
        this.seed = seed;
        this.nextNanos = nextNanos;
        IpAddress literal = seed.at().address();
        this.isName = literal == null;
        this.unresolved = isName;
        if (literal != null) {
            addresses = List.of(new InetSocketAddress(literal.toInetAddress(), seed.at().port()));
        }
    }

    List<InetSocketAddress> addresses() {
        return addresses;
    }

    /** Who is expected there, or null when nobody knows. */
    @Nullable
    PublicKey peer() {
        return seed.peer() != null ? seed.peer() : answered;
    }

    void resolved(List<InetAddress> found, long nowNanos) {
        addresses = found.stream().limit(ADDRESSES_MAX)
                .map(address -> new InetSocketAddress(address, seed.at().port())).toList();
        resolvedNanos = nowNanos;
        unresolved = false;
    }

    boolean isStale(long nowNanos, long mostNanos) {
        return isName && resolvedNanos != null && nowNanos - resolvedNanos > mostNanos;
    }
}
