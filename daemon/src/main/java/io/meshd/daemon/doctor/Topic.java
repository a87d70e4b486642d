package io.meshd.daemon.doctor;

import java.util.Locale;

/** What is looked at, in the order of the report. The labels are for scripts and stay. */
public enum Topic {
    /** The configuration is valid. */
    CONFIG,
    /** Who is not listed stays outside. */
    OPEN_DOOR,
    /** {@code /dev/net/tun} opens. */
    TUN_DEVICE,
    /** The network may be configured. */
    RIGHTS,
    /** The mesh's interface is free, or the daemon's and up. */
    INTERFACE,
    /** Kernel and interface carry many packets a call. */
    OFFLOAD,
    /** The time of day is plausible. */
    CLOCK,
    /** The secret key is there, sound, for its owner only, and the one that the daemon has. */
    IDENTITY,
    /** It is the key that the configuration expects. */
    FINGERPRINT,
    /** The trust files are sound and agree. */
    TRUST,
    /** No trust has ended or is about to. */
    EXPIRY,
    /** The daemon can read the trust files, and nobody else can write them. */
    TRUST_FILES,
    /** Each peer has the address that its key gives it. */
    DERIVED_ADDRESSES,
    /** The UDP port is the daemon's, or free. */
    UDP_PORT,
    /** No network of this host is also in the mesh. */
    LOCAL_NETWORKS,
    /** No other interface has this host's address in the mesh. */
    OVERLAY_ADDRESS,
    /** Packets for hosts behind this one are passed on. */
    FORWARDING,
    /** There is a way to them and back. */
    RETURN_ROUTE,
    /** No firewall rule stops them. */
    FORWARD_FILTER,
    /** The host has IPv6. */
    IPV6,
    /** A default route over the mesh does not make the kernel drop the mesh's own packets. */
    REVERSE_PATH,
    /** No routing rule of another program takes packets for the mesh. */
    ROUTING_RULES,
    /** The host has a way out that is no other tunnel. */
    DEFAULT_ROUTE,
    /** Packets of the mesh fit the way out. */
    MTU,
    /** Bursts fit the socket. */
    SOCKET_BUFFERS,
    /** The kernel's table of connections has room. */
    CONNECTION_TABLE,
    /** The firewall lets the mesh's packets through. */
    FIREWALL,
    /** What the daemon remembers can be written. */
    STATE,
    /** The daemon may open enough files. */
    OPEN_FILES,
    /** Nothing is left of a daemon that was killed. */
    LEFTOVERS,
    /** Names in configuration and trust have addresses. */
    NAMES,
    /** Seeds can be where they are said to be. */
    SEED_ADDRESSES,
    /** The daemon runs and answers. */
    DAEMON,
    /** It is the version that is installed. */
    VERSION,
    /** Seeds answer. */
    SEEDS,
    /** Peers that are alive are reached. */
    TUNNELS,
    /** And directly. */
    RELAYED,
    /** Trust is mutual, as far as can be seen. */
    ONE_SIDED_TRUST,
    /** Nobody knocks who is not trusted. */
    KNOCKS,
    /** No other network answers. */
    NETWORKS,
    /** Peers claim what trust here gives them. */
    PREFIXES,
    /** The host's table has the routes. */
    ROUTES,
    /** No key is in use twice. */
    CLONED_KEY,
    /** Packets come from who owns their source. */
    SOURCES,
    /** Direct paths lose little. */
    LOSS,
    /** UDP comes through, and the NAT is one that others get through. */
    NAT,
    /** Where a relay is needed there is one. */
    RELAYS,
    /** Public STUN servers answer. */
    STUN,
    /** What the router maps is reachable. */
    PORT_MAPPING,
    /** Paths carry packets of 1280 bytes. */
    PATH_MTU,
    /** The daemon has nothing else to warn of. */
    WARNINGS;

    private final String label = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /** As it stands in JSON. */
    public String label() {
        return label;
    }
}
