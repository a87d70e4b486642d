package io.meshd.identity;

import java.util.regex.Pattern;

/** What lines with a key have in common: an algorithm, base64, a comment, with blanks between. */
final class KeyLine {
    private static final Pattern BLANKS = Pattern.compile("[ \t]+");
    private static final Pattern ALGORITHM = Pattern.compile("(ssh|ecdsa|sk|wireguard)-[A-Za-z0-9@.-]+");
    private static final int PARTS = 3;

    private KeyLine() {}

    /** Exactly three parts, the missing ones empty. */
    static String[] split(String line) {
        String[] found = BLANKS.split(stripBlanks(line), PARTS);
        String[] parts = {"", "", ""};
        System.arraycopy(found, 0, parts, 0, found.length);
        return parts;
    }

    /** Without blanks at both ends; other white space stays, to be refused. */
    static String stripBlanks(String text) {
        int start = 0;
        int end = text.length();
        while (start < end && isBlank(text.charAt(start))) {
            start++;
        }
        while (end > start && isBlank(text.charAt(end - 1))) {
            end--;
        }
        return text.substring(start, end);
    }

    static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }

    static boolean isAlgorithm(String word) {
        return ALGORITHM.matcher(word).matches();
    }

    /** Whether the text can stand behind a key and be read back. */
    static boolean isComment(String text) {
        return text.chars().noneMatch(KeyLine::isControl) && text.equals(stripBlanks(text));
    }

    static boolean isControl(int c) {
        return c != '\t' && Character.isISOControl(c);
    }

    static String foreignAlgorithm(String word) {
        if (word.startsWith("-----BEGIN")) {
            return "this is the private half of a key; expected the line of its .pub file";
        }
        return isAlgorithm(word)
                ? "keys of type " + word + " cannot be used; expected ssh-ed25519"
                : "expected a line that begins with ssh-ed25519";
    }
}
