package io.meshd.daemon.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/**
 * Owner and group of a file.
 *
 * @param uid number of the user
 * @param gid number of the group
 */
public record Owner(int uid, int gid) {
    private static final int ROOT = 0;

    /** Who this process acts as. */
    public static Owner ofThisProcess() throws IOException {
        return of(Path.of("/proc/self"));
    }

    /** Whose file this is. */
    public static Owner of(Path path) throws IOException {
        return new Owner((int) Files.getAttribute(path, "unix:uid"), (int) Files.getAttribute(path, "unix:gid"));
    }

    /** Whether this is the super-user. */
    public boolean isRoot() {
        return uid == ROOT;
    }

    /**
     * Gives what root made to the owner of the directory that it lies in, so that {@code sudo meshd trust} leaves no
     * file that the daemon's own user cannot read. Does nothing for other users, who could not anyway.
     */
    static void inherit(Path made, Path directory) throws IOException {
        if (!ofThisProcess().isRoot()) {
            return;
        }
        Owner owner = of(directory);
        if (!owner.equals(of(made))) {
            Files.setAttribute(made, "unix:gid", owner.gid, LinkOption.NOFOLLOW_LINKS);
            Files.setAttribute(made, "unix:uid", owner.uid, LinkOption.NOFOLLOW_LINKS);
        }
    }
}
