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
import io.meshd.protocol.NodeRecord;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Makes a {@link Config} of a parsed file: every key of the contract, its default and its rule. */
final class ConfigReader {
    private static final int LENGTH_DEFAULT_V4 = 24;
    private static final int LENGTH_DEFAULT_V6 = 64;

    private static final String OPEN = "this node is open: anyone who reaches its UDP port can join the mesh, under any "
            + "name that is free; `meshd trust` the peers and set it back to close the door";

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
        Config.Node node = node(root.section(Keys.NODE));
        Config.Tun tun = tun(root.section(Keys.TUN), node.prefixes());
        List<BootstrapPeer> seeds = seeds(root.sections(Keys.SEEDS));
        List<TrustEntry> allowed = AllowedPeers.read(root.sections(Keys.ALLOWED), file);
        Config.Policy policy = policy(root.section(Keys.POLICY));
        Config.Relay relay = relay(root.section(Keys.RELAY));
        Config.Nat nat = nat(root.section(Keys.NAT));
        Config.Log log = log(root.section(Keys.LOG));
        Config.Metrics metrics = metrics(root.section(Keys.METRICS));
        root.close();
        warnOfWhatIsOpen();
        Config config = new Config(file, node, tun, seeds, allowed, policy, relay, nat, log, metrics, draft.settings(),
                draft.warnings());
        requireClaimable(config);
        return config;
    }

    /** All that this node owns is to stand in one record, with an address of its own where a family has none. */
    private void requireClaimable(Config config) {
        List<Prefix> owned = config.configuredPrefixes();
        OverlayAddresses ranges = config.tun().deriveFrom();
        long derived = Stream.of(ranges.v4(), ranges.v6()).filter(range -> range != null
                && owned.stream().noneMatch(prefix -> prefix.address().isV6() == range.address().isV6())).count();
        if (owned.size() + derived > NodeRecord.PREFIXES_MAX) {
            draft.problem(config.node().prefixes().isEmpty() ? "tun.addresses" : "node.prefixes",
                    "expected at most " + (NodeRecord.PREFIXES_MAX - derived) + " prefixes to claim, found "
                            + owned.size()
                            + ": one wider prefix may stand for several");
        }
    }

    private void warnOfWhatIsOpen() {
        if (overrides.open()) {
            draft.warning(new Problem(null, 0, "--open", OPEN));
        } else if (draft.settings().stream().anyMatch(ConfigReader::opens)) {
            draft.warning("policy.strict_allowlist", OPEN);
        }
    }

    private static boolean opens(Setting setting) {
        return setting.key().equals("policy.strict_allowlist") && Boolean.FALSE.equals(setting.value());
    }

    private Config.Node node(Section section) {
        String name = section.read(Keys.NAME, NodeName.fit(hostName));
        String network = section.read(Keys.NETWORK_ID);
        Path identity = section.read(Keys.IDENTITY_PATH, home.identity());
        String fingerprint = section.read(Keys.FINGERPRINT_KEY);
        int port = section.read(Keys.LISTEN_PORT);
        List<Prefix> prefixes = section.readList(Keys.PREFIXES);
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
        String name = section.read(Keys.INTERFACE);
        List<InterfaceAddress> addresses = addresses(section);
        for (InterfaceAddress address : addresses) {
            boolean sameFamily = owned.stream().anyMatch(p -> p.address().isV6() == address.address().isV6());
            if (sameFamily && owned.stream().noneMatch(prefix -> prefix.contains(address.address()))) {
                section.warning(section.has("address") ? "address" : "addresses", address
                        + " is in none of node.prefixes: peers drop what comes from it");
            }
        }
        OverlayAddresses deriveFrom = ranges(section);
        int mtu = section.read(Keys.MTU);
        boolean enabled = section.read(Keys.ENABLED);
        section.close();
        if (overrides.noTun()) {
            draft.setting(new Setting("tun.enabled", false, new Origin.Option("--no-tun")));
        }
        return new Config.Tun(name, addresses, deriveFrom, mtu, enabled && !overrides.noTun());
    }

    private static OverlayAddresses ranges(Section section) {
        List<Prefix> ranges = section.readList(Keys.DERIVE_FROM);
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
        IpAddress single = section.readOrNull(Keys.ADDRESS);
        int otherwise = single != null && single.isV6() ? LENGTH_DEFAULT_V6 : LENGTH_DEFAULT_V4;
        int length = section.read(Keys.PREFIX_LEN, otherwise);
        if (single != null && length > single.bits()) {
            section.problem("prefix_len", "expected a whole number from 0 to " + single.bits() + ", found " + length);
        }
        List<InterfaceAddress> several = section.readList(Keys.ADDRESSES);
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
            String peer = section.readOrNull(Keys.SEED_PEER);
            BootstrapPeer.Place place = section.readRequired(Keys.SEED_ADDRESS);
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
        boolean strict = section.read(Keys.STRICT);
        boolean relay = section.read(Keys.ALLOW_RELAY);
        boolean signaling = section.read(Keys.ALLOW_SIGNALING);
        section.close();
        if (overrides.open()) {
            draft.setting(new Setting("policy.strict_allowlist", false, new Origin.Option("--open")));
        }
        return new Config.Policy(strict && !overrides.open(), relay, signaling);
    }

    private static Config.Relay relay(Section section) {
        boolean serve = section.read(Keys.SERVE);
        int peers = section.read(Keys.MAX_PEERS);
        long rate = section.read(Keys.MAX_RATE);
        section.close();
        return new Config.Relay(serve, peers, rate);
    }

    private static Config.Nat nat(Section section) {
        List<HostPort> servers = section.readList(Keys.STUN_SERVERS);
        boolean mapping = section.read(Keys.PORT_MAPPING);
        boolean lan = section.read(Keys.LAN_DISCOVERY);
        section.close();
        return new Config.Nat(servers, mapping, lan);
    }

    private static Config.Log log(Section section) {
        String level = section.read(Keys.LEVEL);
        String format = section.read(Keys.FORMAT);
        section.close();
        return new Config.Log(Config.Level.valueOf(level.toUpperCase(Locale.ROOT)), format);
    }

    private static boolean isLoopback(HostPort where) {
        IpAddress address = where.address();
        return address == null || address.toInetAddress().isLoopbackAddress();
    }

    private static Config.Metrics metrics(Section section) {
        String listen = section.read(Keys.LISTEN);
        section.close();
        HostPort where = listen.isEmpty() ? null : HostPort.parse(listen).orNull();
        if (where != null && !isLoopback(where)) {
            section.warning("listen", "whoever reaches " + where + " can read names and traffic of the mesh there: "
                    + "let a firewall admit the monitor only, or listen on 127.0.0.1");
        }
        return new Config.Metrics(where);
    }
}
