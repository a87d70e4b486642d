package io.meshd.daemon.config;

import io.meshd.identity.HostPort;
import io.meshd.identity.NodeName;
import io.meshd.identity.Parsed;
import io.meshd.identity.PublicKey;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A place where others may be found.
 *
 * @param peer  the peer_id or trusted name of who is expected there; null when any authorized key may be
 * @param place where
 */
public record BootstrapPeer(@Nullable String peer, Place place) {
    /** How the key {@code address} is to look. */
    static final String EXPECTED = "\"udp://HOST:PORT\" or \"txt://DOMAIN\"";

    private static final String UDP = "udp://";
    private static final String TXT = "txt://";
    private static final Pattern DOMAIN = Pattern.compile(
            "(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.?");

    /** Where a seed is, or where that stands. */
    public sealed interface Place {
        /** A host that listens; the host may be a DNS name. */
        record Udp(HostPort address) implements Place {
            @Override
            public String toString() {
                return "udp://" + address;
            }
        }

        /** A domain whose TXT records name seeds. */
        record Txt(String domain) implements Place {
            @Override
            public String toString() {
                return "txt://" + domain;
            }
        }
    }

    /** Reads a URL of the configuration. */
    static Parsed<Place> place(String url) {
        if (url.startsWith(UDP)) {
            return udp(url.substring(UDP.length()));
        }
        return url.startsWith(TXT) ? txt(url.substring(TXT.length())) : Parsed.invalid("");
    }

    /** Reads what follows {@code --seed}: {@code [PEER@]HOST:PORT} or {@code txt:DOMAIN}. */
    public static Parsed<BootstrapPeer> ofOption(String text) {
        if (text.startsWith("txt:")) {
            return at(null, txt(text.substring(text.startsWith(TXT) ? TXT.length() : "txt:".length())));
        }
        int at = text.indexOf('@');
        String peer = at < 0 ? null : text.substring(0, at);
        if (peer != null && !isPeer(peer)) {
            return Parsed.invalid("\"" + peer + "\" is neither a peer_id nor a name");
        }
        String address = text.substring(at + 1);
        return at(peer, udp(address.startsWith(UDP) ? address.substring(UDP.length()) : address));
    }

    private static Parsed<BootstrapPeer> at(@Nullable String peer, Parsed<Place> place) {
        return switch (place) {
            case Parsed.Valid(var valid) -> Parsed.valid(new BootstrapPeer(peer, valid));
            case Parsed.Invalid<Place>(var faults) -> new Parsed.Invalid<>(faults);
        };
    }

    /** Whether this is a peer_id or a well-formed name. */
    static boolean isPeer(String text) {
        return PublicKey.ofPeerId(text) != null || NodeName.isValid(text);
    }

    private static Parsed<Place> udp(String address) {
        return switch (HostPort.parse(address)) {
            case Parsed.Valid(var valid) -> Parsed.valid(new Place.Udp(valid));
            case Parsed.Invalid<HostPort>(var faults) -> new Parsed.Invalid<>(faults);
        };
    }

    private static Parsed<Place> txt(String domain) {
        String lower = domain.toLowerCase(Locale.ROOT);
        return DOMAIN.matcher(lower).matches()
                ? Parsed.valid(new Place.Txt(lower))
                : Parsed.invalid("\"" + domain + "\" is no domain");
    }

    @Override
    public String toString() {
        return peer == null ? place.toString() : peer + "@" + place;
    }
}
