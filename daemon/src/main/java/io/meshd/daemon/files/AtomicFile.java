package io.meshd.daemon.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/**
 * Writes files so that a reader, and a machine that loses power, sees the old content or the new, never a part.
 *
 * <p>A temporary file in the same directory is written, forced to disk and renamed over the target; then the
 * directory is forced to disk. The temporary name starts with a dot and ends in {@value #SUFFIX}: nothing of ours reads
 * it. Whoever writes holds a lock on it, which the kernel drops with the process, so that what a killed process left is
 * known for that, and the next to write or delete in the directory removes it.
 */
public final class AtomicFile {
    static final String SUFFIX = ".meshd-tmp";
    // Between its creation and the lock on it another process may take a temporary file for a leftover.
    private static final int ATTEMPTS = 3;

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
        removeLeftovers(directory);
        for (int attempt = 1; !replace(absolute, directory, content, access); attempt++) {
            if (attempt == ATTEMPTS) {
                throw new FileException("cannot write " + absolute + ": others write there as well: try again");
            }
        }
        forceDirectory(directory);
    }

    /** False when somebody removed the temporary file meanwhile. */
    private static boolean replace(Path target, Path directory, byte[] content, Access access) throws IOException {
        Path temporary = temporary(directory, target);
        try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
            if (tryLock(channel) == null) {
                return false;
            }
            ByteBuffer remaining = ByteBuffer.wrap(content);
            while (remaining.hasRemaining()) {
                channel.write(remaining);
            }
            Files.setPosixFilePermissions(temporary, access.ofFile());
            Owner.inherit(temporary, directory);
            channel.force(true);
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return true;
        } catch (NoSuchFileException _) {
            return false;
        } catch (IOException e) {
            throw FileException.writing(target, e);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }

    private static Path temporary(Path directory, Path target) throws IOException {
        try {
            return Files.createTempFile(directory, "." + target.getFileName() + ".", SUFFIX,
                    PosixFilePermissions.asFileAttribute(Access.SECRET.ofFile()));
        } catch (IOException e) {
            // Its own message would name a file that the operator never heard of.
            throw FileException.writing(target, e);
        }
    }

    private static void removeLeftovers(Path directory) throws IOException {
        try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(directory, ".*" + SUFFIX)) {
            for (Path leftover : leftovers) {
                removeUnlessWritten(leftover);
            }
        } catch (DirectoryIteratorException | AccessDeniedException _) {
            // Who may not look here may still be allowed to write; if not, that is told.
        }
    }

    private static void removeUnlessWritten(Path leftover) throws IOException {
        try (FileChannel channel = FileChannel.open(leftover, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
            if (tryLock(channel) != null) {
                Files.deleteIfExists(leftover);
            }
        } catch (FileSystemException _) {
            // It is gone by now, or belongs to somebody else.
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException _) {
            // Another thread of this process has it.
            return null;
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
            Path directory = parent(target.toAbsolutePath());
            removeLeftovers(directory);
            forceDirectory(directory);
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
