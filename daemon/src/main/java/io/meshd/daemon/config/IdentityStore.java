package io.meshd.daemon.config;

import io.meshd.daemon.files.Access;
import io.meshd.daemon.files.AtomicFile;
import io.meshd.daemon.files.FileException;
import io.meshd.daemon.files.FileMode;
import io.meshd.identity.Fault;
import io.meshd.identity.Identity;
import io.meshd.identity.IdentityFile;
import io.meshd.identity.Parsed;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;

/** Keeps the identity in its file. */
public final class IdentityStore {
    // Far more than an identity file has, so that a wrong path does not fill memory.
    private static final int CONTENT_MAX_BYTES = 64 * 1024;

    private IdentityStore() {}

    /**
     * The identity in a file.
     *
     * @throws FileException   when there is none, or others may read it
     * @throws ConfigException when the content is no identity, with each fault and its line
     */
    public static Identity load(Path file) throws IOException, ConfigException {
        try {
            FileMode.requireSecret(file, "identity");
        } catch (NoSuchFileException e) {
            throw (IOException) new FileException("there is no identity at " + file
                    + ": make one with `meshd identity init`").initCause(e);
        }
        byte[] content;
        try (InputStream in = Files.newInputStream(file)) {
            content = in.readNBytes(CONTENT_MAX_BYTES);
        }
        try {
            return switch (IdentityFile.parse(content)) {
                case Parsed.Valid(var identity) -> identity;
                case Parsed.Invalid<Identity>(List<Fault> faults) -> throw new ConfigException(faults.stream()
                        .map(fault -> new Problem(file, fault.line(), "", fault.message())).toList());
            };
        } finally {
            Arrays.fill(content, (byte) 0);
        }
    }

    /** Makes a new identity and keeps it, replacing what was there. */
    public static Identity create(Path file) throws IOException {
        Identity identity = Identity.generate(new SecureRandom());
        byte[] content = IdentityFile.write(identity);
        try {
            AtomicFile.write(file, content, Access.SECRET);
        } finally {
            Arrays.fill(content, (byte) 0);
        }
        return identity;
    }
}
