package io.meshd.identity;

import org.jspecify.annotations.Nullable;

/** RFC 4648 section 6 base32, lower case and unpadded, strict on reading: one text for each value. */
final class Base32 {
    private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
    private static final int BITS_PER_CHARACTER = 5;

    private Base32() {}

    static String encode(byte[] bytes) {
        StringBuilder text = new StringBuilder(
                (bytes.length * Byte.SIZE + BITS_PER_CHARACTER - 1) / BITS_PER_CHARACTER);
        int pending = 0;
        int pendingBits = 0;
        for (byte b : bytes) {
            pending = (pending << Byte.SIZE) | (b & 0xff);
            pendingBits += Byte.SIZE;
            while (pendingBits >= BITS_PER_CHARACTER) {
                pendingBits -= BITS_PER_CHARACTER;
                text.append(ALPHABET.charAt((pending >>> pendingBits) & 31));
            }
        }
        if (pendingBits > 0) {
            text.append(ALPHABET.charAt((pending << (BITS_PER_CHARACTER - pendingBits)) & 31));
        }
        return text.toString();
    }

    /** The bytes of a text, or null when it is no canonical base32: foreign characters, bad length, stray bits. */
    static byte @Nullable [] decode(String text) {
        byte[] bytes = new byte[text.length() * BITS_PER_CHARACTER / Byte.SIZE];
        int pending = 0;
        int pendingBits = 0;
        int at = 0;
        for (int i = 0; i < text.length(); i++) {
            int value = ALPHABET.indexOf(text.charAt(i));
            if (value < 0) {
                return null;
            }
            pending = (pending << BITS_PER_CHARACTER) | value;
            pendingBits += BITS_PER_CHARACTER;
            if (pendingBits >= Byte.SIZE) {
                pendingBits -= Byte.SIZE;
                bytes[at++] = (byte) (pending >>> pendingBits);
            }
        }
        boolean strayBits = (pending & ((1 << pendingBits) - 1)) != 0;
        return strayBits || pendingBits >= BITS_PER_CHARACTER ? null : bytes;
    }
}
