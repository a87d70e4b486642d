package io.meshd.identity;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The text of an identity file: {@code key = value} lines, of which all but the seed follow from the seed and are there
 * for people to read. A file whose derived lines do not match its seed was mangled, and is refused.
 *
 * <p>Works on bytes, not strings, so that the caller can wipe them; opens no file.
 */
public final class IdentityFile {
    /** The value of {@code format}. */
    public static final String FORMAT = "meshd-identity-v1";

    private static final String FORMAT_KEY = "format";
    private static final String SEED = "seed";
    private static final String PUBLIC_KEY = "public_key";
    private static final String PEER_ID = "peer_id";
    private static final String FINGERPRINT = "fingerprint";
    private static final List<String> KEYS = List.of(FORMAT_KEY, SEED, PUBLIC_KEY, PEER_ID, FINGERPRINT);
    /** Far more than a file with comments has; keeps a wrong path from filling memory. */
    private static final int CONTENT_BYTES_MAX = 16 * 1024;

    private final List<Fault> faults = new ArrayList<>();
    private final Map<String, Integer> lineOf = new LinkedHashMap<>();
    private final Map<String, String> derived = new LinkedHashMap<>();
    private byte @Nullable [] seed;

    private IdentityFile() {}

    /** The content for an identity, for the caller to wipe. */
    public static byte[] write(Identity identity) {
        byte[] seed = identity.copyOfSeed();
        byte[] seedText = Base64.getEncoder().encode(seed);
        Arrays.fill(seed, (byte) 0);
        PublicKey key = identity.publicKey();
        byte[] before = ascii("""
                # A meshd identity. Whoever reads the seed is this node: keep it to yourself.
                %s = %s
                %s = \
                """.formatted(FORMAT_KEY, FORMAT, SEED));
        byte[] after = ascii("\n%s = %s\n%s = %s\n%s = %s\n".formatted(PUBLIC_KEY, key.base64(), PEER_ID, key.peerId(),
                FINGERPRINT, key.fingerprint()));
        byte[] content = new byte[before.length + seedText.length + after.length];
        System.arraycopy(before, 0, content, 0, before.length);
        System.arraycopy(seedText, 0, content, before.length, seedText.length);
        System.arraycopy(after, 0, content, before.length + seedText.length, after.length);
        Arrays.fill(seedText, (byte) 0);
        return content;
    }

    /** The identity in a content; no fault repeats any of the seed. The caller wipes {@code content}. */
    public static Parsed<Identity> parse(byte[] content) {
        if (content.length > CONTENT_BYTES_MAX) {
            return Parsed.invalid("an identity file has a few lines, not " + content.length + " bytes");
        }
        IdentityFile file = new IdentityFile();
        try {
            file.readLines(content);
            return file.identity();
        } finally {
            if (file.seed != null) {
                Arrays.fill(file.seed, (byte) 0);
            }
        }
    }

    private void readLines(byte[] content) {
        int line = 0;
        int start = 0;
        while (start < content.length) {
            int end = start;
            while (end < content.length && content[end] != '\n') {
                end++;
            }
            readLine(content, start, end, ++line);
            start = end + 1;
        }
    }

    private void readLine(byte[] content, int lineStart, int lineEnd, int line) {
        int start = skipBlanks(content, lineStart, lineEnd);
        int end = trimBlanks(content, start, lineEnd);
        if (start == end || content[start] == '#') {
            return;
        }
        int equals = start;
        while (equals < end && content[equals] != '=') {
            equals++;
        }
        if (equals == end) {
            faults.add(new Fault(line, "expected \"key = value\""));
            return;
        }
        String key = text(content, start, trimBlanks(content, start, equals));
        int valueStart = skipBlanks(content, equals + 1, end);
        if (!KEYS.contains(key)) {
            // The key is not repeated unless it is close to a known one: a seed may have slipped to its place.
            faults.add(new Fault(line, "unknown key" + Suggestion.hint(key, KEYS)));
        } else if (lineOf.putIfAbsent(key, line) != null) {
            faults.add(new Fault(line, key + " is given twice, first in line " + lineOf.get(key)));
        } else if (key.equals(SEED)) {
            readSeed(content, valueStart, end, line);
        } else {
            derived.put(key, text(content, valueStart, end));
        }
    }

    private void readSeed(byte[] content, int start, int end, int line) {
        byte[] text = Arrays.copyOfRange(content, start, end);
        seed = Base64Text.decode(text, Identity.SEED_BYTES);
        Arrays.fill(text, (byte) 0);
        if (seed == null) {
            faults.add(new Fault(line, "expected seed = base64 of 32 bytes, 44 characters"));
        }
    }

    private Parsed<Identity> identity() {
        for (String key : KEYS) {
            if (!lineOf.containsKey(key)) {
                faults.add(new Fault(0, key + " is missing"));
            }
        }
        String format = derived.get(FORMAT_KEY);
        if (format != null && !format.equals(FORMAT)) {
            faults.add(new Fault(line(FORMAT_KEY), "expected format = " + FORMAT));
        }
        if (seed == null) {
            return new Parsed.Invalid<>(faults.isEmpty() ? List.of(new Fault(0, "seed is missing")) : faults);
        }
        Identity identity = Identity.ofSeed(seed);
        checkDerived(PUBLIC_KEY, identity.publicKey().base64());
        checkDerived(PEER_ID, identity.publicKey().peerId());
        checkDerived(FINGERPRINT, identity.publicKey().fingerprint());
        if (!faults.isEmpty()) {
            identity.destroy();
            return new Parsed.Invalid<>(faults);
        }
        return Parsed.valid(identity);
    }

    private void checkDerived(String key, String expected) {
        String found = derived.get(key);
        if (found != null && !found.equals(expected)) {
            faults.add(new Fault(line(key), key + " does not belong to the seed, whose " + key + " is " + expected));
        }
    }

    private int line(String key) {
        return lineOf.getOrDefault(key, 0);
    }

    private static int skipBlanks(byte[] content, int start, int end) {
        int at = start;
        while (at < end && isBlank(content[at])) {
            at++;
        }
        return at;
    }

    private static int trimBlanks(byte[] content, int start, int end) {
        int at = end;
        while (at > start && isBlank(content[at - 1])) {
            at--;
        }
        return at;
    }

    private static boolean isBlank(byte b) {
        return b == ' ' || b == '\t' || b == '\r';
    }

    private static String text(byte[] content, int start, int end) {
        return new String(content, start, end - start, StandardCharsets.ISO_8859_1);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
