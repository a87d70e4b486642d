package io.meshd.identity;

import java.util.List;
import java.util.Locale;

/** A public key as an operator may give it, recognised by its form and checked. */
public sealed interface PublicKeyText {
    /** The forms that a key may have. */
    enum Form {
        /** {@code ssh-ed25519 <base64> <comment>}. */
        OPENSSH,
        /** Base64 of 32 bytes, which an X25519 key would look like as well: the answer should say how it was taken. */
        BASE64,
        /** 52 characters of base32. */
        PEER_ID
    }

    /**
     * A sound key.
     *
     * @param comment from an OpenSSH line; else empty
     */
    record Recognised(PublicKey key, Form form, String comment) implements PublicKeyText {}

    /** No key, or one that is not sound; {@code message} says what was expected. */
    record Refused(String message) implements PublicKeyText {}

    /** Reads one key, or the content of a file with one key and {@code #} comments. */
    static PublicKeyText parse(String text) {
        List<String> lines = text.lines().map(KeyLine::stripBlanks)
                .filter(line -> !line.isEmpty() && !line.startsWith("#")).toList();
        if (lines.size() != 1) {
            boolean privateKey = !lines.isEmpty() && lines.getFirst().startsWith("-----BEGIN");
            return new Refused(privateKey
                    ? KeyLine.foreignAlgorithm(lines.getFirst())
                    : "expected one key, not " + lines.size() + " lines");
        }
        String line = lines.getFirst();
        PublicKey peerId = PublicKey.ofPeerId(line);
        if (peerId != null) {
            return checked(peerId, Form.PEER_ID, "");
        }
        byte[] bytes = Base64Text.decode(line, PublicKey.BYTES);
        if (bytes != null) {
            return checked(PublicKey.of(bytes), Form.BASE64, "");
        }
        if (KeyLine.isAlgorithm(KeyLine.split(line)[0])) {
            return switch (OpenSshKey.parse(line)) {
                case Parsed.Valid(OpenSshKey(var key, var comment)) -> checked(key, Form.OPENSSH, comment);
                case Parsed.Invalid<OpenSshKey> invalid -> new Refused(invalid.message());
            };
        }
        return new Refused(expected(line));
    }

    private static PublicKeyText checked(PublicKey key, Form form, String comment) {
        KeyCheck.Weakness weakness = KeyCheck.weakness(key);
        return weakness == null
                ? new Recognised(key, form, comment)
                : new Refused("the key " + weakness.text() + "; no program makes such Ed25519 keys");
    }

    private static String expected(String line) {
        if (line.startsWith("SHA256:")) {
            return "a fingerprint is no key; expected what \"meshd export\" prints on that host";
        }
        if (PublicKey.ofPeerId(line.toLowerCase(Locale.ROOT)) != null) {
            return "a peer_id is in lower case: " + line.toLowerCase(Locale.ROOT);
        }
        return "expected \"ssh-ed25519 <base64> <name>\", base64 of 32 bytes, or a peer_id of 52 characters";
    }
}
