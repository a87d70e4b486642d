package io.meshd.daemon.cli;

import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Writes a manual page in the macros of man(7). */
final class Roff {
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");

    private final StringBuilder page = new StringBuilder();
    /** A heading begins a paragraph already. */
    private boolean isAfterHeading;

    /**
     * Begins a page.
     *
     * @param section 1 for commands, 5 for files
     */
    Roff(String title, int section, String version, String heading) {
        page.append(".\\\" Written by meshd from what it says of itself: edit the program, not this file.\n");
        page.append(".TH ").append(argument(title.toUpperCase(Locale.ROOT))).append(' ').append(section)
                .append(" \"\" ").append(argument("meshd " + version)).append(' ').append(argument(heading))
                .append('\n');
        // Neither words cut nor blanks stretched: commands are to be copied.
        page.append(".nh\n.ad l\n");
    }

    Roff section(String title) {
        page.append(".SH ").append(argument(title)).append('\n');
        isAfterHeading = true;
        return this;
    }

    Roff subsection(String title) {
        page.append(".SS ").append(argument(title)).append('\n');
        isAfterHeading = true;
        return this;
    }

    /** A paragraph; what stands between backticks becomes bold. */
    Roff paragraph(String text) {
        begin();
        return text(text);
    }

    /** Text that goes on in the present paragraph. */
    Roff text(String text) {
        page.append(line(rich(text))).append('\n');
        isAfterHeading = false;
        return this;
    }

    private void begin() {
        page.append(isAfterHeading ? "" : ".PP\n");
        isAfterHeading = false;
    }

    /** A bold term with its explanation, indented. */
    Roff term(String term, String explanation) {
        page.append(".TP\n\\fB").append(escaped(term)).append("\\fR\n");
        return text(explanation);
    }

    /** Lines as they stand. */
    Roff verbatim(List<String> lines) {
        begin();
        page.append(".nf\n");
        lines.forEach(line -> page.append(line(escaped(line))).append('\n'));
        page.append(".fi\n");
        return this;
    }

    /** Lines of help: those that begin with blanks stand for themselves, the others flow. */
    Roff prose(List<String> lines) {
        for (Prose part : Prose.of(lines)) {
            if (part.isVerbatim()) {
                verbatim(part.lines());
            } else {
                paragraph(String.join(" ", part.lines()));
            }
        }
        return this;
    }

    @Override
    public String toString() {
        return page.toString();
    }

    private static String rich(String text) {
        StringBuilder rich = new StringBuilder();
        int end = 0;
        for (MatchResult code : CODE.matcher(text).results().toList()) {
            rich.append(escaped(text.substring(end, code.start()))).append("\\fB").append(escaped(code.group(1)))
                    .append("\\fR");
            end = code.end();
        }
        return rich.append(escaped(text.substring(end))).toString();
    }

    /** A dot or an apostrophe at the beginning of a line would begin a request. */
    private static String line(String text) {
        return text.startsWith(".") || text.startsWith("'") ? "\\&" + text : text;
    }

    private static String argument(String text) {
        return "\"" + escaped(text).replace("\"", "\\(dq") + "\"";
    }

    /** Hyphens, accents and quotes are to be those of ASCII, as one types them (groff_char(7)). */
    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder();
        text.codePoints().forEach(point -> escaped.append(switch (point) {
            case '\\' -> "\\e";
            case '-' -> "\\-";
            case '^' -> "\\(ha";
            case '`' -> "\\(ga";
            case '~' -> "\\(ti";
            case '\'' -> "\\(aq";
            default -> point < 0x7f ? Character.toString(point) : String.format(Locale.ROOT, "\\[u%04X]", point);
        }));
        return escaped.toString();
    }
}
