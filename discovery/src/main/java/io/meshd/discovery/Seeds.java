package io.meshd.discovery;

import io.meshd.identity.PublicKey;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.Outbox;
import java.net.InetAddress;
import java.util.List;
import java.util.SortedSet;

/** Signatures only, for the time being. */
@SuppressWarnings("DoNotCallSuggester")
public final class Seeds {
    /**
     * @param trusted the keys that a seed without identity may turn out to be
     * @param known   what was remembered of earlier runs: the seeds of {@link SeedSource#DISK}
     */
    public Seeds(SortedSet<PublicKey> trusted, List<KnownPeer> known) {}

    /** All seeds of one source, replacing its earlier ones. */
    public void replace(long nowNanos, SeedSource source, List<Seed> seeds) {
        throw new UnsupportedOperationException();
    }

    /** The trusted keys have changed. */
    public void trust(long nowNanos, SortedSet<PublicKey> trusted) {
        throw new UnsupportedOperationException();
    }

    /** A session with this peer came up here. */
    public void sessionUp(long nowNanos, PublicKey peer, Endpoint via) {
        throw new UnsupportedOperationException();
    }

    /** No session with this peer is left. */
    public void sessionDown(long nowNanos, PublicKey peer) {
        throw new UnsupportedOperationException();
    }

    /** Host names to be looked up now; each is answered by {@link #resolved} or {@link #resolutionFailed}. */
    public SortedSet<String> unresolved() {
        throw new UnsupportedOperationException();
    }

    /** A host name has these addresses. */
    public void resolved(long nowNanos, String host, List<InetAddress> addresses) {
        throw new UnsupportedOperationException();
    }

    /** A host name could not be looked up. */
    public void resolutionFailed(long nowNanos, String host, String error) {
        throw new UnsupportedOperationException();
    }

    /** Tries what is due. */
    public void handleTimeout(long nowNanos, Outbox outbox) {
        throw new UnsupportedOperationException();
    }

    /** When {@link #handleTimeout} is to be called, or {@code Deadlines.NEVER}. */
    public long nextDeadlineNanos() {
        throw new UnsupportedOperationException();
    }

    /** For {@code status}, in the order in which seeds are tried. */
    public List<SeedStatus> status() {
        throw new UnsupportedOperationException();
    }
}
