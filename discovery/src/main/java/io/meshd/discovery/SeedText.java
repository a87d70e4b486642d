package io.meshd.discovery;

import io.meshd.identity.HostPort;
import io.meshd.identity.Parsed;
import io.meshd.identity.PublicKey;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A seed as operators write it: {@code [PEER@]HOST:PORT}, {@code udp://HOST:PORT}, {@code txt:DOMAIN} or
 * {@code txt://DOMAIN}.
 */
public sealed interface SeedText {
    /**
     * A place.
     *
     * @param peer who is expected there, as it was written (a name, a peer id or the beginning of one); null when not
     */
    record Place(@Nullable String peer, HostPort at) implements SeedText {}

    /** A domain whose TXT records at {@code _meshd._udp.DOMAIN} name places. */
    record Domain(String domain) implements SeedText {
        /** Where the records stand. */
        public String queryName() {
            return "_meshd._udp." + domain;
        }
    }

    /** Reads a seed. */
    static Parsed<SeedText> parse(String text) {
        String rest = text.strip();
        String lower = rest.toLowerCase(Locale.ROOT);
        if (lower.startsWith("txt:")) {
            return domain(text, lower.substring("txt:".length()));
        }
        if (lower.startsWith("udp://")) {
            rest = rest.substring("udp://".length());
        }
        int at = rest.lastIndexOf('@');
        String peer = at < 0 ? null : rest.substring(0, at);
        if (peer != null && peer.isEmpty()) {
            return Parsed.invalid("\"" + text + "\" is no seed: before the @ stands a peer");
        }
        return switch (HostPort.parse(rest.substring(at + 1))) {
            case Parsed.Valid<HostPort>(HostPort place) -> Parsed.valid(new Place(peer, place));
            case Parsed.Invalid<HostPort> invalid -> new Parsed.Invalid<>(invalid.faults());
        };
    }

    private static Parsed<SeedText> domain(String text, String rest) {
        String domain = rest.startsWith("//") ? rest.substring(2) : rest;
        // A domain keeps the rule for host names; any port will do to have it checked.
        HostPort checked = HostPort.parse(domain + ":1").orNull();
        return checked == null || checked.address() != null
                ? Parsed.invalid("\"" + text + "\" is no seed: after txt: stands a domain")
                : Parsed.valid(new Domain(checked.host()));
    }

    /**
     * The seed that one TXT record names: {@code v=meshd1 addr=HOST:PORT [peer=PEER_ID]}. Null when it is none of ours;
     * words that later versions add are ignored.
     */
    static @Nullable Seed parseTxt(String record) {
        HostPort place = null;
        PublicKey peer = null;
        String[] words = record.strip().split("\\s+", -1);
        if (!words[0].equals("v=meshd1")) {
            return null;
        }
        for (String word : words) {
            if (word.startsWith("addr=")) {
                place = HostPort.parse(word.substring("addr=".length())).orNull();
            } else if (word.startsWith("peer=")) {
                peer = PublicKey.ofPeerId(word.substring("peer=".length()));
                if (peer == null) {
                    return null;
                }
            }
        }
        return place == null ? null : new Seed(SeedSource.TXT, place, peer);
    }
}
