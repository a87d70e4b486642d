package io.meshd.daemon.control;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The node as a whole.
 *
 * @param version         of the program
 * @param phase           where the daemon is in its life
 * @param pid             of the daemon
 * @param name            what the node calls itself
 * @param networkId       the mesh it belongs to
 * @param peerId          its key in base32
 * @param interfaceName   of the TUN device; null with {@code --no-tun}
 * @param addresses       on that interface, with their length
 * @param listenPort      the UDP port that is bound
 * @param publicEndpoints where others saw this node
 * @param nat             what is known of the NAT in front of it
 * @param home            the directory of {@code --home}; null for the system's paths
 * @param configPath      the configuration in use; null when there is none
 * @param uptimeSeconds   since the daemon started
 * @param peers           how many peers there are, by class of their path
 * @param routes          how many routes there are
 * @param seeds           where the node looks for others
 * @param warnings        what the operator should know, oldest first
 */
public record StatusReport(String version, Phase phase, long pid, String name, String networkId, String peerId,
        @JsonProperty("interface") @Nullable String interfaceName, List<String> addresses, int listenPort,
        List<String> publicEndpoints, Nat nat, @Nullable String home, @Nullable String configPath, long uptimeSeconds,
        PeerCounts peers, RouteCounts routes, List<Seed> seeds, List<String> warnings) {
    /** What the warning of a key that two daemons use begins with. */
    public static final String CLONED_KEY = "two daemons use the key of ";

    public StatusReport {
        addresses = List.copyOf(addresses);
        publicEndpoints = List.copyOf(publicEndpoints);
        seeds = List.copyOf(seeds);
        warnings = List.copyOf(warnings);
    }

    /** Where a daemon is in its life. */
    public enum Phase {
        /** Not ready yet. */
        STARTING,
        /** Ready. */
        RUNNING,
        /** Saying goodbye. */
        STOPPING
    }

    /** How a NAT maps one inner address and port (RFC 4787 section 4.1). */
    public enum Mapping {
        /** To the same outside for every destination. */
        ENDPOINT_INDEPENDENT,
        /** To another outside for each destination address. */
        ADDRESS_DEPENDENT,
        /** To another outside for each destination address and port. */
        ADDRESS_AND_PORT_DEPENDENT,
        /** There is no NAT. */
        NONE,
        /** Not found out yet. */
        UNKNOWN
    }

    /**
     * What is known of the NAT.
     *
     * @param mapping    how it maps
     * @param portMapped whether it forwards a port to this node on request
     */
    public record Nat(Mapping mapping, boolean portMapped) {}

    /**
     * Peers by what is known of them.
     *
     * @param configured          trusted
     * @param alive               members that answer
     * @param direct              reached without anybody's help
     * @param signalingThenDirect reached straight after a coordinated punch
     * @param relay               reached through a third peer
     */
    public record PeerCounts(int configured, int alive, int direct, int signalingThenDirect, int relay) {}

    /**
     * Routes to what peers own.
     *
     * @param total     rows of {@code routes}: every prefix that trust grants a peer
     * @param installed in the host's table
     */
    public record RouteCounts(int total, int installed) {}

    /**
     * A place where others may be found.
     *
     * @param source      which rule named it, such as "option", "bootstrap_peers", "trust", "txt", "disk", "lan"
     * @param address     host and port, or the domain of TXT seeds
     * @param peer        the name of who is expected there; null when anybody
     * @param state       "resolving", "trying", "connected", "unresolved" or, of a domain, "resolved"
     * @param lastAttempt when it was last tried; null when never
     * @param lastError   why that failed; null when it did not
     */
    public record Seed(String source, String address, @Nullable String peer, String state,
            @Nullable Instant lastAttempt, @Nullable String lastError) {}
}
