package io.meshd.identity;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Finds what somebody probably meant: the nearest of the known words, by letters changed, added, lost or swapped. */
public final class Suggestion {
    /** One letter in three may be wrong; beyond that a proposal would only confuse. */
    private static final int LETTERS_PER_MISTAKE = 3;
    /** Words longer than this are not compared: the work grows with the square. */
    private static final int LENGTH_MAX = 80;

    private Suggestion() {}

    /** The nearest of the known words, the first among equally near ones, or null when none is near. */
    public static @Nullable String nearest(String word, Collection<String> known) {
        int limit = Math.max(1, word.length() / LETTERS_PER_MISTAKE);
        String nearest = null;
        if (word.length() <= LENGTH_MAX) {
            for (String candidate : known) {
                int distance = candidate.length() <= LENGTH_MAX ? distance(word, candidate) : Integer.MAX_VALUE;
                if (distance <= limit) {
                    nearest = candidate;
                    limit = distance - 1;
                }
            }
        }
        return nearest;
    }

    /** {@code ; did you mean "x"?}, or nothing, to put behind a message. */
    public static String hint(String word, Collection<String> known) {
        String nearest = nearest(word, known);
        return nearest == null ? "" : "; did you mean \"" + nearest + "\"?";
    }

    /** Optimal string alignment distance, by rows of the usual table. */
    private static int distance(String a, String b) {
        int[] beforePrevious = new int[b.length() + 1];
        int[] previous = new int[b.length() + 1];
        int[] current = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            previous[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            current[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int change = previous[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                current[j] = Math.min(change, 1 + Math.min(previous[j], current[j - 1]));
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    current[j] = Math.min(current[j], 1 + beforePrevious[j - 2]);
                }
            }
            int[] spare = beforePrevious;
            beforePrevious = previous;
            previous = current;
            current = spare;
        }
        return previous[b.length()];
    }
}
