package io.meshd.daemon.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.meshd.daemon.files.Access;
import io.meshd.daemon.files.AtomicFile;
import io.meshd.daemon.files.FileException;
import io.meshd.daemon.files.Home;
import io.meshd.identity.PublicKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Whom the operator no longer trusts, in {@code state/revoked}: neither an introducer nor an old invitation brings it back.
 *
 * <p>One line each, {@code PEER_ID TIME}. {@code trust} takes a key out again. For one thread at a time; a command may write
 * while the daemon runs.
 */
public final class Revocations {
    /** Most that are remembered; the oldest go. */
    static final int KEYS_MAX = 8_192;

    private static final long FILE_BYTES_MAX = 1 << 21;

    private final Path file;

    private Revocations(Path file) {
        this.file = file;
    }

    /** Those of a home. */
    public static Revocations of(Home home) {
        return new Revocations(home.revoked());
    }

    /** All keys, each with when its trust was ended, oldest first. */
    public Map<PublicKey, Instant> read() throws IOException {
        Map<PublicKey, Instant> revoked = new LinkedHashMap<>();
        try {
            if (Files.size(file) > FILE_BYTES_MAX) {
                throw new FileException(file + " is none of ours: move it away");
            }
            for (String line : new String(Files.readAllBytes(file), UTF_8).lines().toList()) {
                String[] words = line.strip().split(" ", -1);
                PublicKey key = words.length == 2 ? PublicKey.ofPeerId(words[0]) : null;
                if (key != null) {
                    revoked.put(key, time(words[1]));
                }
            }
        } catch (NoSuchFileException _) {
            return revoked;
        }
        return revoked;
    }

    /** A line without a time that can be read is of any time: the key stays out. */
    private static Instant time(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeException _) {
            return Instant.MAX;
        }
    }

    /** The trust in this key was ended. */
    public void add(PublicKey key, Instant now) throws IOException {
        Map<PublicKey, Instant> revoked = read();
        revoked.remove(key);
        revoked.put(key, now);
        while (revoked.size() > KEYS_MAX) {
            revoked.remove(revoked.keySet().iterator().next());
        }
        write(revoked);
    }

    /** The key is trusted again. */
    public void remove(PublicKey key) throws IOException {
        Map<PublicKey, Instant> revoked = read();
        if (revoked.remove(key) != null) {
            write(revoked);
        }
    }

    private void write(Map<PublicKey, Instant> revoked) throws IOException {
        AtomicFile.write(file, revoked.entrySet().stream()
                .map(entry -> entry.getKey().peerId() + " " + entry.getValue() + "\n").collect(Collectors.joining()),
                Access.SECRET);
    }
}
