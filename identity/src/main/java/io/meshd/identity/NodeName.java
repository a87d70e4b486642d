package io.meshd.identity;

import java.util.Locale;

/** The rule for names of nodes: {@code [a-z0-9][a-z0-9._-]{0,62}}, so that each is a file name and a host name. */
public final class NodeName {
    /** Longest name in characters: a DNS label. */
    public static final int LENGTH_MAX = 63;
    /** The rule, for messages. */
    public static final String RULE = "[a-z0-9][a-z0-9._-]{0,62}";

    /** What a text that has nothing usable becomes. */
    private static final String FALLBACK = "node";

    private NodeName() {}

    /** Whether the text keeps the rule. */
    public static boolean isValid(String text) {
        if (text.isEmpty() || text.length() > LENGTH_MAX || !isFirst(text.charAt(0))) {
            return false;
        }
        for (int i = 1; i < text.length(); i++) {
            if (!isLater(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    /**
     * A valid name that is as near to the text as can be: lower case, foreign characters as single dashes, no
     * punctuation at either end, cut to {@link #LENGTH_MAX}. A valid name comes back unchanged.
     */
    public static String fit(String text) {
        if (isValid(text)) {
            return text;
        }
        StringBuilder name = new StringBuilder();
        String lower = text.strip().toLowerCase(Locale.ROOT);
        for (int i = 0; i < lower.length() && name.length() < LENGTH_MAX; i++) {
            char c = lower.charAt(i);
            char kept = isLater(c) ? c : '-';
            boolean repeatedDash = kept == '-' && !name.isEmpty() && name.charAt(name.length() - 1) == '-';
            if (name.isEmpty() ? isFirst(kept) : !repeatedDash) {
                name.append(kept);
            }
        }
        int end = name.length();
        while (end > 0 && !isFirst(name.charAt(end - 1))) {
            end--;
        }
        return end == 0 ? FALLBACK : name.substring(0, end);
    }

    private static boolean isFirst(char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    }

    private static boolean isLater(char c) {
        return isFirst(c) || c == '.' || c == '_' || c == '-';
    }
}
