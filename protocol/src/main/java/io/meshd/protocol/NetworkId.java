package io.meshd.protocol;

/** The rule for names of meshes: 1 to 63 characters of {@code [a-z0-9._-]}. */
public final class NetworkId {
    /** Longest id in characters. */
    public static final int LENGTH_MAX = 63;
    /** The rule, for messages. */
    public static final String RULE = "[a-z0-9._-]{1,63}";

    private NetworkId() {}

    /** Whether the text keeps the rule. */
    public static boolean isValid(String text) {
        if (text.isEmpty() || text.length() > LENGTH_MAX) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean alphanumeric = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
            if (!alphanumeric && c != '.' && c != '_' && c != '-') {
                return false;
            }
        }
        return true;
    }
}
