package io.meshd.daemon.demo;

import java.io.PrintStream;
import java.util.List;

/**
 * Where the demo shows what happens: text that stays, and below it a few lines that change while a person watches.
 *
 * <p>Without a terminal the changing lines are printed once, when they are settled, and nothing is coloured.
 */
final class Screen {
    private static final String INDENT = "   ";
    private static final String UP = "\u001b[%dA\r";
    private static final String ERASE_LINE = "\u001b[K";
    private static final String ERASE_BELOW = "\u001b[J";

    private final PrintStream out;
    private final boolean isTerminal;
    private List<String> live = List.of();
    private int shown;

    Screen(PrintStream out, boolean isTerminal) {
        this.out = out;
        this.isTerminal = isTerminal;
    }

    /** How a text looks (ECMA-48 SGR). */
    enum Ink {
        GOOD("32"), SO_SO("33"), BAD("31"), STRONG("1"), FAINT("2");

        private final String code;

        Ink(String code) {
            this.code = code;
        }
    }

    /** The text in this ink, on a terminal. */
    String paint(Ink ink, String text) {
        return isTerminal ? "\u001b[" + ink.code + "m" + text + "\u001b[0m" : text;
    }

    /** Begins a step. */
    void heading(String title) {
        print("");
        print(paint(Ink.STRONG, title));
    }

    /** Says something, on one line or more. */
    void say(String text) {
        text.lines().forEach(line -> print((INDENT + line).stripTrailing()));
    }

    /** Says whether something worked. */
    void verdict(boolean worked, String what) {
        String word = worked ? paint(Ink.GOOD, "ok    ") : paint(Ink.BAD, "FAILED");
        print(INDENT + word + "  " + what);
    }

    /** Prints a line above those that change. */
    void print(String line) {
        if (shown > 0) {
            out.printf(UP, shown);
            out.print(ERASE_BELOW);
            shown = 0;
        }
        out.println(line);
        redraw();
    }

    /** The lines that change are now these. */
    void live(List<String> lines) {
        live = List.copyOf(lines);
        redraw();
    }

    private void redraw() {
        if (!isTerminal || live.isEmpty()) {
            out.flush();
            return;
        }
        StringBuilder text = new StringBuilder();
        if (shown > 0) {
            text.append(UP.formatted(shown));
        }
        live.forEach(line -> text.append((INDENT + line).stripTrailing()).append(ERASE_LINE).append('\n'));
        text.append(ERASE_BELOW);
        out.print(text);
        out.flush();
        shown = live.size();
    }

    /** The lines that changed stay as they are. */
    void settle() {
        if (!isTerminal) {
            live.forEach(line -> out.println((INDENT + line).stripTrailing()));
        }
        live = List.of();
        shown = 0;
        out.flush();
    }
}
