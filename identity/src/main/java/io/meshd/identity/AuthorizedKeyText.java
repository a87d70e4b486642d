package io.meshd.identity;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Writes trust files, and says what can be written. */
final class AuthorizedKeyText {
    static final String PREFIX = "prefix";
    static final String RELAY = "relay";
    static final String INTRODUCER = "introducer";
    static final String EXPIRES = "expires";
    static final String SEED = "seed";
    static final String PSK_FILE = "psk-file";
    static final String ENDPOINT = "endpoint";
    static final String PERSISTENT_KEEPALIVE = "persistent-keepalive";

    private static final int PATH_LENGTH_MAX = 255;

    private AuthorizedKeyText() {}

    static String write(AuthorizedKey entry) {
        List<String> options = new ArrayList<>();
        if (!entry.prefixes().isEmpty()) {
            options.add(option(PREFIX, entry.prefixes().stream().map(Prefix::toString)
                    .collect(Collectors.joining(","))));
        }
        String keyLine = switch (entry) {
            case AuthorizedKey.Member member -> {
                addMemberOptions(member, options);
                yield new OpenSshKey(member.key(), member.comment()).line();
            }
            case AuthorizedKey.Stock stock -> {
                addStockOptions(stock, options);
                String line = AuthorizedKey.WIREGUARD_ALGORITHM + " " + stock.tunnelKey().base64();
                yield stock.comment().isEmpty() ? line : line + " " + stock.comment();
            }
        };
        if (entry.pskFile() != null) {
            options.add(option(PSK_FILE, entry.pskFile()));
        }
        return (options.isEmpty() ? "" : String.join(",", options) + " ") + keyLine + "\n";
    }

    private static void addMemberOptions(AuthorizedKey.Member member, List<String> options) {
        if (member.relay()) {
            options.add(RELAY);
        }
        if (member.introducer()) {
            options.add(INTRODUCER);
        }
        if (member.expires() != null) {
            options.add(option(EXPIRES, member.expires().text()));
        }
        if (member.seed() != null) {
            options.add(option(SEED, member.seed().toString()));
        }
    }

    private static void addStockOptions(AuthorizedKey.Stock stock, List<String> options) {
        if (stock.endpoint() != null) {
            options.add(option(ENDPOINT, stock.endpoint().toString()));
        }
        if (stock.persistentKeepaliveSeconds() != 0) {
            options.add(option(PERSISTENT_KEEPALIVE, Integer.toString(stock.persistentKeepaliveSeconds())));
        }
    }

    private static String option(String name, String value) {
        return name + "=\"" + value + "\"";
    }

    /** A name that needs no escape between quotes, so that what is written is what is read. */
    static boolean isPath(String text) {
        return !text.isEmpty() && text.length() <= PATH_LENGTH_MAX && text.equals(text.strip())
                && text.chars().noneMatch(c -> c == '"' || c == '\\' || Character.isISOControl(c));
    }

    static void requireWritable(String name, List<Prefix> prefixes, @Nullable String pskFile, String comment) {
        require(NodeName.isValid(name), "\"" + name + "\" is no name " + NodeName.RULE);
        require(new HashSet<>(prefixes).size() == prefixes.size(), "a prefix is given twice");
        require(pskFile == null || isPath(pskFile), "the preshared key's file has no usable name");
        require(KeyLine.isComment(comment), "a comment is one line without blanks around it");
    }

    private static void require(boolean holds, String rule) {
        if (!holds) {
            throw new IllegalArgumentException(rule);
        }
    }
}
