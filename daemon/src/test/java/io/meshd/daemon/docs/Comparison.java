package io.meshd.daemon.docs;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The tables of {@code docs/coming-from.md}: what users of other programs know, and what it is here. */
public final class Comparison {
    /** What stands in the place of something where there is nothing. */
    private static final Pattern NOTHING = Pattern.compile("(Missing|Not needed)\\.");

    private Comparison() {}

    /**
     * A row.
     *
     * @param where file and line
     * @param there what it is called in the other program
     * @param text  of the column that says what it is here
     * @param here  what is written as code in that column
     */
    public record Row(String where, String there, String text, List<String> here) {
        public Row {
            here = List.copyOf(here);
        }

        /** Whether it says so plainly that there is nothing here. */
        public boolean isNothing() {
            return NOTHING.matcher(text).matches();
        }

        /** The commands that it names, without {@code meshd}. */
        public Stream<String> commands() {
            return here.stream().filter(code -> code.startsWith("meshd ")).map(code -> code.substring(6));
        }
    }

    /** All rows of all tables whose second column is headed "here". */
    public static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        boolean isComparison = false;
        for (Page.Row row : Page.of("docs/coming-from.md").rows()) {
            if (row.cells().size() > 1 && row.cells().get(1).equals("here")) {
                isComparison = true;
            } else if (isComparison) {
                rows.add(new Row(row.where(), row.cells().getFirst(), row.cells().get(1), row.codes().get(1)));
            }
        }
        return rows;
    }
}
