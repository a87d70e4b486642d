package io.meshd.daemon.control;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a reload changed.
 *
 * @param applied      whether the new configuration is in force; false when a key needs a restart
 * @param changes      what is different, in the order of the configuration
 * @param needsRestart keys that cannot change while the daemon runs; when there are any, nothing was applied
 * @param warnings     what the operator should know
 */
public record ReloadReport(boolean applied, List<Change> changes, List<String> needsRestart, List<String> warnings) {
    public ReloadReport {
        changes = List.copyOf(changes);
        needsRestart = List.copyOf(needsRestart);
        warnings = List.copyOf(warnings);
    }

    /**
     * One difference.
     *
     * @param key  of the configuration, or "trust.NAME"
     * @param from the old value; null when there was none
     * @param to   the new value; null when there is none
     */
    public record Change(String key, @Nullable String from, @Nullable String to) {}
}
