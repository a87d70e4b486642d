package io.meshd.daemon.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;

/** Refuses files that others may read or write though they must not. */
public final class FileMode {
    private static final Set<PosixFilePermission> OTHERS = EnumSet.of(PosixFilePermission.GROUP_READ,
            PosixFilePermission.GROUP_WRITE, PosixFilePermission.GROUP_EXECUTE, PosixFilePermission.OTHERS_READ,
            PosixFilePermission.OTHERS_WRITE, PosixFilePermission.OTHERS_EXECUTE);
    private static final Set<PosixFilePermission> WRITE_OF_OTHERS = EnumSet.of(PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.OTHERS_WRITE);

    private FileMode() {}

    /**
     * Refuses a secret that anybody but its owner may touch.
     *
     * @param what names the file for the operator, such as "identity"
     * @throws FileException with the {@code chmod} that mends it
     */
    public static void requireSecret(Path file, String what) throws IOException {
        requireFile(file, what);
        if (isOpen(file, OTHERS)) {
            throw new FileException(what + " " + file + " is open to others: chmod 600 " + file);
        }
    }

    /**
     * Refuses a file that anybody but its owner may write.
     *
     * @param what names the file for the operator, such as "config"
     * @throws FileException with the {@code chmod} that mends it
     */
    public static void requireUnwritableByOthers(Path file, String what) throws IOException {
        if (isOpen(file, WRITE_OF_OTHERS)) {
            throw new FileException(what + " " + file + " is writable by others: chmod go-w " + file);
        }
    }

    /** The cure of an open mode would lock everybody out of a directory. */
    private static void requireFile(Path file, String what) throws FileException {
        if (Files.isDirectory(file)) {
            throw new FileException(what + " " + file + " is a directory: give the path of a file");
        }
    }

    private static boolean isOpen(Path file, Set<PosixFilePermission> forbidden) throws IOException {
        Set<PosixFilePermission> granted = Files.getPosixFilePermissions(file);
        return granted.stream().anyMatch(forbidden::contains);
    }
}
