package io.meshd.daemon.config;

import io.meshd.identity.Expiry;
import io.meshd.identity.HostPort;
import io.meshd.identity.IpAddress;
import io.meshd.identity.KeyCheck;
import io.meshd.identity.NodeName;
import io.meshd.identity.OverlayAddresses;
import io.meshd.identity.Parsed;
import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import io.meshd.protocol.NetworkId;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Every key of the configuration, in the order of the contract. */
public final class Keys {
    static final String NODE = "node";
    static final String TUN = "tun";
    static final String SEEDS = "bootstrap_peers";
    static final String ALLOWED = "allowed_peers";
    static final String POLICY = "policy";
    static final String RELAY = "relay";
    static final String NAT = "nat";
    static final String LOG = "log";
    static final String METRICS = "metrics";

    // IPv6 needs 1280; the greatest datagram less the tunnel's own 80 bytes of overhead is the upper end.
    private static final int MTU_MIN = 1280;
    private static final int MTU_MAX = 65_455;
    private static final int RELAYED_MAX = 4096;
    private static final int BITS_MAX = 128;
    private static final Pattern FINGERPRINT = Pattern.compile("SHA256:[A-Za-z0-9+/]{43}");
    private static final List<String> LEVELS = List.of("trace", "debug", "info", "warn", "error");
    private static final Kind<Prefix> PREFIX = Kind.parsed("a prefix such as \"10.42.1.0/24\"", Prefix::parse);
    private static final Kind<HostPort> HOST_PORT = Kind.parsed("HOST:PORT", HostPort::parse);

    static final Key.One<String> NAME = varying(ConfigKey.NODE_NAME,
            Kind.text("a name by the rule " + NodeName.RULE, NodeName::isValid),
            "the host's name, made to fit the rule", "\"alpha\"", "What this node calls itself.");
    static final Key.One<String> NETWORK_ID = one(ConfigKey.NETWORK_ID,
            Kind.text("1 to 63 of a-z 0-9 . _ -", NetworkId::isValid), "default",
            "The mesh that this node belongs to. Nodes of other networks are refused.");
    static final Key.One<Path> IDENTITY_PATH = varying(ConfigKey.IDENTITY_PATH,
            Kind.parsed("an absolute path", Keys::absolutePath), "/var/lib/meshd/identity, or identity under --home",
            "\"/var/lib/meshd/identity\"", "The file with the secret key of this node, mode 0600.");
    static final Key.One<String> FINGERPRINT_KEY = one(ConfigKey.FINGERPRINT,
            Kind.text("\"\" or a fingerprint such as \"SHA256:…\"",
                    text -> text.isEmpty() || FINGERPRINT.matcher(text).matches()),
            "", "When set, an identity with another fingerprint is refused.");
    static final Key.One<Integer> LISTEN_PORT = one(ConfigKey.LISTEN_PORT, Kind.number(0, 65_535), Config.PORT_DEFAULT,
            "The one UDP port; 0 picks a free one.");
    static final Key.Many<Prefix> PREFIXES = many(ConfigKey.PREFIXES, PREFIX, List.of(),
            "the node's address with prefix_len when that is set, else its derived addresses",
            "What this node owns and claims. Peers accept as much of it as their trust grants.");

    static final Key.One<String> INTERFACE = one(ConfigKey.TUN_NAME,
            Kind.text("1 to 15 bytes without \"/\", \":\" and blanks, not \".\" or \"..\"", InterfaceName::isValid),
            "mesh0", "Name of the interface that the daemon makes.");
    static final Key.One<IpAddress> ADDRESS = varying(ConfigKey.TUN_ADDRESS,
            Kind.parsed("an address such as \"10.42.0.1\"",
                    text -> text.contains("/")
                            ? Parsed.invalid("its length belongs to prefix_len")
                            : IpAddress.parse(text)),
            "derived from the key", "\"10.42.0.1\"", "The node's address in the mesh, without length.");
    static final Key.One<Integer> PREFIX_LEN = varying(ConfigKey.TUN_PREFIX_LEN, Kind.number(0, BITS_MAX),
            "24, for IPv6 64", "24", "Length of that address: what else is on its link.");
    static final Key.Many<InterfaceAddress> ADDRESSES = many(ConfigKey.TUN_ADDRESSES,
            Kind.parsed("an address with its length such as \"10.42.0.1/24\"", InterfaceAddress::parse), List.of(), "",
            "Instead of address and prefix_len: any number of addresses, both families.");
    static final Key.Many<Prefix> DERIVE_FROM = many(ConfigKey.DERIVE_FROM, PREFIX,
            Stream.of(OverlayAddresses.DEFAULT.v4(), OverlayAddresses.DEFAULT.v6()).filter(Objects::nonNull).toList(),
            "", "The ranges of addresses that are derived from keys, one a family. The same on every node.");
    static final Key.One<Integer> MTU = one(ConfigKey.MTU, Kind.number(MTU_MIN, MTU_MAX), 1420,
            "The largest packet that the interface takes, in bytes.");
    static final Key.One<Boolean> ENABLED = one(ConfigKey.TUN_ENABLED, Kind.flag(), true,
            "false: no interface, discovery and relay only, as with --no-tun.");

    static final Key.One<String> SEED_PEER = varying(ConfigKey.SEED_PEER,
            Kind.text("a peer_id or the name of a peer", BootstrapPeer::isPeer), "every authorized key is tried",
            "\"beta\"", "Who is expected there.");
    static final Key.One<BootstrapPeer.Place> SEED_ADDRESS = varying(ConfigKey.SEED_ADDRESS,
            Kind.parsed(BootstrapPeer.EXPECTED, BootstrapPeer::place), Key.REQUIRED, "\"udp://198.51.100.10:51821\"",
            "Where to look for another node: an IPv4 or [IPv6] address or a DNS name, or a domain with TXT seeds.");

    static final Key.One<String> ALLOWED_NAME = varying(ConfigKey.ALLOWED_NAME,
            Kind.text("a name by the rule " + NodeName.RULE, NodeName::isValid),
            "the first 8 characters of the peer_id", "\"beta\"", "What this node calls the peer.");
    static final Key.One<PublicKey> ALLOWED_PEER_ID = varying(ConfigKey.ALLOWED_PEER,
            Kind.parsed("a peer_id of 52 characters", Keys::soundKey), Key.REQUIRED, "\"\"",
            "The key that is trusted.");
    static final Key.One<Prefix> ALLOWED_PREFIX = varying(ConfigKey.ALLOWED_PREFIX, PREFIX,
            "the peer's derived addresses",
            "\"10.42.1.0/24\"", "What the peer owns.");
    static final Key.Many<Prefix> ALLOWED_PREFIXES = many(ConfigKey.ALLOWED_PREFIXES, PREFIX, List.of(), "",
            "Instead of prefix: several.");
    static final Key.One<Boolean> ALLOWED_RELAY = one(ConfigKey.ALLOWED_RELAY, Kind.flag(), false,
            "Packets may go through the peer.");
    static final Key.One<List<Expiry>> ALLOWED_EXPIRES = varying(ConfigKey.ALLOWED_EXPIRES,
            optional("\"\", YYYY-MM-DD or an RFC 3339 time", Expiry::parse), "never", "\"\"",
            "When the trust ends; a date means the end of that day, UTC.");
    static final Key.One<List<HostPort>> ALLOWED_SEED = varying(ConfigKey.ALLOWED_SEED,
            optional("\"\" or HOST:PORT", HostPort::parse), "none", "\"\"",
            "Where the peer is found without asking anybody.");

    static final Key.One<Boolean> STRICT = one(ConfigKey.STRICT_ALLOWLIST, Kind.flag(), true,
            "false: anyone who reaches the port can join, as with --open; see `meshd help up`.");
    static final Key.One<Boolean> ALLOW_RELAY = one(ConfigKey.ALLOW_RELAY, Kind.flag(), true,
            "false: this node sends and accepts nothing through relays.");
    static final Key.One<Boolean> ALLOW_SIGNALING = one(ConfigKey.ALLOW_SIGNALING, Kind.flag(), true,
            "false: no candidates are sent to peers, and none that they send are probed.");

    static final Key.One<Boolean> SERVE = one(ConfigKey.RELAY_SERVE, Kind.flag(), true,
            "Forward ciphertext between two peers that this node trusts.");
    static final Key.One<Integer> MAX_PEERS = one(ConfigKey.RELAY_PEERS, Kind.number(0, RELAYED_MAX), 32,
            "The most pairs of peers at a time.");
    static final Key.One<Long> MAX_RATE = one(ConfigKey.RELAY_RATE, Kind.size(), 0L,
            "The most that is forwarded in all; 0: no limit.");

    static final Key.Many<HostPort> STUN_SERVERS = many(ConfigKey.STUN_SERVERS, HOST_PORT, List.of(), "",
            "Public STUN servers to ask besides the peers, which tell the same once there is a session.");
    static final Key.One<Boolean> PORT_MAPPING = one(ConfigKey.PORT_MAPPING, Kind.flag(), true,
            "Ask the router for a port: NAT-PMP, PCP, UPnP-IGD.");
    static final Key.One<Boolean> LAN_DISCOVERY = one(ConfigKey.LAN_DISCOVERY, Kind.flag(), true,
            "Find trusted peers on the same link. Others on the link learn nothing from it.");

    static final Key.One<String> LEVEL = one(ConfigKey.LOG_LEVEL, Kind.oneOf(LEVELS), "info",
            "The least that is written.");
    static final Key.One<String> FORMAT = one(ConfigKey.LOG_FORMAT, Kind.oneOf(List.of("text", "json")), "text",
            "The form of the log: a text line is time, level, component, message.");

    static final Key.One<String> LISTEN = one(ConfigKey.METRICS_LISTEN,
            Kind.parsed("\"\", ADDRESS:PORT or localhost:PORT", Keys::listen),
            "", "Where Prometheus text is served on /metrics, such as \"127.0.0.1:9000\"; empty: nowhere.");

    private static Parsed<String> listen(String text) {
        if (text.isEmpty()) {
            return Parsed.valid("");
        }
        return switch (HostPort.parse(text)) {
            case Parsed.Valid(HostPort where) when where.address() != null || where.host().equals("localhost") ->
                Parsed.valid(text);
            case Parsed.Valid(HostPort where) ->
                Parsed.invalid("\"" + where.host() + "\" is a name, which may mean another address tomorrow");
            case Parsed.Invalid<HostPort>(var faults) -> new Parsed.Invalid<>(faults);
        };
    }

    /** All of them. */
    public static final List<Key> ALL = List.of(NAME, NETWORK_ID, IDENTITY_PATH, FINGERPRINT_KEY, LISTEN_PORT, PREFIXES,
            INTERFACE, ADDRESS, PREFIX_LEN, ADDRESSES, DERIVE_FROM, MTU, ENABLED, SEED_PEER, SEED_ADDRESS, ALLOWED_NAME,
            ALLOWED_PEER_ID, ALLOWED_PREFIX, ALLOWED_PREFIXES, ALLOWED_RELAY, ALLOWED_EXPIRES, ALLOWED_SEED, STRICT,
            ALLOW_RELAY, ALLOW_SIGNALING, SERVE, MAX_PEERS, MAX_RATE, STUN_SERVERS, PORT_MAPPING, LAN_DISCOVERY, LEVEL,
            FORMAT, LISTEN);

    private Keys() {}

    /** What a table is for. */
    public static String meaning(String table) {
        return switch (table) {
            case NODE -> "Who and where this node is.";
            case TUN -> "The interface.";
            case SEEDS -> "Where to look for other nodes; one table each.";
            case ALLOWED -> "Whom to trust, one table each: the same as files in authorized_keys/, which `meshd trust` "
                    + "writes.";
            case POLICY -> "What is permitted.";
            case RELAY -> "What this node does for others.";
            case NAT -> "How this node gets through NATs.";
            case LOG -> "What the daemon writes down.";
            case METRICS -> "What the daemon shows to a monitor.";
            default -> throw new IllegalArgumentException("no table " + table);
        };
    }

    /** Whether the table may stand several times, each begun by its name in double brackets. */
    public static boolean isRepeated(String table) {
        return table.equals(SEEDS) || table.equals(ALLOWED);
    }

    private static <T> Key.One<T> one(ConfigKey id, Kind<T> kind, T otherwise, String meaning) {
        return new Key.One<>(id, kind, otherwise, "", "", meaning);
    }

    private static <T> Key.One<T> varying(ConfigKey id, Kind<T> kind, String words, String example,
            String meaning) {
        return new Key.One<>(id, kind, null, words, example, meaning);
    }

    private static <T> Key.Many<T> many(ConfigKey id, Kind<T> kind, List<T> otherwise, String words,
            String meaning) {
        return new Key.Many<>(id, kind, otherwise, words, meaning);
    }

    private static Parsed<Path> absolutePath(String text) {
        try {
            Path path = Path.of(text);
            return path.isAbsolute() ? Parsed.valid(path) : Parsed.invalid("");
        } catch (InvalidPathException _) {
            return Parsed.invalid("");
        }
    }

    private static Parsed<PublicKey> soundKey(String text) {
        PublicKey key = PublicKey.ofPeerId(text);
        if (key == null) {
            return Parsed.invalid("");
        }
        KeyCheck.@Nullable Weakness weakness = KeyCheck.weakness(key);
        return weakness == null ? Parsed.valid(key) : Parsed.invalid("the key " + weakness.text());
    }

    /** A text that may be empty, which means none. */
    private static <T> Kind<List<T>> optional(String expected, Function<String, Parsed<T>> parser) {
        return Kind.parsed(expected, text -> {
            if (text.isEmpty()) {
                return Parsed.valid(List.of());
            }
            return switch (parser.apply(text)) {
                case Parsed.Valid<T>(var value) -> Parsed.valid(List.of(value));
                case Parsed.Invalid<T>(var faults) -> new Parsed.Invalid<>(faults);
            };
        });
    }
}
