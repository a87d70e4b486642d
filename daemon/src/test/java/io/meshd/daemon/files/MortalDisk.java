package io.meshd.daemon.files;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.StandardOpenOption;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The real file system as a process sees it that is killed: after a number of steps that change something every further
 * one fails with {@link Death}, those of {@code finally} included. A write that dies leaves half of its bytes.
 */
public final class MortalDisk extends FileSystem {
    private final FileSystem real = FileSystems.getDefault();
    private final Provider provider = new Provider();
    private final int lifetime;
    private int steps;

    /** Dies at that step, counted from 0. */
    public MortalDisk(int lifetime) {
        this.lifetime = lifetime;
    }

    /** The process is dead: nothing that it still tries happens. */
    public static final class Death extends Error {
        private static final long serialVersionUID = 1;
    }

    /** How many steps were done. */
    public int steps() {
        return steps;
    }

    /** A path on this disk. */
    public Path path(Path of) {
        return (Path) Proxy.newProxyInstance(MortalDisk.class.getClassLoader(), new Class<?>[]{Path.class},
                (_, method, arguments) -> call(of, method, arguments == null ? new Object[0] : arguments));
    }

    private @Nullable Object call(Path of, Method method, Object[] arguments) throws Throwable {
        if (method.getName().equals("getFileSystem")) {
            return this;
        }
        Object[] plain = new Object[arguments.length];
        for (int i = 0; i < arguments.length; i++) {
            plain[i] = arguments[i] instanceof Path path ? real(path) : arguments[i];
        }
        try {
            Object result = method.invoke(of, plain);
            return switch (result) {
                case Path path -> path(path);
                case Iterator<?> _ -> throw new UnsupportedOperationException();
                case null, default -> result;
            };
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private Path real(Path path) {
        return real.getPath(path.toString());
    }

    /** True when it is the last that the process tries. */
    boolean isLast() {
        return steps >= lifetime;
    }

    /** Does one step more, or dies. */
    void step() {
        if (isLast()) {
            throw new Death();
        }
        steps++;
    }

    @Override
    public FileSystemProvider provider() {
        return provider;
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public String getSeparator() {
        return real.getSeparator();
    }

    @Override
    public Iterable<Path> getRootDirectories() {
        return real.getRootDirectories();
    }

    @Override
    public Iterable<FileStore> getFileStores() {
        return real.getFileStores();
    }

    @Override
    public Set<String> supportedFileAttributeViews() {
        return real.supportedFileAttributeViews();
    }

    @Override
    public Path getPath(String first, String... more) {
        return path(real.getPath(first, more));
    }

    @Override
    public PathMatcher getPathMatcher(String syntaxAndPattern) {
        PathMatcher matcher = real.getPathMatcher(syntaxAndPattern);
        return path -> matcher.matches(real(path));
    }

    @Override
    public UserPrincipalLookupService getUserPrincipalLookupService() {
        return real.getUserPrincipalLookupService();
    }

    @Override
    public WatchService newWatchService() {
        throw new UnsupportedOperationException();
    }

    /** Hands everything on, and counts what changes something. */
    private final class Provider extends FileSystemProvider {
        private final FileSystemProvider disk = real.provider();

        @Override
        public String getScheme() {
            return "mortal";
        }

        @Override
        public FileSystem newFileSystem(URI uri, Map<String, ?> env) {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileSystem getFileSystem(URI uri) {
            return MortalDisk.this;
        }

        @Override
        public Path getPath(URI uri) {
            return path(disk.getPath(uri));
        }

        @Override
        public FileChannel newFileChannel(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
                throws IOException {
            if (isLast() && options.contains(StandardOpenOption.WRITE)) {
                throw new Death();
            }
            return new MortalChannel(MortalDisk.this, disk.newFileChannel(real(path), options, attributes));
        }

        @Override
        public SeekableByteChannel newByteChannel(Path path, Set<? extends OpenOption> options,
                FileAttribute<?>... attributes) throws IOException {
            if (options.contains(StandardOpenOption.CREATE_NEW) || options.contains(StandardOpenOption.CREATE)) {
                step();
            }
            return new MortalChannel(MortalDisk.this, disk.newFileChannel(real(path), options, attributes));
        }

        @Override
        public DirectoryStream<Path> newDirectoryStream(Path directory, DirectoryStream.Filter<? super Path> filter)
                throws IOException {
            DirectoryStream<Path> all = disk.newDirectoryStream(real(directory), path -> filter.accept(path(path)));
            return new DirectoryStream<>() {
                @Override
                public Iterator<Path> iterator() {
                    Iterator<Path> paths = all.iterator();
                    return new Iterator<>() {
                        @Override
                        public boolean hasNext() {
                            return paths.hasNext();
                        }

                        @Override
                        public Path next() {
                            return path(paths.next());
                        }
                    };
                }

                @Override
                public void close() throws IOException {
                    all.close();
                }
            };
        }

        @Override
        public void createDirectory(Path directory, FileAttribute<?>... attributes) throws IOException {
            step();
            disk.createDirectory(real(directory), attributes);
        }

        @Override
        public void delete(Path path) throws IOException {
            if (isLast()) {
                throw new Death();
            }
            disk.delete(real(path));
            steps++;
        }

        @Override
        public void copy(Path source, Path target, CopyOption... options) {
            throw new UnsupportedOperationException("a copy is not atomic");
        }

        @Override
        public void move(Path source, Path target, CopyOption... options) throws IOException {
            step();
            disk.move(real(source), real(target), options);
        }

        @Override
        public boolean isSameFile(Path one, Path other) throws IOException {
            return disk.isSameFile(real(one), real(other));
        }

        @Override
        public boolean isHidden(Path path) throws IOException {
            return disk.isHidden(real(path));
        }

        @Override
        public FileStore getFileStore(Path path) throws IOException {
            return disk.getFileStore(real(path));
        }

        @Override
        public void checkAccess(Path path, AccessMode... modes) throws IOException {
            disk.checkAccess(real(path), modes);
        }

        /** Asked for where modes are set; they are read by {@link #readAttributes}. */
        @Override
        public <V extends FileAttributeView> @Nullable V getFileAttributeView(Path path, Class<V> type,
                LinkOption... options) {
            step();
            return disk.getFileAttributeView(real(path), type, options);
        }

        @Override
        public <A extends BasicFileAttributes> A readAttributes(Path path, Class<A> type, LinkOption... options)
                throws IOException {
            return disk.readAttributes(real(path), type, options);
        }

        @Override
        public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options)
                throws IOException {
            return disk.readAttributes(real(path), attributes, options);
        }

        @Override
        public void setAttribute(Path path, String attribute, Object value, LinkOption... options) throws IOException {
            step();
            disk.setAttribute(real(path), attribute, value, options);
        }
    }
}
