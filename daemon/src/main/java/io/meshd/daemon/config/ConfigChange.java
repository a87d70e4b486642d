package io.meshd.daemon.config;

import io.meshd.identity.AuthorizedKey;
import io.meshd.identity.TrustEntry;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One difference between two configurations, as {@code reload} reports it.
 *
 * @param key          such as {@code log.level}, {@code bootstrap_peers}, or {@code allowed_peers.NAME}
 * @param from         the old value as text; null when there was none
 * @param to           the new value as text; null when there is none
 * @param needsRestart whether it cannot change while the daemon runs
 */
public record ConfigChange(String key, @Nullable String from, @Nullable String to, boolean needsRestart) {
    /** All differences: single keys in the order of the contract, then seeds, then trust by name. */
    public static List<ConfigChange> between(Config older, Config newer) {
        List<ConfigChange> changes = new ArrayList<>();
        compare(values(older), values(newer), changes);
        String seedsBefore = seeds(older);
        String seedsAfter = seeds(newer);
        if (!seedsBefore.equals(seedsAfter)) {
            changes.add(new ConfigChange("bootstrap_peers", seedsBefore, seedsAfter, false));
        }
        compare(trust(older), trust(newer), changes);
        return List.copyOf(changes);
    }

    private static void compare(Map<String, String> before, Map<String, String> after, List<ConfigChange> changes) {
        Map<String, String> all = new LinkedHashMap<>(before);
        all.putAll(after);
        for (String key : all.keySet()) {
            String from = before.get(key);
            String to = after.get(key);
            if (!Objects.equals(from, to)) {
                changes.add(new ConfigChange(key, from, to, needsRestart(key)));
            }
        }
    }

    private static boolean needsRestart(String setting) {
        ConfigKey key = ConfigKey.of(setting);
        return key != null && key.needsRestart();
    }

    /** Single keys; what stands in arrays of tables has no name of its own. */
    private static Map<String, String> values(Config config) {
        Map<String, String> values = new LinkedHashMap<>();
        for (Setting setting : config.settings()) {
            if (setting.key().indexOf('[') < 0) {
                values.put(setting.key(), setting.value().toString());
            }
        }
        return values;
    }

    private static String seeds(Config config) {
        return config.bootstrapPeers().stream().map(BootstrapPeer::toString).collect(Collectors.joining(", "));
    }

    private static Map<String, String> trust(Config config) {
        Map<String, String> entries = new LinkedHashMap<>();
        for (String name : new TreeSet<>(config.allowedPeers().stream().map(entry -> entry.key().name()).toList())) {
            entries.put("allowed_peers." + name, config.allowedPeers().stream().map(TrustEntry::key)
                    .filter(key -> key.name().equals(name)).map(AuthorizedKey::text).map(String::strip)
                    .collect(Collectors.joining("; ")));
        }
        return entries;
    }
}
