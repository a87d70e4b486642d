package io.meshd.identity;

/** Plain decimal numbers: ASCII digits, no sign, no leading zeros. */
final class Decimal {
    private static final int DIGITS_MAX = 9;

    private Decimal() {}

    /** The number, or -1 when the text is none of at most {@code digitsMax} (up to 9) digits. */
    static int parse(String text, int digitsMax) {
        boolean leadingZero = text.length() > 1 && text.charAt(0) == '0';
        if (text.isEmpty() || text.length() > Math.min(digitsMax, DIGITS_MAX) || leadingZero) {
            return -1;
        }
        int value = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < '0' || c > '9') {
                return -1;
            }
            value = value * 10 + (c - '0');
        }
        return value;
    }
}
