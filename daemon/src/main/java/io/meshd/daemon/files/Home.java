package io.meshd.daemon.files;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where one daemon keeps its files: the system's paths, or all under one directory.
 *
 * @param directory         what {@code --home} or {@code MESHD_HOME} names; null for the system's paths
 * @param config            the configuration, which need not exist
 * @param trustDirectories  where {@code *.pub} files stand; the first is the operator's, the last the daemon's own
 * @param identity          the secret key, unless the configuration names another place
 * @param state             what the daemon remembers between runs
 * @param run               what ends with the daemon: socket and pid file
 */
public record Home(@Nullable Path directory, Path config, List<Path> trustDirectories, Path identity, Path state,
        Path run) {
    /** The environment variable that stands for {@code --home}. */
    public static final String VARIABLE = "MESHD_HOME";

    private static final Path ETC = Path.of("/etc/meshd");
    private static final Path LIB = Path.of("/var/lib/meshd");

    public Home {
        trustDirectories = List.copyOf(trustDirectories);
    }

    /** The paths of the daemon that belongs to the system. */
    public static Home system() {
        return new Home(null, ETC.resolve("meshd.toml"),
                List.of(ETC.resolve("authorized_keys"), LIB.resolve("authorized_keys")), LIB.resolve("identity"), LIB,
                Path.of("/run/meshd"));
    }

    /**
     * All paths under one directory.
     *
     * @param directory an absolute path, which need not exist
     */
    public static Home at(Path directory) {
        if (!directory.isAbsolute()) {
            throw new IllegalArgumentException(directory + " is no absolute path");
        }
        Path home = directory.normalize();
        return new Home(home, home.resolve("meshd.toml"), List.of(home.resolve("authorized_keys")),
                home.resolve("identity"), home.resolve("state"), home.resolve("run"));
    }

    /** Where {@code trust} writes. */
    public Path operatorTrust() {
        return trustDirectories.getFirst();
    }

    /** Where the daemon writes whom it admits by itself. */
    public Path admittedTrust() {
        return trustDirectories.getLast();
    }

    /** The control socket. */
    public Path socket() {
        return run.resolve("meshd.sock");
    }

    /** The pid file, locked while the daemon runs. */
    public Path pidFile() {
        return run.resolve("meshd.pid");
    }

    /** What a daemon that was started with {@code --detach} writes instead of to a terminal. */
    public Path log() {
        return state.resolve("meshd.log");
    }

    /** The keys that the operator no longer trusts. */
    public Path revoked() {
        return state.resolve("revoked");
    }

    /** Whom an open daemon has let in. */
    public Path knownPeers() {
        return state.resolve("known_peers");
    }

    /** Modes for directories of this home: one that {@code --home} names holds the secret itself. */
    public Access access() {
        return directory == null ? Access.PUBLIC : Access.SECRET;
    }
}
