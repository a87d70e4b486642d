package io.meshd.daemon.runtime;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.meshd.daemon.files.Access;
import io.meshd.daemon.files.AtomicFile;
import io.meshd.discovery.KnownPeer;
import io.meshd.identity.Bytes;
import io.meshd.identity.HostPort;
import io.meshd.identity.IpAddress;
import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import io.meshd.protocol.Decoded;
import io.meshd.protocol.Endpoint;
import io.meshd.protocol.NodeRecord;
import io.meshd.protocol.NodeRecordCodec;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a daemon remembers over restarts: the number of its run, its handshake timestamps, the peers that it met.
 *
 * <p>Each is one small file, replaced atomically. A file that cannot be understood is set aside as if absent, and the
 * caller is told, since nothing in here is more than a convenience but the two numbers that only grow.
 */
final class StateFiles {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long FILE_BYTES_MAX = 16 << 20;
    /** Membership takes numbers of runs below this: milliseconds to the year 10889. */
    private static final long EPOCH_MAX = 1L << 48;
    private static final int MAPPING_SECRET_BYTES = 16;
    private static final Pattern MAPPING_SECRET = Pattern.compile("[0-9a-f]{" + 2 * MAPPING_SECRET_BYTES + "}");

    private final Path directory;
    private String writtenPeers = "";

    StateFiles(Path directory) {
        this.directory = directory;
    }

    /** The number of this run: greater than every earlier one, and the wall clock in milliseconds where that is more. */
    long nextEpoch(long wallMillis) throws IOException {
        long last = 0;
        String text = read("epoch");
        if (text != null) {
            try {
                last = Long.parseLong(text.strip());
            } catch (NumberFormatException _) {
                // Half a number would be a number; this is a foreign file, and the wall clock is all there is.
                last = 0;
            }
            if (last < 0 || last >= EPOCH_MAX - 1) {
                last = 0;
            }
        }
        long epoch = Math.max(last + 1, wallMillis);
        AtomicFile.write(directory.resolve("epoch"), epoch + "\n", Access.SECRET);
        return epoch;
    }

    /** From this the nonces of port mappings are made; kept, so that a later run can take over what this one leaves. */
    Bytes mappingSecret() throws IOException {
        String text = read("mapping_secret");
        if (text != null && MAPPING_SECRET.matcher(text.strip()).matches()) {
            return Bytes.copyOf(HexFormat.of().parseHex(text.strip()));
        }
        byte[] secret = new byte[MAPPING_SECRET_BYTES];
        new SecureRandom().nextBytes(secret);
        AtomicFile.write(directory.resolve("mapping_secret"), HexFormat.of().formatHex(secret) + "\n", Access.SECRET);
        return Bytes.copyOf(secret);
    }

    /** Greatest handshake timestamp that may have been used: the two parts of its label. */
    record Timestamp(long seconds, int nanos) {
        static final Timestamp NONE = new Timestamp(0, 0);
    }

    Timestamp timestamp() throws IOException {
        String text = read("timestamp");
        if (text == null) {
            return Timestamp.NONE;
        }
        String[] parts = text.strip().split(" ", -1);
        try {
            return parts.length == 2
                    ? new Timestamp(Long.parseLong(parts[0]), Integer.parseInt(parts[1]))
                    : Timestamp.NONE;
        } catch (NumberFormatException _) {
            return Timestamp.NONE;
        }
    }

    void writeTimestamp(long seconds, int nanos) throws IOException {
        AtomicFile.write(directory.resolve("timestamp"), seconds + " " + nanos + "\n", Access.SECRET);
    }

    /** The peers met in earlier runs. */
    List<KnownPeer> knownPeers() throws IOException {
        String text = read("known_peers.json");
        List<KnownPeer> known = new ArrayList<>();
        if (text != null) {
            try {
                for (JsonNode entry : JSON.readTree(text)) {
                    KnownPeer peer = knownPeer(entry);
                    if (peer != null) {
                        known.add(peer);
                    }
                }
            } catch (JsonProcessingException _) {
                return List.of();
            }
        }
        return known;
    }

    private static @Nullable KnownPeer knownPeer(JsonNode entry) {
        PublicKey key = PublicKey.ofPeerId(entry.path("peer_id").asText(""));
        if (key == null) {
            return null;
        }
        List<InetSocketAddress> addresses = new ArrayList<>();
        for (JsonNode address : entry.path("addresses")) {
            InetSocketAddress resolved = resolved(address.asText(""));
            if (resolved != null) {
                addresses.add(resolved);
            }
        }
        return new KnownPeer(key, addresses, record(entry.path("record").asText("")));
    }

    /** Addresses only: what was a name when it was remembered would be another host today. */
    private static @Nullable InetSocketAddress resolved(String text) {
        HostPort place = HostPort.parse(text).orNull();
        IpAddress address = place == null ? null : place.address();
        return place == null || address == null ? null : new InetSocketAddress(address.toInetAddress(), place.port());
    }

    private static @Nullable NodeRecord record(String base64) {
        try {
            byte[] bytes = Base64.getDecoder().decode(base64);
            return bytes.length > 0
                    && NodeRecordCodec.decode(bytes, 0, bytes.length) instanceof Decoded.Message<NodeRecord>(var record)
                    && record.verify() ? record : null;
        } catch (IllegalArgumentException _) {
            return null;
        }
    }

    /** Writes what changed since the last time. */
    void writeKnownPeers(List<KnownPeer> known) throws IOException {
        ArrayNode all = JSON.createArrayNode();
        for (KnownPeer peer : known) {
            ObjectNode entry = all.addObject().put("peer_id", peer.node().peerId());
            ArrayNode addresses = entry.putArray("addresses");
            peer.lastGood().forEach(address -> addresses.add(new Endpoint.Direct(address).toString()));
            if (peer.record() != null) {
                entry.put("record", Base64.getEncoder().encodeToString(NodeRecordCodec.encode(peer.record())));
            }
        }
        String text = all.toPrettyString() + "\n";
        if (!text.equals(writtenPeers)) {
            AtomicFile.write(directory.resolve("known_peers.json"), text, Access.SECRET);
            writtenPeers = text;
        }
    }

    /** The prefixes that had routes when this was last written: what a daemon that was killed left behind. */
    List<Prefix> routes() throws IOException {
        String text = read("routes");
        return text == null
                ? List.of()
                : text.lines().map(line -> Prefix.parse(line.strip()).orNull()).filter(Objects::nonNull).toList();
    }

    void writeRoutes(Collection<Prefix> prefixes) throws IOException {
        String text = prefixes.stream().sorted().map(prefix -> prefix + "\n").collect(Collectors.joining());
        AtomicFile.write(directory.resolve("routes"), text, Access.SECRET);
    }

    private @Nullable String read(String name) throws IOException {
        Path file = directory.resolve(name);
        try {
            // Bytes that are no text become characters that nothing here understands.
            return Files.size(file) > FILE_BYTES_MAX ? null : new String(Files.readAllBytes(file), UTF_8);
        } catch (NoSuchFileException _) {
            return null;
        }
    }
}
