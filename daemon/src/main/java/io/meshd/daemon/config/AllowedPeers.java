package io.meshd.daemon.config;

import io.meshd.identity.AuthorizedKey;
import io.meshd.identity.Expiry;
import io.meshd.identity.HostPort;
import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import io.meshd.identity.TrustEntry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads {@code [[allowed_peers]]}: the same as files in {@code authorized_keys/}. */
final class AllowedPeers {
    private static final int NAME_DEFAULT_LENGTH = 8;

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
        PublicKey key = section.readRequired(Keys.ALLOWED_PEER_ID);
        String name = section.read(Keys.ALLOWED_NAME,
                key == null ? "" : key.peerId().substring(0, NAME_DEFAULT_LENGTH));
        Prefix single = section.readOrNull(Keys.ALLOWED_PREFIX);
        List<Prefix> several = section.readList(Keys.ALLOWED_PREFIXES);
        boolean relay = section.read(Keys.ALLOWED_RELAY);
        List<Expiry> expires = section.read(Keys.ALLOWED_EXPIRES, List.of());
        List<HostPort> seed = section.read(Keys.ALLOWED_SEED, List.of());
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
}
