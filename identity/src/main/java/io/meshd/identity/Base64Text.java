package io.meshd.identity;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** RFC 4648 section 4 base64, strict on reading: padded, no stray bits, one text for each value. */
final class Base64Text {
    private Base64Text() {}

    static String encode(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }

    /** The bytes of a text of ASCII characters, or null when it is not the one text of exactly {@code length} bytes. */
    static byte @Nullable [] decode(byte[] text, int length) {
        if (text.length != Math.ceilDiv(length, 3) * 4) {
            return null;
        }
        byte[] decoded;
        try {
            decoded = Base64.getDecoder().decode(text);
        } catch (IllegalArgumentException _) {
            return null;
        }
        byte[] again = Base64.getEncoder().encode(decoded);
        boolean canonical = decoded.length == length && Arrays.equals(again, text);
        // The text may be that of a secret.
        Arrays.fill(again, (byte) 0);
        if (!canonical) {
            Arrays.fill(decoded, (byte) 0);
            return null;
        }
        return decoded;
    }

    static byte @Nullable [] decode(String text, int length) {
        // A foreign character becomes '?', which is none of base64's.
        return decode(text.getBytes(StandardCharsets.US_ASCII), length);
    }
}
