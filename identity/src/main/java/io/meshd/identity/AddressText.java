package io.meshd.identity;

import org.jspecify.annotations.Nullable;

/**
 * Reads addresses as RFC 4291 section 2.2 and inet_pton write them, and nothing else: no DNS, no octal, no scopes.
 */
final class AddressText {
    private static final int V4_PARTS = 4;
    private static final int V4_DIGITS_MAX = 3;
    private static final int V6_GROUPS = 8;
    private static final int V6_DIGITS_MAX = 4;
    /** Longest text of an IPv6 address with an IPv4 tail. */
    private static final int LENGTH_MAX = 45;
    private static final long MAPPED_V4 = 0xffff;

    private AddressText() {}

    static Parsed<IpAddress> parse(String text) {
        IpAddress address = text.length() <= LENGTH_MAX ? read(text) : null;
        if (address == null) {
            String scope = text.indexOf('%') >= 0 ? "; an interface behind % has no place here" : "";
            return Parsed.invalid("\"" + text + "\" is no IPv4 or IPv6 address" + scope);
        }
        if (address.isV6() && address.high() == 0 && address.low() >>> Integer.SIZE == MAPPED_V4) {
            IpAddress v4 = new IpAddress(false, 0, address.low() & 0xffff_ffffL);
            return Parsed.invalid("\"" + text + "\" is an IPv4 address in IPv6 form; write " + v4);
        }
        return Parsed.valid(address);
    }

    private static @Nullable IpAddress read(String text) {
        if (text.indexOf(':') >= 0) {
            return readV6(text);
        }
        long v4 = readV4(text);
        return v4 < 0 ? null : new IpAddress(false, 0, v4);
    }

    /** The 32 bits of a dotted quad, or -1. Leading zeros are refused: some programs read them as octal. */
    private static long readV4(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length != V4_PARTS) {
            return -1;
        }
        long bits = 0;
        for (String part : parts) {
            int value = Decimal.parse(part, V4_DIGITS_MAX);
            if (value < 0 || value > 0xff) {
                return -1;
            }
            bits = (bits << Byte.SIZE) | value;
        }
        return bits;
    }

    private static @Nullable IpAddress readV6(String text) {
        int gap = text.indexOf("::");
        if (gap >= 0 && text.indexOf("::", gap + 1) >= 0) {
            return null;
        }
        int[] head = groups(gap < 0 ? text : text.substring(0, gap), gap < 0);
        int[] tail = gap < 0 ? new int[0] : groups(text.substring(gap + 2), true);
        if (head == null || tail == null) {
            return null;
        }
        int present = head.length + tail.length;
        if (gap < 0 ? present != V6_GROUPS : present >= V6_GROUPS) {
            return null;
        }
        long[] halves = new long[2];
        for (int i = 0; i < V6_GROUPS; i++) {
            int fromEnd = V6_GROUPS - i;
            int group = i < head.length ? head[i] : fromEnd <= tail.length ? tail[tail.length - fromEnd] : 0;
            int half = i / (V6_GROUPS / 2);
            halves[half] = (halves[half] << Short.SIZE) | group;
        }
        return new IpAddress(true, halves[0], halves[1]);
    }

    /** The 16-bit groups of one side of {@code ::}, or null. A dotted quad may stand for the last two. */
    private static int @Nullable [] groups(String text, boolean mayEndInV4) {
        if (text.isEmpty()) {
            return new int[0];
        }
        String[] parts = text.split(":", -1);
        String last = parts[parts.length - 1];
        boolean endsInV4 = mayEndInV4 && last.indexOf('.') >= 0;
        int[] groups = new int[endsInV4 ? parts.length + 1 : parts.length];
        for (int i = 0; i < (endsInV4 ? parts.length - 1 : parts.length); i++) {
            groups[i] = hexadecimal(parts[i]);
            if (groups[i] < 0) {
                return null;
            }
        }
        if (endsInV4) {
            long v4 = readV4(last);
            if (v4 < 0) {
                return null;
            }
            groups[parts.length - 1] = (int) (v4 >>> Short.SIZE);
            groups[parts.length] = (int) (v4 & 0xffff);
        }
        return groups;
    }

    private static int hexadecimal(String text) {
        if (text.isEmpty() || text.length() > V6_DIGITS_MAX) {
            return -1;
        }
        int value = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            // Character.digit alone would take digits of other scripts.
            int digit = c < 0x80 ? Character.digit(c, 16) : -1;
            if (digit < 0) {
                return -1;
            }
            value = (value << 4) | digit;
        }
        return value;
    }
}
