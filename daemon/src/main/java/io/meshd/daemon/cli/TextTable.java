package io.meshd.daemon.cli;

import java.util.ArrayList;
import java.util.List;

/** Rows of text with aligned columns, two blanks apart. */
final class TextTable {
    private static final String GAP = "  ";

    private final List<List<String>> rows = new ArrayList<>();

    /** Adds a row; rows may be of different length. */
    TextTable row(String... cells) {
        rows.add(List.of(cells));
        return this;
    }

    /** All rows, each with a line end and without blanks before it. */
    String text() {
        List<Integer> widths = new ArrayList<>();
        for (List<String> row : rows) {
            for (int i = 0; i < row.size(); i++) {
                int width = width(row.get(i));
                if (i == widths.size()) {
                    widths.add(width);
                } else if (width > widths.get(i)) {
                    widths.set(i, width);
                }
            }
        }
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.size(); i++) {
                line.append(row.get(i)).repeat(" ", widths.get(i) - width(row.get(i))).append(GAP);
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    /** Characters that are seen: colour sequences are not. */
    private static int width(String cell) {
        String seen = Colour.strip(cell);
        return seen.codePointCount(0, seen.length());
    }
}
