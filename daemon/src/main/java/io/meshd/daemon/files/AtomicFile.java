package io.meshd.daemon.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Writes files so that a reader, and a machine that loses power, sees the old content or the new, never a part.
 *
 * <p>A temporary file in the same directory is written, forced to disk and renamed over the target; then the
 * directory is forced to disk. The temporary name starts with a dot and ends in {@code .tmp}: nothing of ours reads it.
 */
public final class AtomicFile {
    private AtomicFile() {}

    /**
     * Writes a file, replacing what was there. Missing directories are made.
     *
     * @throws IOException when the directory cannot be written; the old content is then untouched
     */
    public static void write(Path target, byte[] content, Access access) throws IOException {
        Path absolute = target.toAbsolutePath();
        Path directory = parent(absolute);
        makeDirectory(directory, access);
        if (Files.isDirectory(absolute)) {
            throw new FileException(absolute + " is a directory: move it away first");
        }
        Path temporary = temporary(directory, absolute);
        try {
            try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
                ByteBuffer remaining = ByteBuffer.wrap(content);
                while (remaining.hasRemaining()) {
                    channel.write(remaining);
                }
                Files.setPosixFilePermissions(temporary, access.ofFile());
                Owner.inherit(temporary, directory);
                channel.force(true);
            }
            Files.move(temporary, absolute, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
        forceDirectory(directory);
    }

    private static Path temporary(Path directory, Path target) throws IOException {
        try {
            return Files.createTempFile(directory, "." + target.getFileName() + ".", ".tmp",
                    PosixFilePermissions.asFileAttribute(Access.SECRET.ofFile()));
        } catch (FileSystemException e) {
            // Its own message would name a file that the operator never heard of.
            String reason = e instanceof AccessDeniedException ? "permission denied" : e.getReason();
            throw (IOException) new FileException("cannot write " + target + ": " + reason
                    + ": run as root or as the owner of " + directory).initCause(e);
        }
    }

    /** Writes a text in UTF-8, see {@link #write(Path, byte[], Access)}. */
    public static void write(Path target, String content, Access access) throws IOException {
        write(target, content.getBytes(StandardCharsets.UTF_8), access);
    }

    /** Removes a file for good; false when there was none. */
    public static boolean delete(Path target) throws IOException {
        boolean existed = Files.deleteIfExists(target);
        if (existed) {
            forceDirectory(parent(target.toAbsolutePath()));
        }
        return existed;
    }

    /** Makes a directory and all that it lies in, with modes by {@code access} and the owner of what they lie in. */
    public static void makeDirectory(Path directory, Access access) throws IOException {
        Path absolute = directory.toAbsolutePath();
        if (Files.isDirectory(absolute)) {
            return;
        }
        if (Files.exists(absolute)) {
            throw new FileException(absolute + " is no directory: move it away first");
        }
        Path parent = parent(absolute);
        makeDirectory(parent, access);
        // Once more by name, since the umask takes bits from what a creation asks for.
        Files.createDirectory(absolute, PosixFilePermissions.asFileAttribute(access.ofDirectory()));
        Files.setPosixFilePermissions(absolute, access.ofDirectory());
        Owner.inherit(absolute, parent);
    }

    private static void forceDirectory(Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static Path parent(Path absolute) throws FileException {
        Path parent = absolute.getParent();
        if (parent == null) {
            throw new FileException(absolute + " is no file: give the path of one");
        }
        return parent;
    }
}
