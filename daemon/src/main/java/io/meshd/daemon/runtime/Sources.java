package io.meshd.daemon.runtime;

import io.meshd.daemon.node.RelaySettings;
import io.meshd.daemon.config.BootstrapPeer;
import io.meshd.daemon.config.Config;
import io.meshd.daemon.config.ConfigException;
import io.meshd.daemon.config.ConfigLoader;
import io.meshd.daemon.config.Devices;
import io.meshd.daemon.config.KnownPeers;
import io.meshd.daemon.config.Setup;
import io.meshd.daemon.config.Side;
import io.meshd.daemon.config.TrustReading;
import io.meshd.daemon.config.TrustStore;
import io.meshd.daemon.config.TrustWatcher;
import io.meshd.daemon.files.Home;
import io.meshd.daemon.node.NodeSettings;
import io.meshd.daemon.node.PeerGrant;
import io.meshd.discovery.Seed;
import io.meshd.discovery.SeedSource;
import io.meshd.identity.AuthorizedKey;
import io.meshd.identity.HostPort;
import io.meshd.identity.Expiry;
import io.meshd.identity.Identity;
import io.meshd.identity.IpAddress;
import io.meshd.identity.KeyCheck;
import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import io.meshd.identity.Trust;
import io.meshd.identity.TrustedPeer;
import io.meshd.identity.TunnelKey;
import io.meshd.protocol.Capability;
import io.meshd.protocol.NodeRecord;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Where a daemon gets what it is told: configuration, identity, trust; translated into the node's words. */
final class Sources implements AutoCloseable {
    /** As the log calls peers without a name. */
    private static final int EXPECTED_NAME_CHARACTERS = 8;

    private final Home home;
    private final ConfigLoader loader;
    private final InstantSource clock;
    private final KnownPeers known;
    private @Nullable TrustWatcher watcher;

    /**
     * All of it at one moment.
     *
     * @param reading what the trust files say
     * @param trust   whom to trust; of an open node with those that it let in
     * @param plan    for the node; of an open one with the keys that only seeds name, which own nothing until they greet
     */
    record Loaded(Setup setup, TrustReading reading, Trust trust, NodePlan plan) {
        boolean isOpen() {
            return !config().policy().strictAllowlist();
        }

        /** Whether no trust file lists the peer: it came to an open node by itself, or a seed names it. */
        boolean isNewcomer(PublicKey key) {
            return isOpen() && reading.trust().peer(key) == null;
        }

        Config config() {
            return setup.config();
        }

        Identity identity() {
            return setup.identity();
        }

        /** For a comparison with another set-up. */
        Side side() {
            return side(identity().publicKey());
        }

        /** The same, with the key of the identity that is on disk. */
        Side side(PublicKey key) {
            return new Side(config(), trust, key);
        }

        /** Ranges that are no way to reach a host from outside the mesh. */
        List<Prefix> overlayRanges() {
            return plan.overlays().stream().map(RouteKeeper.Overlay::range).toList();
        }

        /** Until when peers are trusted, by name; those without an end are missing. */
        Map<String, Instant> expiries() {
            Map<String, Instant> expiries = new LinkedHashMap<>();
            trust.peers().forEach(peer -> {
                Expiry expiry = peer.expires();
                if (expiry != null) {
                    expiries.put(peer.name(), expiry.moment());
                }
            });
            return expiries;
        }

        Map<PublicKey, String> names() {
            Map<PublicKey, String> names = new LinkedHashMap<>();
            trust.peers().forEach(peer -> {
                PublicKey key = peer.key();
                if (key != null) {
                    names.put(key, peer.name());
                }
            });
            return names;
        }

        Map<TunnelKey, String> tunnelNames() {
            Map<TunnelKey, String> names = new LinkedHashMap<>();
            trust.peers().forEach(peer -> names.put(peer.tunnelKey(), peer.name()));
            return names;
        }
    }

    Sources(Home home, ConfigLoader loader, InstantSource clock) {
        this.home = home;
        this.loader = loader;
        this.clock = clock;
        this.known = KnownPeers.of(home);
    }

    /** Reads everything; the identity is made when there is none. */
    Loaded load() throws ConfigException, IOException {
        Setup setup = Setup.read(home, loader, clock.instant());
        return loaded(setup, setup.trust());
    }

    /**
     * What would take the place of what was loaded.
     *
     * @param key of the identity on disk, which may be another than the running node's
     */
    record Reread(Loaded loaded, PublicKey key) {}

    /** Reads everything anew, and changes nothing yet. */
    Reread reread(Loaded before) throws ConfigException, IOException {
        return reread(before, loader, home.trustDirectories());
    }

    /** The same from another configuration, and from another directory than the operator's, where one is given. */
    Reread reread(Loaded before, @Nullable String config, @Nullable String trust) throws ConfigException, IOException {
        ConfigLoader other = config == null ? loader : new ConfigLoader(home, Path.of(config), loader.overrides());
        List<Path> directories = new ArrayList<>(home.trustDirectories());
        if (trust != null) {
            directories.set(directories.indexOf(home.operatorTrust()), Path.of(trust));
        }
        return reread(before, other, directories);
    }

    private Reread reread(Loaded before, ConfigLoader from, List<Path> trustDirectories)
            throws ConfigException, IOException {
        Setup.Reread next = before.setup().reread(home, from, trustDirectories, clock.instant());
        return new Reread(loaded(next.setup(), next.setup().trust()), next.key());
    }

    /** The trust that is watched follows the new configuration. */
    void adopt(Loaded now) {
        now.setup().store().reconfigure(now.config().allowedPeers(),
                now.config().self(now.identity().publicKey()));
    }

    /** The same with this trust; who came to an open node is read anew. */
    Loaded loaded(Setup setup, TrustReading reading) {
        Config config = setup.config();
        boolean open = !config.policy().strictAllowlist();
        List<String> warnings = new ArrayList<>(reading.warnings());
        config.warnings().forEach(warning -> warnings.add(warning.toString()));
        Trust trust = open ? joined(setup, reading.trust(), warnings) : reading.trust();
        List<RouteKeeper.Overlay> overlays = config.interfaceAddresses(setup.identity().publicKey()).stream()
                .map(address -> new RouteKeeper.Overlay(address.address(), address.length())).toList();
        warnings.addAll(Setup.strangers(config, trust));
        List<PeerGrant> grants = new ArrayList<>();
        for (TrustedPeer peer : trust.peers()) {
            PeerGrant grant = grant(peer, warnings);
            if (grant != null) {
                grants.add(grant);
            }
        }
        if (open) {
            grants.addAll(expected(setup, trust));
        }
        NodeSettings settings = new NodeSettings(config.node().name(), config.node().networkId(),
                overlays.stream().map(RouteKeeper.Overlay::address).toList(), claims(trust, warnings),
                config.tun().mtu(),
                capabilities(config),
                new RelaySettings(config.policy().allowRelay(), config.relay().serve(), config.relay().maxPeers(),
                        config.relay().maxBytesPerSecond()));
        NodePlan plan = new NodePlan(settings, grants, overlays, seeds(config, trust), txtDomains(config),
                config.nat().stunServers(), config.policy().allowSignalingUpgrade(), warnings);
        return new Loaded(setup, reading, trust, plan);
    }

    /**
     * What this node says is to be sent to it: its own, and what its stock devices own outside of that, since nobody else
     * leads to them. Default routes are claimed by configuration only.
     */
    private static List<Prefix> claims(Trust trust, List<String> warnings) {
        List<Prefix> claims = new ArrayList<>(trust.ownPrefixes());
        for (TrustedPeer peer : trust.peers()) {
            for (Prefix prefix : Devices.outside(trust, peer)) {
                if (claims.size() < NodeRecord.PREFIXES_MAX) {
                    claims.add(prefix);
                } else {
                    warnings.add("nobody is told that " + prefix + " of " + peer.name()
                            + " is reached through this node: "
                            + "it can claim " + NodeRecord.PREFIXES_MAX + " prefixes; put devices into node.prefixes");
                }
            }
        }
        return claims;
    }

    private static long capabilities(Config config) {
        return (config.relay().serve() ? Capability.RELAY : 0)
                | (config.policy().allowRelay() ? 0 : Capability.NO_RELAYED)
                | (config.policy().allowSignalingUpgrade() ? 0 : Capability.NO_SIGNALS);
    }

    private Trust joined(Setup setup, Trust trust, List<String> warnings) {
        try {
            return known.join(trust, setup.config().self(setup.identity().publicKey()), clock.instant(), warnings);
        } catch (IOException e) {
            warnings.add("whom this open node knows is left out: " + e.getMessage());
            return trust;
        }
    }

    /** Whom the operator of an open node told it to look for by key: they own nothing until they have said their name. */
    private static Collection<PeerGrant> expected(Setup setup, Trust trust) {
        Map<TunnelKey, PeerGrant> expected = new LinkedHashMap<>();
        for (BootstrapPeer seed : setup.config().bootstrapPeers()) {
            PublicKey key = seed.peer() == null ? null : PublicKey.ofPeerId(seed.peer());
            if (key != null && KeyCheck.weakness(key) == null && trust.peer(key.tunnelKey()) == null
                    && !key.tunnelKey().equals(setup.identity().publicKey().tunnelKey())) {
                expected.putIfAbsent(key.tunnelKey(), new PeerGrant(key.peerId().substring(0, EXPECTED_NAME_CHARACTERS),
                        key, key.tunnelKey(), List.of(), false, null, null, 0));
            }
        }
        return expected.values();
    }

    /** What trust grants a peer; null when its preshared key cannot be had, since without it nothing may pass. */
    private static @Nullable PeerGrant grant(TrustedPeer peer, List<String> warnings) {
        InetSocketAddress endpoint = null;
        int keepalive = 0;
        if (peer.entry() instanceof AuthorizedKey.Stock stock) {
            endpoint = stock.endpoint() == null ? null : resolve(stock.endpoint(), warnings);
            keepalive = stock.persistentKeepaliveSeconds();
        }
        try {
            return new PeerGrant(peer.name(), peer.key(), peer.tunnelKey(), peer.prefixes(), peer.relay(),
                    TrustStore.presharedKey(peer), endpoint, keepalive);
        } catch (IOException e) {
            warnings.add(peer.name() + " is left out: " + e.getMessage());
            return null;
        }
    }

    /** A stock device's name is looked up once, as {@code wg} does. */
    private static @Nullable InetSocketAddress resolve(HostPort place, List<String> warnings) {
        try {
            IpAddress address = place.address();
            InetAddress host = address == null ? InetAddress.getByName(place.host()) : address.toInetAddress();
            return new InetSocketAddress(host, place.port());
        } catch (UnknownHostException _) {
            warnings.add("endpoint " + place + " cannot be looked up: check the name, then `meshd reload`");
            return null;
        }
    }

    private Map<SeedSource, List<Seed>> seeds(Config config, Trust trust) {
        Map<SeedSource, List<Seed>> seeds = new EnumMap<>(SeedSource.class);
        int fromCommandLine = loader.overrides().seeds().size();
        List<Seed> typed = new ArrayList<>();
        List<Seed> configured = new ArrayList<>();
        int index = 0;
        for (BootstrapPeer peer : config.bootstrapPeers()) {
            boolean isTyped = index++ < fromCommandLine;
            if (peer.place() instanceof BootstrapPeer.Place.Udp(HostPort at)) {
                (isTyped ? typed : configured).add(new Seed(
                        isTyped ? SeedSource.COMMAND_LINE : SeedSource.BOOTSTRAP_PEERS, at, key(peer.peer(), trust)));
            }
        }
        List<Seed> trusted = new ArrayList<>();
        for (TrustedPeer peer : trust.peers()) {
            if (peer.entry() instanceof AuthorizedKey.Member member && member.seed() != null) {
                trusted.add(new Seed(SeedSource.TRUST, member.seed(), member.key()));
            }
        }
        seeds.put(SeedSource.COMMAND_LINE, typed);
        seeds.put(SeedSource.BOOTSTRAP_PEERS, configured);
        seeds.put(SeedSource.TRUST, trusted);
        return seeds;
    }

    private static @Nullable PublicKey key(@Nullable String named, Trust trust) {
        if (named == null) {
            return null;
        }
        PublicKey key = PublicKey.ofPeerId(named);
        TrustedPeer peer = key == null ? trust.peer(named) : trust.peer(key);
        return peer == null ? key : peer.key();
    }

    private static List<String> txtDomains(Config config) {
        return config.bootstrapPeers().stream()
                .flatMap(peer -> peer.place() instanceof BootstrapPeer.Place.Txt(String domain)
                        ? java.util.stream.Stream.of(domain)
                        : java.util.stream.Stream.empty())
                .toList();
    }

    /** Tells of every change in the trust directories and of trust that ends, within a second. */
    void watchTrust(Loaded now, Consumer<TrustReading> changed) throws IOException {
        watcher = TrustWatcher.start(now.setup().store(), clock, changed);
    }

    @Override
    public void close() throws IOException {
        if (watcher != null) {
            watcher.close();
        }
    }
}
