package io.meshd.daemon.control;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The network as this node sees it now, and what that means for reaching others.
 *
 * @param families        IPv4, then IPv6
 * @param publicEndpoints where others see this node, best first
 * @param portMapping     what the routers do for it
 * @param stunServers     those that are configured
 * @param relays          the peers that are marked as relays
 * @param paths           the paths in use
 * @param bindingLifetimeSeconds for how long unused paths are known to be remembered by what stands before the host
 */
public record NetcheckReport(List<Family> families, List<PublicEndpoint> publicEndpoints, PortMapping portMapping,
        List<StunServer> stunServers, List<Relay> relays, List<Path> paths, long bindingLifetimeSeconds) {
    public NetcheckReport {
        families = List.copyOf(families);
        publicEndpoints = List.copyOf(publicEndpoints);
        stunServers = List.copyOf(stunServers);
        relays = List.copyOf(relays);
        paths = List.copyOf(paths);
    }

    /**
     * One address family.
     *
     * @param family       "ipv4" or "ipv6"
     * @param usable       whether the host has an address and the daemon a socket
     * @param problem      why it has no socket; null when it has one
     * @param addresses    of the host, best first
     * @param defaultRoute whether the host has one
     * @param router       to which that leads; null when there is none, or none that has an address
     * @param source       the host's address in the network of that router; null without router
     * @param nat          what stands before the host
     */
    public record Family(String family, boolean usable, @Nullable String problem, List<String> addresses,
            boolean defaultRoute, @Nullable String router, @Nullable String source, Nat nat) {
        public Family {
            addresses = List.copyOf(addresses);
        }
    }

    /**
     * What is known of a NAT.
     *
     * @param mapping   how it maps: RFC 4787 section 4.1
     * @param filtering what it lets in: RFC 4787 section 5, in the same words
     * @param portStep  from one outside port to the next; 0 when they have no order, or none is known
     * @param ports     the outside ports that were seen, newest last
     * @param meaning   what follows for reaching this host, in plain words
     */
    public record Nat(StatusReport.Mapping mapping, String filtering, int portStep, List<Integer> ports,
            String meaning) {
        public Nat {
            ports = List.copyOf(ports);
        }
    }

    /**
     * Where others see this node.
     *
     * @param endpoint   address and port
     * @param kind       "local" when it is an address of the host, "port_mapped" or "reflexive"
     * @param seenBy     who sees it there
     * @param ageSeconds since somebody said so last
     */
    public record PublicEndpoint(String endpoint, String kind, List<Observer> seenBy, long ageSeconds) {
        public PublicEndpoint {
            seenBy = List.copyOf(seenBy);
        }
    }

    /**
     * Who sees this node.
     *
     * @param name a peer's name, or a server's address and port
     * @param kind "peer" or "stun"
     */
    public record Observer(String name, String kind) {}

    /**
     * What routers do.
     *
     * @param enabled  whether the configuration wants ports mapped
     * @param mappings what is mapped
     * @param attempts what asking came to, for every router and protocol
     */
    public record PortMapping(boolean enabled, List<Mapping> mappings, List<Attempt> attempts) {
        public PortMapping {
            mappings = List.copyOf(mappings);
            attempts = List.copyOf(attempts);
        }
    }

    /**
     * One mapped port.
     *
     * @param protocol        "pcp", "nat-pmp" or "upnp-igd"
     * @param router          who maps it
     * @param external        address and port outside
     * @param isPublic        whether that address is one of the Internet: behind a second NAT it is not
     * @param confirmed       whether a peer has reached this node there
     * @param lifetimeSeconds for how long the router still promises it; null when it did not say
     */
    public record Mapping(String protocol, String router, String external, boolean isPublic, boolean confirmed,
            @Nullable Long lifetimeSeconds) {}

    /**
     * What came of asking.
     *
     * @param router   who was asked
     * @param protocol "pcp", "nat-pmp" or "upnp-igd"
     * @param answer   in a few words
     */
    public record Attempt(String router, String protocol, String answer) {}

    /**
     * A STUN server in one family.
     *
     * @param server     as configured
     * @param address    where that is; null while its name is not looked up
     * @param rttMs      how long its last answer took, in milliseconds; null when it does not answer
     * @param error      why there is no answer; null when there is one
     * @param ageSeconds since that was found out; null when it was not
     */
    public record StunServer(String server, @Nullable String address, @Nullable Double rttMs, @Nullable String error,
            @Nullable Long ageSeconds) {}

    /**
     * A peer that is marked as a relay here.
     *
     * @param relay  its name
     * @param usable whether it serves and is reached directly
     * @param reason why not; null when it is
     * @param rttMs  round trip time to it in milliseconds; null when not measured
     */
    public record Relay(String relay, boolean usable, @Nullable String reason, @Nullable Double rttMs) {}

    /**
     * A path in use.
     *
     * @param peer     whom it leads to
     * @param path     address and port, or the relay's name
     * @param mtuBytes the largest inner packet that it carries
     */
    public record Path(String peer, String path, int mtuBytes) {}
}
