package io.meshd.daemon.config;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Every key of the configuration, in the order of the contract, and whether a reload applies it. */
public enum ConfigKey {
    NODE_NAME("node.name"),
    NETWORK_ID("node.network_id", "another mesh: every session, record and remembered peer belongs to this one"),
    IDENTITY_PATH("node.identity_path", "another identity is another node"),
    FINGERPRINT("node.fingerprint"),
    LISTEN_PORT("node.listen_port"),
    PREFIXES("node.prefixes"),
    TUN_NAME("tun.name", "the interface is made anew under another name"),
    TUN_ADDRESS("tun.address"),
    TUN_PREFIX_LEN("tun.prefix_len"),
    TUN_ADDRESSES("tun.addresses"),
    DERIVE_FROM("tun.derive_from", "every node's derived address changes with it"),
    MTU("tun.mtu"),
    TUN_ENABLED("tun.enabled", "the interface is made at the start or not at all"),
    SEED_PEER("bootstrap_peers.peer_id"),
    SEED_ADDRESS("bootstrap_peers.address"),
    ALLOWED_NAME("allowed_peers.name"),
    ALLOWED_PEER("allowed_peers.peer_id"),
    ALLOWED_PREFIX("allowed_peers.prefix"),
    ALLOWED_PREFIXES("allowed_peers.prefixes"),
    ALLOWED_RELAY("allowed_peers.relay_capable"),
    ALLOWED_EXPIRES("allowed_peers.expires"),
    ALLOWED_SEED("allowed_peers.seed"),
    STRICT_ALLOWLIST("policy.strict_allowlist"),
    ALLOW_RELAY("policy.allow_relay"),
    ALLOW_SIGNALING("policy.allow_signaling_upgrade"),
    RELAY_SERVE("relay.serve"),
    RELAY_PEERS("relay.max_peers"),
    RELAY_RATE("relay.max_bytes_per_second"),
    STUN_SERVERS("nat.stun_servers"),
    PORT_MAPPING("nat.port_mapping"),
    LAN_DISCOVERY("nat.lan_discovery"),
    LOG_LEVEL("log.level"),
    LOG_FORMAT("log.format"),
    METRICS_LISTEN("metrics.listen");

    private final String key;
    private final @Nullable String whyRestart;

    /** A key that a reload applies. */
    ConfigKey(String key) {
        this(key, null);
    }

    /** A key that only a restart applies, for this reason. */
    ConfigKey(String key, @Nullable String whyRestart) {
        this.key = key;
        this.whyRestart = whyRestart;
    }

    /** As it stands in the file, tables and arrays of tables alike: {@code allowed_peers.name}. */
    public String key() {
        return key;
    }

    /** Whether it cannot change while the daemon runs. */
    public boolean needsRestart() {
        return whyRestart != null;
    }

    /** Why it cannot change while the daemon runs; null when it can. */
    public @Nullable String whyRestart() {
        return whyRestart;
    }

    /**
     * The key of a setting: {@code allowed_peers[2].name} stands for {@code allowed_peers.name}.
     *
     * @return null when there is no such key
     */
    public static @Nullable ConfigKey of(String setting) {
        String plain = setting.replaceAll("\\[\\d+]", "");
        return Arrays.stream(values()).filter(one -> one.key.equals(plain)).findFirst().orElse(null);
    }

    /** All keys that a reload cannot apply. */
    public static List<ConfigKey> restarting() {
        return Arrays.stream(values()).filter(ConfigKey::needsRestart).toList();
    }
}
