package io.meshd.daemon.config;

import io.meshd.daemon.files.FileException;
import io.meshd.daemon.files.FileMode;
import io.meshd.identity.AuthorizedKey;
import io.meshd.identity.Fault;
import io.meshd.identity.Parsed;
import io.meshd.identity.PresharedKey;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Reads one directory of trust files. */
final class TrustDirectory {
    static final String SUFFIX = ".pub";

    // The greatest mesh that a node believes in, twice.
    private static final int FILES_MAX = 8192;
    private static final int FILE_MAX_BYTES = 512 * 1024;

    private TrustDirectory() {}

    /**
     * A file as the directory shows it; equal as long as it is not written.
     *
     * @param path         of the file
     * @param modifiedNano last change of the content
     * @param size         in bytes
     * @param key          the inode
     */
    record Listed(Path path, long modifiedNano, long size, @Nullable Object key) {}

    /**
     * What a file says.
     *
     * @param entry    the trust in it; null when it is broken
     * @param problems why
     */
    record Content(@Nullable AuthorizedKey entry, List<Problem> problems) {}

    /** All trust files and the secrets beside them, oldest first. A directory that does not exist is empty. */
    static List<Listed> list(Path directory) throws IOException {
        List<Listed> files = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory, TrustDirectory::isOurs)) {
            for (Path path : stream) {
                if (files.size() == FILES_MAX) {
                    throw new FileException(directory + " has more than " + FILES_MAX + " files: remove some");
                }
                addIfThere(files, path);
            }
        } catch (NoSuchFileException | NotDirectoryException _) {
            return List.of();
        }
        files.sort((a, b) -> a.modifiedNano != b.modifiedNano
                ? Long.compare(a.modifiedNano, b.modifiedNano)
                : a.path.compareTo(b.path));
        return files;
    }

    private static boolean isOurs(Path path) {
        String name = path.getFileName().toString();
        return !name.startsWith(".") && (name.endsWith(SUFFIX) || name.endsWith(".psk"));
    }

    private static void addIfThere(List<Listed> files, Path path) throws IOException {
        try {
            // A link to nowhere is listed by itself, so that reading it says what is wrong.
            BasicFileAttributes attributes = Files.exists(path)
                    ? Files.readAttributes(path, BasicFileAttributes.class)
                    : Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            files.add(new Listed(path, attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS),
                    attributes.size(), attributes.fileKey()));
        } catch (NoSuchFileException _) {
            // Gone between listing and looking, which is as if it had never been listed.
        }
    }

    /** Reads a trust file, and sees whether the secret that it names can be used. */
    static Content read(Path file) {
        try {
            FileMode.requireUnwritableByOthers(file, "trust file");
            return switch (AuthorizedKey.parse(name(file), text(file))) {
                case Parsed.Valid(var entry) -> checked(file, entry);
                case Parsed.Invalid<AuthorizedKey>(List<Fault> faults) -> new Content(null,
                        faults.stream().map(fault -> new Problem(file, fault.line(), "", fault.message())).toList());
            };
        } catch (IOException e) {
            return new Content(null, List.of(Problem.of(file, e)));
        }
    }

    private static Content checked(Path file, AuthorizedKey entry) throws IOException {
        PresharedKey key = presharedKey(file, entry);
        if (key != null) {
            key.destroy();
        }
        return new Content(entry, List.of());
    }

    /** The preshared key that an entry of this file names, or null when it names none. */
    static @Nullable PresharedKey presharedKey(Path file, AuthorizedKey entry) throws IOException {
        String named = entry.pskFile();
        if (named == null) {
            return null;
        }
        Path path = file.resolveSibling(named);
        FileMode.requireSecret(path, "preshared key");
        byte[] content;
        try (InputStream in = Files.newInputStream(path)) {
            content = in.readNBytes(FILE_MAX_BYTES);
        }
        try {
            PresharedKey key = PresharedKey.ofBase64(content);
            if (key == null) {
                throw new FileException(
                        path + " holds no preshared key: expected base64 of 32 bytes, as of `wg genpsk`");
            }
            return key;
        } finally {
            Arrays.fill(content, (byte) 0);
        }
    }

    private static String name(Path file) {
        String name = file.getFileName().toString();
        return name.substring(0, name.length() - SUFFIX.length());
    }

    private static String text(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new FileException("expected a trust file, found a directory");
        }
        if (Files.size(file) > FILE_MAX_BYTES) {
            throw new FileException("expected a trust file, which has one key line");
        }
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(Files.readAllBytes(file))).toString();
        } catch (CharacterCodingException _) {
            throw new FileException("expected text in UTF-8");
        }
    }
}
