package io.meshd.identity;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads trust files; see {@link AuthorizedKey#parse}. */
final class AuthorizedKeyParser {
    /** Ten thousand prefixes fit; keeps a wrong path from filling memory. */
    private static final int CONTENT_LENGTH_MAX = 512 * 1024;

    private static final List<String> MEMBER_OPTIONS = List.of(AuthorizedKeyText.PREFIX, AuthorizedKeyText.RELAY,
            AuthorizedKeyText.INTRODUCER, AuthorizedKeyText.EXPIRES, AuthorizedKeyText.SEED,
            AuthorizedKeyText.PSK_FILE);
    private static final List<String> STOCK_OPTIONS = List.of(AuthorizedKeyText.PREFIX, AuthorizedKeyText.ENDPOINT,
            AuthorizedKeyText.PERSISTENT_KEEPALIVE, AuthorizedKeyText.PSK_FILE);
    private static final List<String> FLAGS = List.of(AuthorizedKeyText.RELAY, AuthorizedKeyText.INTRODUCER);
    private static final int KEEPALIVE_DIGITS_MAX = 5;

    private final String name;
    private final List<Fault> faults = new ArrayList<>();
    private final Map<String, String> options = new LinkedHashMap<>();
    private int line;

    private AuthorizedKeyParser(String name) {
        this.name = name;
    }

    static Parsed<AuthorizedKey> parse(String name, String content) {
        if (content.length() > CONTENT_LENGTH_MAX) {
            return Parsed.invalid("a trust file has one key line, not " + content.length() + " characters");
        }
        AuthorizedKeyParser parser = new AuthorizedKeyParser(name);
        AuthorizedKey entry = parser.read(content);
        return entry == null || !parser.faults.isEmpty()
                ? new Parsed.Invalid<>(parser.faults)
                : Parsed.valid(entry);
    }

    private void fault(String message) {
        faults.add(new Fault(line, message));
    }

    private @Nullable AuthorizedKey read(String content) {
        if (!NodeName.isValid(name)) {
            fault("\"" + name + "\" is no name for a peer; names match " + NodeName.RULE);
        }
        String keyLine = null;
        int keyLineAt = 0;
        String[] lines = content.split("\n", -1);
        for (line = 1; line <= lines.length; line++) {
            String text = lines[line - 1];
            text = KeyLine.stripBlanks(text.endsWith("\r") ? text.substring(0, text.length() - 1) : text);
            if (text.isEmpty() || text.startsWith("#")) {
                continue;
            }
            if (text.chars().anyMatch(KeyLine::isControl)) {
                fault("expected text, found control characters");
            } else if (keyLine != null) {
                fault("expected one key line, which is line " + keyLineAt + "; this is another");
            } else {
                keyLine = text;
                keyLineAt = line;
            }
        }
        line = keyLineAt;
        if (keyLine == null) {
            if (faults.isEmpty()) {
                fault("expected a key line: ssh-ed25519 <base64> <name>");
            }
            return null;
        }
        return readKeyLine(keyLine);
    }

    private @Nullable AuthorizedKey readKeyLine(String text) {
        String keyText = text;
        List<KeyOptions.Option> given = List.of();
        if (!KeyLine.isAlgorithm(KeyLine.split(text)[0])) {
            if (PublicKeyText.parse(text) instanceof PublicKeyText.Recognised(var key, var _, var comment)) {
                fault("expected the key in its OpenSSH form: " + new OpenSshKey(key, comment).line());
                return null;
            }
            switch (KeyOptions.parse(text)) {
                case Parsed.Invalid(var found) -> {
                    found.forEach(fault -> fault(fault.message()));
                    return null;
                }
                case Parsed.Valid(KeyOptions(var options, var end)) -> {
                    given = options;
                    keyText = text.substring(end);
                }
            }
        }
        boolean stock = KeyLine.split(keyText)[0].equals(AuthorizedKey.WIREGUARD_ALGORITHM);
        takeOptions(given, stock);
        return stock ? stock(keyText) : member(keyText);
    }

    private void takeOptions(List<KeyOptions.Option> given, boolean stock) {
        List<String> known = stock ? STOCK_OPTIONS : MEMBER_OPTIONS;
        for (KeyOptions.Option option : given) {
            String value = option.value();
            boolean flag = FLAGS.contains(option.name());
            if (!known.contains(option.name())) {
                boolean elsewhere = (stock ? MEMBER_OPTIONS : STOCK_OPTIONS).contains(option.name());
                fault(elsewhere
                        ? "option " + option.name() + " is for " + (stock ? "meshd peers" : "wireguard-x25519 keys")
                                + " only"
                        : "unknown option " + option.name() + Suggestion.hint(option.name(), known));
            } else if (flag && value != null) {
                fault("option " + option.name() + " takes no value");
            } else if (!flag && value == null) {
                fault("option " + option.name() + " needs a value: " + option.name() + "=\"…\"");
            } else if (options.putIfAbsent(option.name(), value == null ? "" : value) != null) {
                fault("option " + option.name() + " is given twice");
            }
        }
    }

    private @Nullable AuthorizedKey member(String keyText) {
        List<Prefix> prefixes = prefixes();
        Expiry expires = option(AuthorizedKeyText.EXPIRES, Expiry::parse);
        HostPort seed = option(AuthorizedKeyText.SEED, HostPort::parse);
        String pskFile = option(AuthorizedKeyText.PSK_FILE, AuthorizedKeyParser::path);
        OpenSshKey key = value("key", OpenSshKey.parse(keyText));
        KeyCheck.Weakness weakness = key == null ? null : KeyCheck.weakness(key.key());
        if (weakness != null) {
            fault("the key " + weakness.text());
        }
        return key == null || !faults.isEmpty()
                ? null
                : new AuthorizedKey.Member(name, key.key(), prefixes, options.containsKey(AuthorizedKeyText.RELAY),
                        options.containsKey(AuthorizedKeyText.INTRODUCER), expires, seed, pskFile, key.comment());
    }

    private @Nullable AuthorizedKey stock(String keyText) {
        List<Prefix> prefixes = prefixes();
        HostPort endpoint = option(AuthorizedKeyText.ENDPOINT, HostPort::parse);
        Integer keepalive = option(AuthorizedKeyText.PERSISTENT_KEEPALIVE, AuthorizedKeyParser::keepalive);
        String pskFile = option(AuthorizedKeyText.PSK_FILE, AuthorizedKeyParser::path);
        String[] parts = KeyLine.split(keyText);
        TunnelKey key = TunnelKey.ofBase64(parts[1]);
        if (key == null) {
            fault("expected base64 of 32 bytes, 44 characters, after " + AuthorizedKey.WIREGUARD_ALGORITHM);
            return null;
        }
        KeyCheck.Weakness weakness = KeyCheck.weakness(key);
        if (weakness != null) {
            fault("the key " + weakness.text());
        }
        return faults.isEmpty()
                ? new AuthorizedKey.Stock(name, key, prefixes, endpoint, keepalive == null ? 0 : keepalive, pskFile,
                        parts[2])
                : null;
    }

    private List<Prefix> prefixes() {
        String text = options.get(AuthorizedKeyText.PREFIX);
        List<Prefix> prefixes = new ArrayList<>();
        for (String part : text == null ? new String[0] : text.split(",", -1)) {
            Prefix prefix = value(AuthorizedKeyText.PREFIX, Prefix.parse(part.strip()));
            if (prefix != null) {
                prefixes.add(prefix);
            }
        }
        if (prefixes.stream().distinct().count() != prefixes.size()) {
            fault("prefix: the same prefix is given twice");
        }
        return prefixes;
    }

    private <T> @Nullable T option(String option, Function<String, Parsed<T>> parser) {
        String text = options.get(option);
        return text == null ? null : value(option, parser.apply(text));
    }

    /** The value, or null after noting the faults. */
    private <T> @Nullable T value(String what, Parsed<T> parsed) {
        return switch (parsed) {
            case Parsed.Valid<T>(var value) -> value;
            case Parsed.Invalid<T>(var found) -> {
                found.forEach(fault -> fault(what + ": " + fault.message()));
                yield null;
            }
        };
    }

    private static Parsed<String> path(String text) {
        return AuthorizedKeyText.isPath(text)
                ? Parsed.valid(text)
                : Parsed.invalid("expected the name of a file, without quotes, backslashes or blanks around it");
    }

    private static Parsed<Integer> keepalive(String text) {
        int seconds = text.equals("off") ? 0 : Decimal.parse(text, KEEPALIVE_DIGITS_MAX);
        return seconds >= 0 && seconds <= AuthorizedKey.Stock.PERSISTENT_KEEPALIVE_MAX_SECONDS
                ? Parsed.valid(seconds)
                : Parsed.invalid("\"" + text + "\" is no number of seconds from 0 to 65535");
    }
}
