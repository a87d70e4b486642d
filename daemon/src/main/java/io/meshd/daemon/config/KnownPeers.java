package io.meshd.daemon.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.meshd.daemon.files.Access;
import io.meshd.daemon.files.AtomicFile;
import io.meshd.daemon.files.FileException;
import io.meshd.daemon.files.Home;
import io.meshd.identity.AuthorizedKey;
import io.meshd.identity.KeyCheck;
import io.meshd.identity.NodeName;
import io.meshd.identity.PublicKey;
import io.meshd.identity.Trust;
import io.meshd.identity.TrustEntry;
import io.meshd.identity.TunnelKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The newcomers that an open node has let in: which key a name belongs to, as {@code ssh} remembers hosts.
 *
 * <p>One line each, {@code NAME PEER_ID}; {@code #} begins a comment. The first to bring a name keeps it until the line is
 * removed. What is there counts only while the node is open, and never against a trust file. For one thread at a time.
 */
public final class KnownPeers {
    /** Most newcomers that are remembered: whoever makes keys at will fills a list, not a disk. */
    public static final int PEERS_MAX = 1_024;

    private static final long FILE_BYTES_MAX = 1 << 20;

    private final Path file;
    /** What was read last, by line: strangers cause readings, and each key costs curve operations. */
    private Map<String, Sound> sound = Map.of();

    /** A line that was checked. */
    private record Sound(String name, PublicKey key, TunnelKey tunnelKey) {}

    private KnownPeers(Path file) {
        this.file = file;
    }

    public static KnownPeers of(Home home) {
        return new KnownPeers(home.knownPeers());
    }

    /** Where they are remembered; also what their trust names as its source. */
    public Path file() {
        return file;
    }

    /** Everybody by name, in the order in which they came. What is no line of ours is skipped, as {@code ssh} does. */
    public Map<String, PublicKey> read() throws IOException {
        Map<String, PublicKey> known = new LinkedHashMap<>();
        Set<TunnelKey> inTunnels = new HashSet<>();
        Map<String, Sound> read = new HashMap<>();
        for (String line : lines()) {
            Sound peer = sound.containsKey(line) ? sound.get(line) : check(line);
            // Two keys that a tunnel cannot tell apart would be a contradiction, and it would shut everybody out.
            if (peer != null && known.size() < PEERS_MAX && !known.containsKey(peer.name)
                    && inTunnels.add(peer.tunnelKey)) {
                known.put(peer.name, peer.key);
                read.put(line, peer);
            }
        }
        sound = read;
        return known;
    }

    private static @Nullable Sound check(String line) {
        String[] words = words(line);
        PublicKey key = words.length == 2 && NodeName.isValid(words[0]) ? PublicKey.ofPeerId(words[1]) : null;
        return key == null || KeyCheck.weakness(key) != null ? null : new Sound(words[0], key, key.tunnelKey());
    }

    private static String[] words(String line) {
        return line.strip().split("\\s+", -1);
    }

    private List<String> lines() throws IOException {
        try {
            if (Files.size(file) > FILE_BYTES_MAX) {
                throw new FileException(file + " is larger than " + FILE_BYTES_MAX + " bytes: it is none of ours");
            }
            return new String(Files.readAllBytes(file), UTF_8).lines().toList();
        } catch (NoSuchFileException _) {
            return List.of();
        }
    }

    /** Remembers one more. The name must be free. */
    public void remember(String name, PublicKey key) throws IOException {
        List<String> lines = new ArrayList<>(lines());
        lines.add(name + " " + key.peerId());
        write(lines);
    }

    /** Forgets the name, so that whoever brings it next is let in under it; false when nobody had it. */
    public boolean forget(String name) throws IOException {
        List<String> lines = lines();
        List<String> kept = lines.stream().filter(line -> !words(line)[0].equals(name)).toList();
        if (kept.size() == lines.size()) {
            return false;
        }
        write(kept);
        return true;
    }

    private void write(List<String> lines) throws IOException {
        AtomicFile.write(file, lines.stream().map(line -> line + "\n").collect(Collectors.joining()), Access.SECRET);
    }

    /** Equal as long as nobody wrote the file; null when there is none. */
    public @Nullable Object stamp() throws IOException {
        try {
            BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
            return List.of(now.lastModifiedTime(), now.size(), String.valueOf(now.fileKey()));
        } catch (NoSuchFileException _) {
            return null;
        }
    }

    /**
     * Trust with those who are known besides: each with its derived addresses, as far as nobody has them yet. Who is in
     * trust already, by key or by name, is as trust says.
     *
     * @param notes takes what is to be told
     */
    public Trust join(Trust trust, Trust.Self self, Instant now, List<String> notes) throws IOException {
        List<TrustEntry> entries = new ArrayList<>();
        trust.peers().forEach(peer -> entries.add(new TrustEntry(peer.entry(), peer.source())));
        for (Map.Entry<String, PublicKey> known : read().entrySet()) {
            String name = known.getKey();
            PublicKey key = known.getValue();
            if (trust.peer(key.tunnelKey()) != null || key.tunnelKey().equals(self.key().tunnelKey())) {
                continue;
            }
            if (trust.peer(name) != null) {
                notes.add(
                        file + ": " + name + " is left out, since another key is trusted under that name: meshd trust "
                                + key.peerId() + " --name OTHER, or remove the line");
                continue;
            }
            entries.add(new TrustEntry(
                    new AuthorizedKey.Member(name, key, List.of(), false, false, null, null, null, ""),
                    file.toString()));
        }
        return switch (Trust.build(self, entries, now)) {
            case Trust.Consistent(Trust joined, List<Trust.Note> built) -> {
                built.forEach(note -> notes.add(note.toString()));
                yield joined;
            }
            case Trust.Contradictory(List<Trust.Conflict> conflicts) -> {
                conflicts.forEach(conflict -> notes.add(conflict.toString()));
                yield trust;
            }
        };
    }
}
