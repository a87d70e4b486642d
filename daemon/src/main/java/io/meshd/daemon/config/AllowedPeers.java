package io.meshd.daemon.config;

import io.meshd.identity.AuthorizedKey;
import io.meshd.identity.Expiry;
import io.meshd.identity.HostPort;
import io.meshd.identity.KeyCheck;
import io.meshd.identity.NodeName;
import io.meshd.identity.Parsed;
import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import io.meshd.identity.TrustEntry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads {@code [[allowed_peers]]}: the same as files in {@code authorized_keys/}. */
final class AllowedPeers {
    private static final int NAME_DEFAULT_LENGTH = 8;
    private static final Kind<String> NAME = Kind.text("a name by the rule " + NodeName.RULE, NodeName::isValid);
    private static final Kind<PublicKey> PEER_ID = Kind.parsed("a peer_id of 52 characters", AllowedPeers::key);
    private static final Kind<Prefix> PREFIX = Kind.parsed("a prefix such as \"10.42.1.0/24\"", Prefix::parse);
    private static final Kind<List<Expiry>> EXPIRES = optional("\"\", YYYY-MM-DD or an RFC 3339 time", Expiry::parse);
    private static final Kind<List<HostPort>> SEED = optional("\"\" or HOST:PORT", HostPort::parse);

    private AllowedPeers() {}

    static List<TrustEntry> read(List<Section> sections, @Nullable Path file) {
        List<TrustEntry> entries = new ArrayList<>();
        for (Section section : sections) {
            AuthorizedKey key = read(section);
            if (key != null) {
                entries.add(new TrustEntry(key, file + ":" + section.line("")));
            }
        }
        return entries;
    }

    private static @Nullable AuthorizedKey read(Section section) {
        PublicKey key = section.readRequired("peer_id", PEER_ID);
        String name = section.read("name", NAME, key == null ? "" : key.peerId().substring(0, NAME_DEFAULT_LENGTH));
        Prefix single = section.readOrNull("prefix", PREFIX);
        List<Prefix> several = section.readList("prefixes", PREFIX, List.of());
        boolean relay = section.read("relay_capable", Kind.flag(), false);
        List<Expiry> expires = section.read("expires", EXPIRES, List.of());
        List<HostPort> seed = section.read("seed", SEED, List.of());
        section.close();
        if (section.has("prefix") && section.has("prefixes")) {
            section.problem("prefixes", "stands instead of prefix: remove one or the other");
        }
        List<Prefix> prefixes = single == null ? several : List.of(single);
        if (prefixes.stream().distinct().count() != prefixes.size()) {
            section.problem("prefixes", "the same prefix is given twice");
            return null;
        }
        return key == null
                ? null
                : new AuthorizedKey.Member(name, key, prefixes, relay, false,
                        expires.isEmpty() ? null : expires.getFirst(), seed.isEmpty() ? null : seed.getFirst(), null,
                        "");
    }

    private static Parsed<PublicKey> key(String text) {
        PublicKey key = PublicKey.ofPeerId(text);
        if (key == null) {
            return Parsed.invalid("");
        }
        KeyCheck.Weakness weakness = KeyCheck.weakness(key);
        return weakness == null ? Parsed.valid(key) : Parsed.invalid("the key " + weakness.text());
    }

    /** A text that may be empty, which means none. */
    private static <T> Kind<List<T>> optional(String expected, Function<String, Parsed<T>> parser) {
        return Kind.parsed(expected, text -> {
            if (text.isEmpty()) {
                return Parsed.valid(List.of());
            }
            return switch (parser.apply(text)) {
                case Parsed.Valid<T>(var value) -> Parsed.valid(List.of(value));
                case Parsed.Invalid<T>(var faults) -> new Parsed.Invalid<>(faults);
            };
        });
    }
}
