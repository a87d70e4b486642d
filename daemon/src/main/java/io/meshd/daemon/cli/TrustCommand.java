package io.meshd.daemon.cli;

import io.meshd.daemon.config.ConfigException;
import io.meshd.daemon.config.Revocations;
import io.meshd.identity.AuthorizedKey;
import io.meshd.identity.Expiry;
import io.meshd.identity.HostPort;
import io.meshd.identity.NodeName;
import io.meshd.identity.OpenSshKey;
import io.meshd.identity.Parsed;
import io.meshd.identity.Prefix;
import io.meshd.identity.PublicKey;
import io.meshd.identity.PublicKeyText;
import io.meshd.identity.Trust;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Trusts a key: writes its file. */
final class TrustCommand implements Command {
    private static final String NAME = "name";
    private static final String PREFIX = "prefix";
    private static final String RELAY = "relay";
    private static final String INTRODUCER = "introducer";
    private static final String EXPIRES = "expires";
    private static final String SEED = "seed";
    private static final String PUB = ".pub";
    private static final int KEY_FILE_MAX_BYTES = 64 * 1024;
    private static final int NAME_DEFAULT_LENGTH = 8;
    /** Base64 of 32 bytes, or a peer_id. */
    private static final Pattern KEY_FORM = Pattern.compile("[A-Za-z0-9+/]{43}=|[a-z2-7]{52}");

    @Override
    public CommandSpec spec() {
        return CommandSpec.of("trust", "Admit a peer: write its key to authorized_keys/NAME.pub.")
                .taking("KEY|FILE", 1, 3)
                .saying("KEY is what `meshd export` prints there, base64 of the 32 bytes, or a peer_id; FILE may be -.",
                        "The name is --name, else the key's comment or the file's name. A running daemon notices.",
                        "`meshd trust list` shows who is trusted, `meshd untrust NAME` ends it.")
                .reporting()
                .with(CommandSpec.value(NAME, "N", "what this node calls the peer"),
                        CommandSpec.value(PREFIX, "CIDR", "what the peer owns; may be repeated; default: its address"),
                        CommandSpec.flag(RELAY, "packets may go through the peer"),
                        CommandSpec.flag(INTRODUCER, "admit whom the peer invites as well, until it takes that back"),
                        CommandSpec.value(EXPIRES, "DATE",
                                "end of trust: YYYY-MM-DD (end of that day, UTC) or RFC 3339"),
                        CommandSpec.value(SEED, "HOST:PORT", "where the peer is found without asking anybody"))
                .example("sudo meshd trust alpha.pub --introducer", "admit alpha, and whom alpha invites")
                .example("sudo meshd trust beta.pub --prefix 10.42.1.0/24", "trust the key in a file")
                .example("sudo meshd trust \"ssh-ed25519 AAAA… beta\" --seed beta.example:51821",
                        "trust what `meshd export` printed on beta");
    }

    @Override
    public int run(Invocation invocation) throws CommandException, ConfigException, IOException {
        boolean asJson = invocation.isJson();
        Given given = given(invocation);
        String name = name(invocation, given);
        List<Prefix> prefixes = new ArrayList<>();
        for (String text : invocation.values(PREFIX)) {
            prefixes.add(option(invocation, PREFIX, text, Prefix::parse));
        }
        String expires = invocation.value(EXPIRES);
        String seed = invocation.value(SEED);
        if (prefixes.stream().distinct().count() != prefixes.size()) {
            throw invocation.usage("option --prefix: the same prefix is given twice");
        }
        TrustFiles files = TrustFiles.of(invocation);
        AuthorizedKey.Member entry = files.keeping(new AuthorizedKey.Member(name, given.recognised.key(), prefixes,
                invocation.has(RELAY), invocation.has(INTRODUCER),
                expires == null ? null : option(invocation, EXPIRES, expires, Expiry::parse),
                seed == null ? null : option(invocation, SEED, seed, HostPort::parse), null,
                given.recognised.comment()));
        List<Trust.Note> notes = files.write(entry);
        Revocations.of(invocation.home()).remove(entry.key());
        Path file = files.file(name);
        if (entry.expires() != null && entry.expires().isPast(files.now())) {
            invocation.warn("that trust has expired already: " + entry.expires());
        }
        notes.forEach(note -> invocation.warn(note.toString()));
        if (asJson) {
            invocation.json(document(entry, given.recognised.form(), file));
        } else {
            show(invocation, entry, given.recognised.form(), file);
        }
        return ExitStatus.DONE;
    }

    /**
     * What was given to trust.
     *
     * @param recognised the key
     * @param fileName   of the file that it was in; null when it was typed
     */
    private record Given(PublicKeyText.Recognised recognised, @Nullable String fileName) {}

    private static Given given(Invocation invocation) throws CommandException, IOException {
        String text = String.join(" ", invocation.arguments());
        String fileName = null;
        String content = text;
        if (text.equals("-")) {
            content = read(invocation.world().in());
        } else if (invocation.arguments().size() == 1 && !isKeyLike(text)) {
            Path file = invocation.path(text);
            if (Files.isRegularFile(file)) {
                fileName = String.valueOf(file.getFileName());
                try (InputStream in = Files.newInputStream(file)) {
                    content = read(in);
                }
            } else if (text.contains("/") || text.endsWith(PUB) || Files.exists(file)) {
                throw CommandException.failed(text + " is no file: check the path");
            }
        }
        return switch (PublicKeyText.parse(withoutOptions(content))) {
            case PublicKeyText.Recognised recognised -> new Given(recognised, fileName);
            case PublicKeyText.Refused(String message) -> throw CommandException.usage(
                    (fileName == null ? "" : text + ": ") + message);
        };
    }

    /** Base64 has slashes, as paths do: what has the form of a key is one, also when it is to be refused. */
    private static boolean isKeyLike(String text) {
        return text.isBlank() || text.contains(" ") || KEY_FORM.matcher(text).matches();
    }

    /** A file from another node's authorized_keys may begin with options, which are that node's business. */
    private static String withoutOptions(String content) {
        AuthorizedKey entry = AuthorizedKey.parse("x", content).orNull();
        return entry instanceof AuthorizedKey.Member member
                ? new OpenSshKey(member.key(), member.comment()).line()
                : content;
    }

    private static String read(InputStream in) throws IOException {
        return new String(in.readNBytes(KEY_FILE_MAX_BYTES), StandardCharsets.UTF_8);
    }

    private static String name(Invocation invocation, Given given) throws CommandException {
        String wanted = invocation.value(NAME);
        if (wanted != null) {
            if (!NodeName.isValid(wanted)) {
                throw invocation.malformed(NAME, wanted, "a name by the rule " + NodeName.RULE);
            }
            return wanted;
        }
        String comment = given.recognised.comment();
        if (NodeName.isValid(comment)) {
            return comment;
        }
        String fileName = given.fileName;
        if (fileName != null && fileName.endsWith(PUB)) {
            String base = fileName.substring(0, fileName.length() - PUB.length());
            if (NodeName.isValid(base)) {
                return base;
            }
        }
        return comment.isEmpty()
                ? given.recognised.key().peerId().substring(0, NAME_DEFAULT_LENGTH)
                : NodeName.fit(comment);
    }

    static <T> T option(Invocation invocation, String option, String text, Function<String, Parsed<T>> parser)
            throws CommandException {
        return switch (parser.apply(text)) {
            case Parsed.Valid<T>(var value) -> value;
            case Parsed.Invalid<T> invalid -> throw invocation.usage("option --" + option + ": " + invalid.message());
        };
    }

    private static void show(Invocation invocation, AuthorizedKey.Member entry, PublicKeyText.Form form, Path file) {
        if (form == PublicKeyText.Form.BASE64) {
            invocation.line("taken as an Ed25519 key (for a stock WireGuard device: `meshd peer add --wireguard`)");
        }
        invocation.line("trusts " + entry.name() + " " + entry.key().fingerprint() + "\nwritten to " + file);
    }

    private static Map<String, Object> document(AuthorizedKey.Member entry, PublicKeyText.Form form, Path file) {
        PublicKey key = entry.key();
        Map<String, Object> document = new LinkedHashMap<>();
        document.put("name", entry.name());
        document.put("peer_id", key.peerId());
        document.put("fingerprint", key.fingerprint());
        document.put("prefixes", entry.prefixes().stream().map(Prefix::toString).toList());
        document.put("relay_capable", entry.relay());
        document.put("introducer", entry.introducer());
        document.put("expires", Objects.toString(entry.expires(), null));
        document.put("seed", Objects.toString(entry.seed(), null));
        document.put("source", file.toString());
        document.put("taken_as", form.name().toLowerCase(Locale.ROOT));
        return document;
    }
}
