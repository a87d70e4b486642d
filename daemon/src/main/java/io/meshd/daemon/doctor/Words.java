package io.meshd.daemon.doctor;

import java.util.Collection;
import java.util.List;

/** Phrases. */
final class Words {
    /** More would push everything else out of sight. */
    private static final int SHOWN_MAX = 5;

    private Words() {}

    /** A number of things, such as "1 peer" or "2 peers". */
    static String count(long number, String thing) {
        return number + " " + thing + (number == 1 ? "" : "s");
    }

    /** Things in a row; of many the first few and how many more. */
    static String list(Collection<?> things) {
        List<String> shown = things.stream().limit(SHOWN_MAX).map(Object::toString).toList();
        return String.join(", ", shown)
                + (things.size() > SHOWN_MAX ? " and " + (things.size() - SHOWN_MAX) + " more" : "");
    }
}
