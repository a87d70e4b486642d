package io.meshd.identity;

import java.util.Arrays;

/**
 * One line of an OpenSSH public key file: {@code ssh-ed25519 <base64> <comment>}.
 *
 * @param key     the key; whether it is sound is for {@link KeyCheck} to say
 * @param comment what follows the key, without blanks around it; may be empty
 */
public record OpenSshKey(PublicKey key, String comment) {
    /** The one algorithm. */
    public static final String ALGORITHM = "ssh-ed25519";

    private static final int BLOB_BYTES = 51;
    private static final int ALGORITHM_BYTES = BLOB_BYTES - PublicKey.BYTES;

    /**
     * A line.
     *
     * @throws IllegalArgumentException when the comment has control characters or blanks around it
     */
    public OpenSshKey {
        if (!KeyLine.isComment(comment)) {
            throw new IllegalArgumentException("a comment is one line without blanks around it");
        }
    }

    /** Reads a line, exactly: the blob holds the algorithm, 32 bytes and nothing else, in its one base64 text. */
    public static Parsed<OpenSshKey> parse(String line) {
        String[] parts = KeyLine.split(line);
        if (!parts[0].equals(ALGORITHM)) {
            return Parsed.invalid(KeyLine.foreignAlgorithm(parts[0]));
        }
        if (parts[1].isEmpty()) {
            return Parsed.invalid("the key after " + ALGORITHM + " is missing");
        }
        byte[] blob = Base64Text.decode(parts[1], BLOB_BYTES);
        if (blob == null) {
            return Parsed.invalid("expected 68 characters of base64 after " + ALGORITHM);
        }
        PublicKey key = PublicKey.of(Arrays.copyOfRange(blob, ALGORITHM_BYTES, BLOB_BYTES));
        if (!Arrays.equals(key.sshBlob(), blob)) {
            return Parsed.invalid("the base64 after " + ALGORITHM + " holds no " + ALGORITHM + " key");
        }
        return KeyLine.isComment(parts[2])
                ? Parsed.valid(new OpenSshKey(key, parts[2]))
                : Parsed.invalid("the comment after the key has control characters");
    }

    /** The line, without a line end. */
    public String line() {
        String line = ALGORITHM + " " + Base64Text.encode(key.sshBlob());
        return comment.isEmpty() ? line : line + " " + comment;
    }

    @Override
    public String toString() {
        return line();
    }
}
