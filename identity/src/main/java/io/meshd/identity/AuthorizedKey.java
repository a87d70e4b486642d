package io.meshd.identity;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One trusted key with its options: the content of {@code authorized_keys/NAME.pub}, or an entry of the configuration.
 */
public sealed interface AuthorizedKey {
    /** What a stock WireGuard key begins with in a trust file. */
    String WIREGUARD_ALGORITHM = "wireguard-x25519";

    /** What this node calls the peer; keeps {@link NodeName}'s rule. */
    String name();

    /** What tunnels know the peer by. */
    TunnelKey tunnelKey();

    /** What the peer may own, as configured: without derived addresses. */
    List<Prefix> prefixes();

    /** The name of the file with the preshared key, or null when there is none. */
    @Nullable
    String pskFile();

    /** What stands behind the key; may be empty. */
    String comment();

    /**
     * A meshd node.
     *
     * @param relay      whether packets may go through it
     * @param introducer whether those whom it admits are admitted here
     * @param expires    until when it is trusted, or null for ever
     * @param seed       where it is found without asking anybody, or null
     */
    record Member(String name, PublicKey key, List<Prefix> prefixes, boolean relay, boolean introducer,
            @Nullable Expiry expires, @Nullable HostPort seed, @Nullable String pskFile,
            String comment) implements AuthorizedKey {
        /**
         * A checked entry.
         *
         * @throws IllegalArgumentException when a text breaks its rule, so that every entry can be written and read
         */
        public Member {
            prefixes = List.copyOf(prefixes);
            AuthorizedKeyText.requireWritable(name, prefixes, pskFile, comment);
        }

        @Override
        public TunnelKey tunnelKey() {
            return key.tunnelKey();
        }
    }

    /**
     * A stock WireGuard device, which is a leaf of this node and knows nothing of meshd.
     *
     * @param endpoint                   where it is, or null when it comes to us
     * @param persistentKeepaliveSeconds 1 to 65,535; 0: off
     */
    record Stock(String name, TunnelKey tunnelKey, List<Prefix> prefixes, @Nullable HostPort endpoint,
            int persistentKeepaliveSeconds, @Nullable String pskFile, String comment) implements AuthorizedKey {
        /** Greatest interval that {@code wg} knows. */
        public static final int PERSISTENT_KEEPALIVE_MAX_SECONDS = 65_535;

        /**
         * A checked entry.
         *
         * @throws IllegalArgumentException when a text or number breaks its rule
         */
        public Stock {
            prefixes = List.copyOf(prefixes);
            AuthorizedKeyText.requireWritable(name, prefixes, pskFile, comment);
            if (persistentKeepaliveSeconds < 0 || persistentKeepaliveSeconds > PERSISTENT_KEEPALIVE_MAX_SECONDS) {
                throw new IllegalArgumentException("a keepalive interval is 0 to 65535 s");
            }
        }
    }

    /**
     * Reads a trust file: {@code #} comments and exactly one key line, with options in front as in OpenSSH's
     * authorized_keys. All faults at once.
     *
     * @param name    the file's name without {@code .pub}
     * @param content the whole file
     */
    static Parsed<AuthorizedKey> parse(String name, String content) {
        return AuthorizedKeyParser.parse(name, content);
    }

    /** The content of a trust file that is read as this entry. */
    default String text() {
        return AuthorizedKeyText.write(this);
    }
}
