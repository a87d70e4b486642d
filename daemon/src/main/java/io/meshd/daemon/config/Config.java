package io.meshd.daemon.config;

import io.meshd.identity.HostPort;
import io.meshd.identity.IpAddress;
import io.meshd.identity.OverlayAddresses;
import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import io.meshd.identity.Trust;
import io.meshd.identity.TrustEntry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The effective configuration: file, command line and defaults together.
 *
 * @param file           the file that was read; null when there is none
 * @param node           who and where
 * @param tun            the interface
 * @param bootstrapPeers where to look for others, those of the command line first
 * @param allowedPeers   trust that stands in the configuration
 * @param policy         what is permitted
 * @param relay          what this node does for others
 * @param nat            how it gets through NATs
 * @param log            what it writes down
 * @param metrics        what it shows to a monitor
 * @param settings       each value with where it comes from, in the order of the contract
 * @param warnings       what is valid and yet deserves a word
 */
public record Config(@Nullable Path file, Node node, Tun tun, List<BootstrapPeer> bootstrapPeers,
        List<TrustEntry> allowedPeers, Policy policy, Relay relay, Nat nat, Log log, Metrics metrics,
        List<Setting> settings, List<Problem> warnings) {
    /** The port that peers expect. */
    public static final int PORT_DEFAULT = 51821;

    public Config {
        bootstrapPeers = List.copyOf(bootstrapPeers);
        allowedPeers = List.copyOf(allowedPeers);
        settings = List.copyOf(settings);
        warnings = List.copyOf(warnings);
    }

    /**
     * What this node owns by configuration: {@code node.prefixes}, and in a family without any the network of the
     * address that the interface is given. A family without either has the derived address.
     */
    public List<Prefix> configuredPrefixes() {
        List<Prefix> prefixes = new ArrayList<>(node.prefixes());
        for (InterfaceAddress address : tun.addresses()) {
            boolean given = node.prefixes().stream()
                    .anyMatch(prefix -> prefix.address().isV6() == address.address().isV6());
            if (!given && !prefixes.contains(address.network())) {
                prefixes.add(address.network());
            }
        }
        return List.copyOf(prefixes);
    }

    /** This node as far as trust has to do with it. */
    public Trust.Self self(PublicKey key) {
        return new Trust.Self(key, configuredPrefixes(), tun.deriveFrom());
    }

    /**
     * What the interface of the node with this key gets: what is configured, and in a family for which neither address
     * nor prefix is configured the derived address, on the link of its whole range.
     */
    public List<InterfaceAddress> interfaceAddresses(PublicKey key) {
        List<InterfaceAddress> addresses = new ArrayList<>(tun.addresses());
        List<Prefix> configured = configuredPrefixes();
        for (IpAddress derived : tun.deriveFrom().of(key)) {
            Prefix range = derived.isV6() ? tun.deriveFrom().v6() : tun.deriveFrom().v4();
            boolean given = configured.stream().anyMatch(prefix -> prefix.address().isV6() == derived.isV6());
            if (!given && range != null) {
                addresses.add(new InterfaceAddress(derived, range.length()));
            }
        }
        return List.copyOf(addresses);
    }

    /**
     * Who and where.
     *
     * @param name         what the node calls itself
     * @param networkId    the mesh; nodes of other networks are refused
     * @param identityPath of the secret key
     * @param fingerprint  the only one that the identity may have; null when any
     * @param listenPort   the UDP port; 0 picks a free one
     * @param prefixes     what the configuration says that this node owns; empty when it says nothing
     */
    public record Node(String name, String networkId, Path identityPath, @Nullable String fingerprint, int listenPort,
            List<Prefix> prefixes) {
        public Node {
            prefixes = List.copyOf(prefixes);
        }
    }

    /**
     * The interface.
     *
     * @param name       of the TUN device
     * @param addresses  that the configuration gives it; a family without any gets the derived one
     * @param deriveFrom the ranges of derived addresses, one a family
     * @param mtu        in bytes
     * @param enabled    false: discovery and relay only
     */
    public record Tun(String name, List<InterfaceAddress> addresses, OverlayAddresses deriveFrom, int mtu,
            boolean enabled) {
        public Tun {
            addresses = List.copyOf(addresses);
        }
    }

    /**
     * What is permitted.
     *
     * @param strictAllowlist       false: unlisted keys are let in
     * @param allowRelay            false: nothing is sent or accepted through relays
     * @param allowSignalingUpgrade false: no candidates are sent to others or probed when others send theirs
     */
    public record Policy(boolean strictAllowlist, boolean allowRelay, boolean allowSignalingUpgrade) {}

    /**
     * What this node does for others.
     *
     * @param serve             forwards ciphertext between two peers that it trusts
     * @param maxPeers          most pairs at a time
     * @param maxBytesPerSecond 0: no limit
     */
    public record Relay(boolean serve, int maxPeers, long maxBytesPerSecond) {}

    /**
     * How the node gets through NATs.
     *
     * @param stunServers  public ones besides the peers
     * @param portMapping  asks the router to forward a port
     * @param lanDiscovery looks for peers on the same link
     */
    public record Nat(List<HostPort> stunServers, boolean portMapping, boolean lanDiscovery) {
        public Nat {
            stunServers = List.copyOf(stunServers);
        }
    }

    /**
     * What the daemon writes down.
     *
     * @param level  the least that is written
     * @param format "text" or "json"
     */
    public record Log(Level level, String format) {}

    /** Levels of the log, the most talkative first. */
    public enum Level {
        /** Every step. */
        TRACE,
        /** For finding errors in meshd. */
        DEBUG,
        /** What an operator wants to know. */
        INFO,
        /** What an operator should look at. */
        WARN,
        /** What does not work. */
        ERROR;

        /**
         * The level with this name in lower case.
         *
         * @throws IllegalArgumentException when there is none
         */
        public static Level of(String name) {
            for (Level level : values()) {
                if (level.name().toLowerCase(Locale.ROOT).equals(name)) {
                    return level;
                }
            }
            throw new IllegalArgumentException("level must be trace, debug, info, warn or error");
        }
    }

    /**
     * What the daemon shows to a monitor.
     *
     * @param listen where; null: nowhere
     */
    public record Metrics(@Nullable HostPort listen) {}
}
