package io.meshd.daemon.cli;

import java.util.ArrayList;
import java.util.List;

/**
 * A part of a command's help.
 *
 * @param lines      of it
 * @param isVerbatim whether they stand for themselves: those that begin with blanks do
 */
record Prose(List<String> lines, boolean isVerbatim) {
    Prose {
        lines = List.copyOf(lines);
    }

    /** The parts of some lines of help. */
    static List<Prose> of(List<String> lines) {
        List<Prose> parts = new ArrayList<>();
        List<String> part = new ArrayList<>();
        for (String line : lines) {
            if (!part.isEmpty() && isVerbatim(line) != isVerbatim(part.getFirst())) {
                parts.add(new Prose(part, isVerbatim(part.getFirst())));
                part.clear();
            }
            part.add(line);
        }
        if (!part.isEmpty()) {
            parts.add(new Prose(part, isVerbatim(part.getFirst())));
        }
        return parts;
    }

    private static boolean isVerbatim(String line) {
        return line.startsWith(" ");
    }
}
