package io.meshd.nat;

import io.meshd.identity.PublicKey;
import io.meshd.protocol.Endpoint;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * One statement that a peer may be reached at an endpoint. Proves nothing: a probe does.
 *
 * @param endpoint where the peer may be
 * @param kind     who says so
 * @param signaler the third peer that carried the statement as part of a coordinated punch; null when none was needed
 */
public record Candidate(Endpoint endpoint, CandidateKind kind, @Nullable PublicKey signaler) {
    public Candidate {
        if (endpoint instanceof Endpoint.Relayed != (kind == CandidateKind.RELAY)) {
            throw new IllegalArgumentException(kind + " does not go with " + endpoint);
        }
    }

    /** A candidate that no third peer had to carry. */
    public Candidate(Endpoint endpoint, CandidateKind kind) {
        this(endpoint, kind, null);
    }

    /** Whether a datagram to it can make sense at all. Hearsay of loopback or link-local addresses never does. */
    boolean isPlausible() {
        return switch (endpoint) {
            case Endpoint.Relayed _ -> true;
            case Endpoint.Direct direct -> isPlausible(direct.address().getAddress(), direct.address().getPort());
        };
    }

    private boolean isPlausible(InetAddress address, int port) {
        if (port == 0 || address.isAnyLocalAddress() || address.isMulticastAddress() || isBroadcast(address)) {
            return false;
        }
        return !kind.isHearsay() || !(address.isLoopbackAddress() || address.isLinkLocalAddress());
    }

    private static boolean isBroadcast(InetAddress address) {
        byte[] bytes = address.getAddress();
        return bytes.length == 4 && (bytes[0] & bytes[1] & bytes[2] & bytes[3]) == -1;
    }
}
