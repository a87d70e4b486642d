package io.meshd.nat;

import io.meshd.identity.PublicKey;
import io.meshd.protocol.Deadlines;
import io.meshd.protocol.Endpoint;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What searches for a peer's port mean to the paths that lead to it: by which sockets it may come, and who helped. */
final class Meeting {
    private final Set<Integer> sockets = new HashSet<>();
    /** Two ports may be hit at once, and what comes by the second arrives when the search is over. */
    static final long AFTERWARDS_NANOS = 30_000_000_000L;

    private @Nullable PublicKey helper;
    private long untilNanos = Deadlines.NEVER;

    /** The peer is searched from now on with the help of a third one, to whom it is owed when it is found. */
    void begin(PublicKey third) {
        helper = third;
        untilNanos = Deadlines.NEVER;
    }

    void end(long nowNanos) {
        untilNanos = nowNanos + AFTERWARDS_NANOS;
    }

    /** The peer may come by this extra local socket. */
    void opened(int socket) {
        sockets.add(socket);
    }

    /** It may no longer. */
    void closed(int socket) {
        sockets.remove(socket);
    }

    /** Whether the peer can be reached by the local socket of an endpoint. What comes by those of others makes no path. */
    boolean isOpen(Endpoint endpoint) {
        return !(endpoint instanceof Endpoint.Direct direct) || direct.isByOnePort()
                || sockets.contains(direct.socket());
    }

    /** To whom it is owed that the peer is heard at a new place now; null when to nobody. */
    @Nullable
    PublicKey helper(long nowNanos) {
        if (untilNanos != Deadlines.NEVER && Deadlines.isDue(untilNanos, nowNanos)) {
            helper = null;
        }
        return helper;
    }

    static boolean isBy(Path path, int socket) {
        return path.endpoint() instanceof Endpoint.Direct direct && direct.socket() == socket;
    }
}
