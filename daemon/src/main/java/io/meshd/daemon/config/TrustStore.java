package io.meshd.daemon.config;

import io.meshd.identity.AuthorizedKey;
import io.meshd.identity.PresharedKey;
import io.meshd.identity.Trust;
import io.meshd.identity.TrustEntry;
import io.meshd.identity.TrustedPeer;
import io.meshd.identity.TunnelKey;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Trust as it stands in the directories of authorized keys and in the configuration.
 *
 * <p>A file that is broken changes nothing: as long as it is there, what it said before holds. Safe for use by several
 * threads.
 */
public final class TrustStore {
    private final List<Path> directories;
    private List<TrustEntry> configured;
    private Trust.Self self;
    /** What each file said when it was last right. */
    private final Map<Path, AuthorizedKey> lastGood = new LinkedHashMap<>();
    private @Nullable Trust last;

    /**
     * Such a store; it reads nothing yet.
     *
     * @param directories where {@code *.pub} files stand
     * @param configured  the entries of the configuration
     * @param self        this node
     */
    public TrustStore(List<Path> directories, List<TrustEntry> configured, Trust.Self self) {
        this.directories = List.copyOf(directories);
        this.configured = List.copyOf(configured);
        this.self = self;
    }

    /** Goes on with another configuration; the next reading has it. */
    public synchronized void reconfigure(List<TrustEntry> newConfigured, Trust.Self newSelf) {
        configured = List.copyOf(newConfigured);
        self = newSelf;
    }

    /**
     * What is trusted now. Never fails: what cannot be read is a problem in the result.
     *
     * @param now entries past their expiry are left out
     */
    public synchronized TrustReading read(Instant now) {
        List<Problem> problems = new ArrayList<>();
        List<TrustEntry> entries = entries(problems);
        return switch (Trust.build(self, entries, now)) {
            case Trust.Consistent(Trust trust, List<Trust.Note> notes) -> {
                last = trust;
                yield new TrustReading(trust, problems, notes);
            }
            case Trust.Contradictory(List<Trust.Conflict> conflicts) -> {
                conflicts.forEach(conflict -> problems.add(problem(conflict)));
                yield new TrustReading(before(entries, now), problems, List.of());
            }
        };
    }

    /** Every entry, expired ones and contradictions included, in the order in which they were trusted. */
    public synchronized List<TrustEntry> entries() {
        return entries(new ArrayList<>());
    }

    /** What the next reading depends on; equal as long as no file was written and the configuration is the same. */
    record Stamp(List<TrustDirectory.Listed> files, List<TrustEntry> configured, Trust.Self self) {}

    synchronized Stamp stamp() {
        List<TrustDirectory.Listed> files = new ArrayList<>();
        for (Path directory : directories) {
            try {
                files.addAll(TrustDirectory.list(directory));
            } catch (IOException _) {
                // The reading that follows says what is wrong.
                files.add(new TrustDirectory.Listed(directory, 0, -1, null));
            }
        }
        return new Stamp(files, configured, self);
    }

    /** The directories that are read. */
    public List<Path> directories() {
        return directories;
    }

    /**
     * The preshared key of a peer, for the caller to destroy, or null when it has none.
     *
     * @throws IOException when the file cannot be used; the message says why
     */
    public static @Nullable PresharedKey presharedKey(TrustedPeer peer) throws IOException {
        return peer.entry().pskFile() == null
                ? null
                : TrustDirectory.presharedKey(Path.of(peer.source()), peer.entry());
    }

    private List<TrustEntry> entries(List<Problem> problems) {
        List<TrustEntry> entries = new ArrayList<>(configured);
        Map<Path, TrustDirectory.Content> seen = new LinkedHashMap<>();
        List<Path> unreadable = new ArrayList<>();
        for (Path directory : directories) {
            try {
                for (TrustDirectory.Listed file : TrustDirectory.list(directory)) {
                    if (file.path().toString().endsWith(TrustDirectory.SUFFIX)) {
                        seen.put(file.path(), TrustDirectory.read(file.path()));
                    }
                }
            } catch (IOException e) {
                problems.add(Problem.of(directory, e));
                unreadable.add(directory);
            }
        }
        Map<Path, AuthorizedKey> good = new LinkedHashMap<>();
        seen.forEach((path, content) -> {
            problems.addAll(content.problems());
            AuthorizedKey entry = content.entry() != null ? content.entry() : lastGood.get(path);
            if (entry != null) {
                good.put(path, entry);
            }
        });
        unreadable.forEach(directory -> lastGood.forEach((path, entry) -> {
            if (directory.equals(path.getParent())) {
                good.put(path, entry);
            }
        }));
        lastGood.clear();
        lastGood.putAll(good);
        good.forEach((path, entry) -> entries.add(new TrustEntry(entry, path.toString())));
        return entries;
    }

    /**
     * What was trusted before the entries began to contradict each other, nobody at first. What was removed or has
     * expired since is gone all the same: an error elsewhere must not keep the door open.
     */
    private Trust before(List<TrustEntry> entries, Instant now) {
        Trust before = last;
        if (before == null) {
            return Trust.empty(self);
        }
        Set<TunnelKey> present = new HashSet<>();
        entries.forEach(entry -> present.add(entry.key().tunnelKey()));
        List<TrustEntry> still = before.peers().stream().filter(peer -> present.contains(peer.tunnelKey()))
                .map(peer -> new TrustEntry(peer.entry(), peer.source())).toList();
        if (Trust.build(self, still, now) instanceof Trust.Consistent(Trust trust, var _)) {
            last = trust;
            return trust;
        }
        return Trust.empty(self);
    }

    private static Problem problem(Trust.Conflict conflict) {
        return new Problem(null, 0, "", conflict.toString());
    }
}
