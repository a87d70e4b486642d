package io.meshd.daemon.config;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.meshd.daemon.files.Access;
import io.meshd.daemon.files.AtomicFile;
import io.meshd.daemon.files.FileException;
import io.meshd.daemon.files.Home;
import io.meshd.identity.NodeName;
import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The invitations of this node, in {@code state/invitations.json}: no secret is in it, so who reads it cannot join.
 *
 * <p>Each change is on disk when its method returns. What is over is kept for a while, so that who comes late is told why.
 * For one thread at a time.
 */
public final class Invitations {
    /** Most that are open at a time: each is a key that gets an answer. */
    public static final int OPEN_MAX = 64;
    /** Most that are kept when they are over. */
    static final int OVER_MAX = 192;
    /** How long who comes late is told that it is late; afterwards there is silence. */
    static final Duration REMEMBERED = Duration.ofDays(7);

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long FILE_BYTES_MAX = 4 << 20;

    private final Path file;
    private final Map<PublicKey, Invited> all = new LinkedHashMap<>();

    private Invitations(Path file) {
        this.file = file;
    }

    /** Those of a home. */
    public static Invitations of(Home home) throws IOException {
        Invitations invitations = new Invitations(home.state().resolve("invitations.json"));
        invitations.read();
        return invitations;
    }

    private void read() throws IOException {
        byte[] text;
        try {
            if (Files.size(file) > FILE_BYTES_MAX) {
                throw new FileException(file + " is none of ours: move it away");
            }
            text = Files.readAllBytes(file);
        } catch (NoSuchFileException _) {
            return;
        }
        try {
            for (JsonNode entry : JSON.readTree(new String(text, UTF_8))) {
                Invited invited = invited(entry);
                if (invited != null) {
                    all.put(invited.guest(), invited);
                }
            }
        } catch (JsonProcessingException _) {
            // Whoever wrote it, it was not this program, which writes whole files: nobody is invited by it.
            all.clear();
        }
    }

    private static @Nullable Invited invited(JsonNode entry) {
        PublicKey guest = PublicKey.ofPeerId(entry.path("guest").asText());
        String name = entry.path("name").asText();
        List<Prefix> prefixes = new ArrayList<>();
        for (JsonNode prefix : entry.path("prefixes")) {
            prefixes.add(Prefix.parse(prefix.asText()).orNull());
        }
        Instant created = time(entry.path("created"));
        Instant expires = time(entry.path("expires"));
        if (guest == null || created == null || expires == null || prefixes.contains(null)
                || (!name.isEmpty() && !NodeName.isValid(name))) {
            return null;
        }
        PublicKey user = PublicKey.ofPeerId(entry.path("used_by").asText());
        Instant usedAt = time(entry.path("used"));
        Invited.Use use = user == null || usedAt == null
                ? null
                : new Invited.Use(user, entry.path("used_as").asText(), usedAt);
        return new Invited(guest, name, prefixes, entry.path("relay").asBoolean(), created, expires,
                time(entry.path("cancelled")), use);
    }

    private static @Nullable Instant time(JsonNode text) {
        try {
            return text.isTextual() ? Instant.parse(text.textValue()) : null;
        } catch (DateTimeException _) {
            return null;
        }
    }

    /** All that are remembered, oldest first. */
    public List<Invited> all() {
        return List.copyOf(all.values());
    }

    /** The one whose holder calls by this key, or null. */
    public @Nullable Invited of(PublicKey guest) {
        return all.get(guest);
    }

    /** Adds one. */
    public void add(Invited invited, Instant now) throws IOException {
        Map<PublicKey, Invited> next = new LinkedHashMap<>(all);
        next.put(invited.guest(), invited);
        keep(next, now);
    }

    /** Takes one back. */
    public void cancel(Invited invited, Instant now) throws IOException {
        add(invited.cancelledAt(now), now);
    }

    /** Somebody came with one. */
    public void use(Invited invited, Invited.Use use) throws IOException {
        add(invited.usedBy(use), use.at());
    }

    private void keep(Map<PublicKey, Invited> next, Instant now) throws IOException {
        next.values().removeIf(one -> isForgotten(one, now));
        List<PublicKey> over = next.values().stream().filter(one -> !one.isOpen(now)).map(Invited::guest).toList();
        over.subList(0, Math.max(0, over.size() - OVER_MAX)).forEach(next::remove);
        ArrayNode document = JSON.createArrayNode();
        next.values().forEach(one -> write(one, document.addObject()));
        AtomicFile.write(file, document.toPrettyString() + "\n", Access.SECRET);
        all.clear();
        all.putAll(next);
    }

    /** A use is remembered as long as there is room: by it others are told who was admitted. */
    private static boolean isForgotten(Invited one, Instant now) {
        return one.use() == null && !now.isBefore(one.expires().plus(REMEMBERED));
    }

    private static void write(Invited one, ObjectNode entry) {
        entry.put("guest", one.guest().peerId()).put("name", one.name());
        ArrayNode prefixes = entry.putArray("prefixes");
        one.prefixes().forEach(prefix -> prefixes.add(prefix.toString()));
        entry.put("relay", one.relay()).put("created", one.created().toString())
                .put("expires", one.expires().toString());
        if (one.cancelled() != null) {
            entry.put("cancelled", one.cancelled().toString());
        }
        Invited.Use use = one.use();
        if (use != null) {
            entry.put("used_by", use.key().peerId()).put("used_as", use.name()).put("used", use.at().toString());
        }
    }
}
