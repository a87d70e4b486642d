package io.meshd.daemon.files;

import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Who may read a file of ours. Only its owner ever writes it. */
public enum Access {
    /** The owner alone: 0600, directories 0700. */
    SECRET("rw-------", "rwx------"),
    /** Everybody: 0644, directories 0755. */
    PUBLIC("rw-r--r--", "rwxr-xr-x");

    private final String file;
    private final String directory;

    Access(String file, String directory) {
        this.file = file;
        this.directory = directory;
    }

    Set<PosixFilePermission> ofFile() {
        return PosixFilePermissions.fromString(file);
    }

    Set<PosixFilePermission> ofDirectory() {
        return PosixFilePermissions.fromString(directory);
    }
}
