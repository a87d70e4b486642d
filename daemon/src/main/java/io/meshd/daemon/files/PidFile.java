package io.meshd.daemon.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The pid file of a running daemon, and the lock on it that makes the daemon the only one of its home.
 *
 * <p>The lock, not the number, says whether a daemon runs: the kernel drops it with the process, so a file that
 * {@code kill -9} left behind, and a number that another program has by now, are seen for what they are.
 */
public final class PidFile implements AutoCloseable {
    // A client that looks whether the lock is taken holds a shared one for an instant; a daemon that starts just then
    // waits it out.
    private static final int ATTEMPTS = 20;
    private static final long ATTEMPT_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final int CONTENT_MAX_BYTES = 32;

    private final Path path;
    private final FileChannel channel;

    private PidFile(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /**
     * Takes the lock and writes this process's number, replacing a stale file.
     *
     * <p>From then on nothing else in this process may open the file: closing any other descriptor of it would drop
     * the lock (POSIX, fcntl).
     *
     * @throws FileException when another daemon of this home runs; the message names its pid
     */
    public static PidFile acquire(Home home) throws IOException {
        AtomicFile.makeDirectory(home.run(), home.access());
        Path path = home.pidFile();
        for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
            PidFile taken = tryAcquire(path);
            if (taken != null) {
                return taken;
            }
            LockSupport.parkNanos(ATTEMPT_NANOS);
        }
        throw new FileException("meshd is running already with pid " + pidText(path)
                + ": stop it with `meshd down`, or give this one another --home");
    }

    /**
     * The process that runs as the daemon of this home now, or empty when none does, whatever the file says.
     *
     * @throws IOException when the file cannot be read
     */
    public static OptionalLong runningPid(Home home) throws IOException {
        Path path = home.pidFile();
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            if (isFree(channel)) {
                return OptionalLong.empty();
            }
        } catch (NoSuchFileException _) {
            return OptionalLong.empty();
        }
        return pid(path);
    }

    /** Removes the file and drops the lock. */
    @Override
    public void close() throws IOException {
        try (channel) {
            Files.deleteIfExists(path);
        }
    }

    private static @Nullable PidFile tryAcquire(Path path) throws IOException {
        if (fileKey(path) == null) {
            FileChannel.open(path, StandardOpenOption.WRITE, StandardOpenOption.CREATE).close();
        }
        Object before = fileKey(path);
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE,
                StandardOpenOption.CREATE);
        try {
            // A daemon that ends removes its file: a lock on a file that is no longer at this path excludes nobody.
            if (before == null || tryLock(channel, false) == null || !before.equals(fileKey(path))) {
                channel.close();
                return null;
            }
            Files.setPosixFilePermissions(path, Access.PUBLIC.ofFile());
            Owner.inherit(path, path.resolveSibling("."));
            channel.truncate(0);
            channel.write(ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)));
            return new PidFile(path, channel);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private static @Nullable Object fileKey(Path path) throws IOException {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
        } catch (NoSuchFileException _) {
            return null;
        }
    }

    private static boolean isFree(FileChannel channel) throws IOException {
        try (FileLock lock = tryLock(channel, true)) {
            return lock != null;
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel, boolean shared) throws IOException {
        try {
            return channel.tryLock(0, Long.MAX_VALUE, shared);
        } catch (OverlappingFileLockException _) {
            // Held by this very JVM, as in tests with two daemons.
            return null;
        }
    }

    private static String pidText(Path path) throws IOException {
        OptionalLong pid = pid(path);
        return pid.isPresent() ? Long.toString(pid.getAsLong()) : "unknown";
    }

    private static OptionalLong pid(Path path) throws IOException {
        String text;
        try (var in = Files.newInputStream(path)) {
            text = new String(in.readNBytes(CONTENT_MAX_BYTES), StandardCharsets.US_ASCII).strip();
        } catch (NoSuchFileException _) {
            return OptionalLong.empty();
        }
        return text.matches("[1-9][0-9]{0,17}") ? OptionalLong.of(Long.parseLong(text)) : OptionalLong.empty();
    }
}
