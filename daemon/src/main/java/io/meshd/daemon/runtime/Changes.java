package io.meshd.daemon.runtime;

import io.meshd.daemon.config.Setting;
import io.meshd.daemon.control.ReloadReport;
import io.meshd.identity.TrustedPeer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** What a reload changes, and which of it cannot change while the daemon runs. */
final class Changes {
    /** These are built into sockets, the interface or the identity of the run. */
    private static final Set<String> NEED_RESTART = Set.of("node.identity_path", "node.fingerprint", "node.listen_port",
            "node.network_id", "tun.name", "tun.mtu", "tun.enabled", "tun.derive_from", "metrics.listen");

    private Changes() {}

    static ReloadReport between(Sources.Loaded before, Sources.Loaded after) {
        List<ReloadReport.Change> changes = new ArrayList<>();
        List<String> needsRestart = new ArrayList<>();
        Map<String, String> old = settings(before);
        Map<String, String> fresh = settings(after);
        Set<String> keys = new LinkedHashSet<>(old.keySet());
        keys.addAll(fresh.keySet());
        for (String key : keys) {
            if (!Objects.equals(old.get(key), fresh.get(key))) {
                changes.add(new ReloadReport.Change(key, old.get(key), fresh.get(key)));
                if (NEED_RESTART.contains(key)) {
                    needsRestart.add(key);
                }
            }
        }
        trust(before, after, changes);
        return new ReloadReport(needsRestart.isEmpty(), changes, needsRestart, after.plan().warnings());
    }

    private static Map<String, String> settings(Sources.Loaded loaded) {
        Map<String, String> values = new LinkedHashMap<>();
        for (Setting setting : loaded.config().settings()) {
            values.put(setting.key(), String.valueOf(setting.value()));
        }
        return values;
    }

    private static void trust(Sources.Loaded before, Sources.Loaded after, List<ReloadReport.Change> changes) {
        Map<String, String> old = trust(before);
        Map<String, String> fresh = trust(after);
        Set<String> names = new LinkedHashSet<>(old.keySet());
        names.addAll(fresh.keySet());
        for (String name : names) {
            if (!Objects.equals(old.get(name), fresh.get(name))) {
                changes.add(new ReloadReport.Change("trust." + name, old.get(name), fresh.get(name)));
            }
        }
    }

    private static Map<String, String> trust(Sources.Loaded loaded) {
        Map<String, String> entries = new LinkedHashMap<>();
        for (TrustedPeer peer : loaded.trust().peers()) {
            entries.put(peer.name(), peer.entry().text().strip());
        }
        return entries;
    }
}
