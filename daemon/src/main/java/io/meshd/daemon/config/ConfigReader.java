package io.meshd.daemon.config;

import com.fasterxml.jackson.databind.JsonNode;
import io.meshd.daemon.files.Home;
import io.meshd.identity.HostPort;
import io.meshd.identity.IpAddress;
import io.meshd.identity.NodeName;
import io.meshd.identity.OverlayAddresses;
import io.meshd.identity.Parsed;
import io.meshd.identity.Prefix;
import io.meshd.identity.TrustEntry;
import io.meshd.protocol.NetworkId;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Makes a {@link Config} of a parsed file: every key of the contract, its default and its rule. */
final class ConfigReader {
    private static final String NETWORK_DEFAULT = "default";
    private static final String INTERFACE_DEFAULT = "mesh0";
    private static final int MTU_DEFAULT = 1420;
    // IPv6 needs 1280; the greatest datagram less the tunnel's own 80 bytes of overhead is the upper end.
    private static final int MTU_MIN = 1280;
    private static final int MTU_MAX = 65_455;
    private static final int LENGTH_DEFAULT_V4 = 24;
    private static final int LENGTH_DEFAULT_V6 = 64;
    private static final int RELAYED_DEFAULT = 32;
    private static final int RELAYED_MAX = 4096;
    private static final int BITS_MAX = 128;
    private static final List<Prefix> RANGES_DEFAULT = Stream.of(OverlayAddresses.DEFAULT.v4(),
            OverlayAddresses.DEFAULT.v6()).filter(Objects::nonNull).toList();
    private static final Pattern FINGERPRINT = Pattern.compile("SHA256:[A-Za-z0-9+/]{43}");
    private static final List<String> LEVELS = List.of("trace", "debug", "info", "warn", "error");

    /** Keys of features that later versions bring; each leaves this list with its feature. */
    private static final Set<String> LATER = Set.of("metrics.listen");

    private static final String OPEN = "this node is open: anyone who reaches its UDP port can join the mesh, under any "
            + "name that is free; `meshd trust` the peers and set it back to close the door";

    private static final Kind<String> PEER = Kind.text("a peer_id or the name of a peer", BootstrapPeer::isPeer);
    private static final Kind<Prefix> PREFIX = Kind.parsed("a prefix such as \"10.42.1.0/24\"", Prefix::parse);
    private static final Kind<HostPort> HOST_PORT = Kind.parsed("HOST:PORT", HostPort::parse);

    private final Draft draft;
    private final Section root;
    private final Home home;
    private final Overrides overrides;
    private final String hostName;

    ConfigReader(Draft draft, JsonNode document, Home home, Overrides overrides, String hostName) {
        this.draft = draft;
        this.root = new Section(draft, "", document);
        this.home = home;
        this.overrides = overrides;
        this.hostName = hostName;
    }

    /** Reads all; errors are in the draft, so that the result is of use only when there are none. */
    Config read(@Nullable Path file) {
        Config.Node node = node(root.section("node"));
        Config.Tun tun = tun(root.section("tun"), node.prefixes());
        List<BootstrapPeer> seeds = seeds(root.sections("bootstrap_peers"));
        List<TrustEntry> allowed = AllowedPeers.read(root.sections("allowed_peers"), file);
        Config.Policy policy = policy(root.section("policy"));
        Config.Relay relay = relay(root.section("relay"));
        Config.Nat nat = nat(root.section("nat"));
        Config.Log log = log(root.section("log"));
        Config.Metrics metrics = metrics(root.section("metrics"));
        root.close();
        warnOfWhatIsOpenOrLater();
        return new Config(file, node, tun, seeds, allowed, policy, relay, nat, log, metrics, draft.settings(),
                draft.warnings());
    }

    private void warnOfWhatIsOpenOrLater() {
        if (overrides.open()) {
            draft.warning(new Problem(null, 0, "--open", OPEN));
        } else if (draft.settings().stream().anyMatch(ConfigReader::opens)) {
            draft.warning("policy.strict_allowlist", OPEN);
        }
        for (Setting setting : draft.settings()) {
            if (setting.origin() instanceof Origin.File && LATER.contains(setting.key())) {
                draft.warning(setting.key(), "has no effect in this version");
            }
        }
    }

    private static boolean opens(Setting setting) {
        return setting.key().equals("policy.strict_allowlist") && Boolean.FALSE.equals(setting.value());
    }

    private Config.Node node(Section section) {
        String name = section.read("name", Kind.text("a name by the rule " + NodeName.RULE, NodeName::isValid),
                NodeName.fit(hostName));
        String network = section.read("network_id", Kind.text("1 to 63 of a-z 0-9 . _ -", NetworkId::isValid),
                NETWORK_DEFAULT);
        Path identity = section.read("identity_path", Kind.parsed("an absolute path", ConfigReader::absolutePath),
                home.identity());
        String fingerprint = section.read("fingerprint", Kind.text("\"\" or a fingerprint such as \"SHA256:…\"",
                text -> text.isEmpty() || FINGERPRINT.matcher(text).matches()), "");
        int port = section.read("listen_port", Kind.number(0, 65_535), Config.PORT_DEFAULT);
        List<Prefix> prefixes = section.readList("prefixes", PREFIX, List.of());
        requireDisjoint(section, prefixes);
        section.close();
        return new Config.Node(name, network, identity, fingerprint.isEmpty() ? null : fingerprint, port, prefixes);
    }

    private static void requireDisjoint(Section section, List<Prefix> prefixes) {
        for (int i = 0; i < prefixes.size(); i++) {
            for (int j = 0; j < i; j++) {
                if (isConflict(prefixes.get(i), prefixes.get(j))) {
                    section.problem("prefixes[" + i + "]",
                            prefixes.get(i) + " overlaps " + prefixes.get(j) + ": keep one of them");
                }
            }
        }
    }

    /** A default route is exempt: whatever is longer is taken out of it. */
    private static boolean isConflict(Prefix one, Prefix other) {
        return one.overlaps(other) && (one.equals(other) || !(one.isDefaultRoute() || other.isDefaultRoute()));
    }

    private Config.Tun tun(Section section, List<Prefix> owned) {
        String name = section.read("name",
                Kind.text("1 to 15 bytes without \"/\", \":\" and blanks, not \".\" or \"..\"", InterfaceName::isValid),
                INTERFACE_DEFAULT);
        List<InterfaceAddress> addresses = addresses(section);
        for (InterfaceAddress address : addresses) {
            boolean sameFamily = owned.stream().anyMatch(p -> p.address().isV6() == address.address().isV6());
            if (sameFamily && owned.stream().noneMatch(prefix -> prefix.contains(address.address()))) {
                section.warning(section.has("address") ? "address" : "addresses", address
                        + " is in none of node.prefixes: peers drop what comes from it");
            }
        }
        OverlayAddresses deriveFrom = ranges(section);
        int mtu = section.read("mtu", Kind.number(MTU_MIN, MTU_MAX), MTU_DEFAULT);
        boolean enabled = section.read("enabled", Kind.flag(), true);
        section.close();
        if (overrides.noTun()) {
            draft.setting(new Setting("tun.enabled", false, new Origin.Option("--no-tun")));
        }
        return new Config.Tun(name, addresses, deriveFrom, mtu, enabled && !overrides.noTun());
    }

    private static OverlayAddresses ranges(Section section) {
        List<Prefix> ranges = section.readList("derive_from", PREFIX, RANGES_DEFAULT);
        return switch (OverlayAddresses.of(ranges)) {
            case Parsed.Valid(var valid) -> valid;
            case Parsed.Invalid<OverlayAddresses> invalid -> {
                section.problem("derive_from",
                        "expected at most one range a family, wide enough: " + invalid.message());
                yield OverlayAddresses.DEFAULT;
            }
        };
    }

    private static List<InterfaceAddress> addresses(Section section) {
        IpAddress single = section.readOrNull("address", Kind.parsed("an address such as \"10.42.0.1\"",
                text -> text.contains("/")
                        ? Parsed.invalid("its length belongs to prefix_len")
                        : IpAddress.parse(text)));
        int bits = single == null ? BITS_MAX : single.bits();
        int otherwise = single != null && single.isV6() ? LENGTH_DEFAULT_V6 : LENGTH_DEFAULT_V4;
        int length = section.read("prefix_len", Kind.number(0, bits), otherwise);
        List<InterfaceAddress> several = section.readList("addresses",
                Kind.parsed("an address with its length such as \"10.42.0.1/24\"", InterfaceAddress::parse),
                List.of());
        if (section.has("address") && !several.isEmpty()) {
            section.problem("addresses", "stands instead of address and prefix_len: remove one or the other");
        }
        if (section.has("prefix_len") && !section.has("address")) {
            section.problem("prefix_len", "belongs to address: set tun.address as well");
        }
        return single == null || length > single.bits() ? several : List.of(new InterfaceAddress(single, length));
    }

    private List<BootstrapPeer> seeds(List<Section> sections) {
        List<BootstrapPeer> seeds = new ArrayList<>(overrides.seeds());
        for (Section section : sections) {
            String peer = section.readOrNull("peer_id", PEER);
            BootstrapPeer.Place place = section.readRequired("address",
                    Kind.parsed(BootstrapPeer.EXPECTED, BootstrapPeer::place));
            section.close();
            if (place != null) {
                seeds.add(new BootstrapPeer(peer, place));
            }
        }
        for (int i = 0; i < overrides.seeds().size(); i++) {
            draft.setting(new Setting("seed[" + i + "]", overrides.seeds().get(i).toString(),
                    new Origin.Option("--seed")));
        }
        return seeds;
    }

    private Config.Policy policy(Section section) {
        boolean strict = section.read("strict_allowlist", Kind.flag(), true);
        boolean relay = section.read("allow_relay", Kind.flag(), true);
        boolean signaling = section.read("allow_signaling_upgrade", Kind.flag(), true);
        section.close();
        if (overrides.open()) {
            draft.setting(new Setting("policy.strict_allowlist", false, new Origin.Option("--open")));
        }
        return new Config.Policy(strict && !overrides.open(), relay, signaling);
    }

    private static Config.Relay relay(Section section) {
        boolean serve = section.read("serve", Kind.flag(), true);
        int peers = section.read("max_peers", Kind.number(0, RELAYED_MAX), RELAYED_DEFAULT);
        long rate = section.read("max_bytes_per_second", Kind.size(), 0L);
        section.close();
        return new Config.Relay(serve, peers, rate);
    }

    private static Config.Nat nat(Section section) {
        List<HostPort> servers = section.readList("stun_servers", HOST_PORT, List.of());
        boolean mapping = section.read("port_mapping", Kind.flag(), true);
        boolean lan = section.read("lan_discovery", Kind.flag(), true);
        section.close();
        return new Config.Nat(servers, mapping, lan);
    }

    private static Config.Log log(Section section) {
        String level = section.read("level", Kind.oneOf(LEVELS), "info");
        String format = section.read("format", Kind.oneOf(List.of("text", "json")), "text");
        section.close();
        return new Config.Log(Config.Level.valueOf(level.toUpperCase(Locale.ROOT)), format);
    }

    private static Config.Metrics metrics(Section section) {
        String listen = section.read("listen", Kind.parsed("\"\" or HOST:PORT",
                text -> text.isEmpty()
                        ? Parsed.valid("")
                        : HostPort.parse(text) instanceof Parsed.Invalid<HostPort>(var f)
                                ? new Parsed.Invalid<>(f)
                                : Parsed.valid(text)),
                "");
        section.close();
        return new Config.Metrics(listen.isEmpty() ? null : HostPort.parse(listen).orNull());
    }

    private static Parsed<Path> absolutePath(String text) {
        try {
            Path path = Path.of(text);
            return path.isAbsolute() ? Parsed.valid(path) : Parsed.invalid("");
        } catch (InvalidPathException _) {
            return Parsed.invalid("");
        }
    }
}
