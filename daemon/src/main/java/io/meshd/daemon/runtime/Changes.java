package io.meshd.daemon.runtime;

import io.meshd.daemon.config.ConfigChange;
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
    private Changes() {}

    static ReloadReport between(Sources.Loaded before, Sources.Loaded after) {
        List<ReloadReport.Change> changes = new ArrayList<>();
        List<String> needsRestart = new ArrayList<>();
        for (ConfigChange change : ConfigChange.between(before.config(), after.config())) {
            changes.add(new ReloadReport.Change(change.key(), change.from(), change.to()));
            if (change.needsRestart()) {
                needsRestart.add(change.key());
            }
        }
        trust(before, after, changes);
        return new ReloadReport(needsRestart.isEmpty(), changes, needsRestart, after.plan().warnings());
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
