package io.meshd.daemon.cli;

import java.util.regex.Pattern;

/** Colours of a terminal (ECMA-48 SGR). */
enum Colour {
    GREEN("32"), YELLOW("33"), RED("31"), BOLD("1"), FAINT("2");

    private static final Pattern SEQUENCE = Pattern.compile("\u001b\\[[0-9;]*m");

    private final String code;

    Colour(String code) {
        this.code = code;
    }

    /** The text in this colour. */
    String paint(String text) {
        return "\u001b[" + code + "m" + text + "\u001b[0m";
    }

    /** The text without any colour. */
    static String strip(String text) {
        return text.indexOf('\u001b') < 0 ? text : SEQUENCE.matcher(text).replaceAll("");
    }
}
